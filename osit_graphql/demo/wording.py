"""Turning texts with {slots} into what one operator or technician wrote of one call."""

from random import Random

from osit_graphql.demo.chance import happens
from osit_graphql.demo.company import Employee
from osit_graphql.demo.hours import DAY, clock_face

_SINCE = ("ce matin", "hier", "hier après-midi", "le début de la semaine", "plusieurs jours", "la dernière mise à jour")
_COUNTS = ("deux", "trois", "quatre", "cinq", "six", "huit", "douze")
_FLOORS = ("rez-de-chaussée", "1er étage", "2e étage", "3e étage")
_BROWSERS = ("Firefox", "Chrome", "Edge")

# What an operator adds on the line, whatever the call is about.
_ASIDES = (
    "Joignable sur son poste toute la journée.",
    "Rappeler de préférence sur le portable.",
    "Rappeler plutôt après 14 h.",
    "Capture d’écran envoyée au standard.",
    "Demande un rappel quand c’est réglé.",
    "Premier appel à ce sujet.",
    "Deuxième appel de la semaine pour cela.",
    "Machine : {machine}.",
    "Présence à {city} jusqu’à la fin de la semaine.",
)
# What makes a title one's own.
_MARKS = (" ({city})", " – {who}", " ({machine})", " à {city}", " – {floor}")


class Wording:
    """One ticket's own details, the same in its title, its description and every comment on it."""

    def __init__(self, dice: Random, caller: Employee, minute: int) -> None:
        self._dice = dice
        self._said: set[str] = set()
        code = caller.site.code
        self._slots = {
            "who": caller.polite,
            "city": caller.site.city,
            "machine": f"PC-{code}-{dice.randint(101, 389)}",
            "printer": f"IMP-{code}-{dice.randint(1, 9):02}",
            "hour": clock_face(max(minute - minute % DAY, minute - dice.randint(5, 45))),
            "since": dice.choice(_SINCE),
            "count": dice.choice(_COUNTS),
            "floor": dice.choice(_FLOORS),
            "browser": dice.choice(_BROWSERS),
            "code": f"E-{dice.randint(1000, 9899)}",
            "ref": f"{dice.choice('ABCDF')}{dice.randint(10_000, 99_999)}",
            "num": str(dice.randint(12, 240)),
            "number": "{number}",
        }

    def say(self, texts: tuple[str, ...]) -> str:
        """Return one of these texts, one not said yet when there is, its slots filled in."""
        fresh = [text for text in texts if text not in self._said] or texts
        text = self._dice.choice(fresh)
        self._said.add(text)
        said = text.format_map(self._slots)
        return said[0].upper() + said[1:]

    def describe(self, texts: tuple[str, ...]) -> str:
        """Return one of these texts, often with what the operator added."""
        said = self.say(texts)
        return f"{said} {self.say(_ASIDES)}" if happens(self._dice, 0.55) else said

    def name(self, texts: tuple[str, ...]) -> str:
        """Return one of these titles, often with a mark of where or whose it is when it has none of its own."""
        title = self._dice.choice(texts)
        marked = "{" in title or happens(self._dice, 0.4)
        return self.say((title if marked else title + self._dice.choice(_MARKS),))
