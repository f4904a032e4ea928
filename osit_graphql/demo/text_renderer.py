"""Fills the {slots} of text templates with the details of one ticket."""

from collections.abc import Sequence
from random import Random

from osit_graphql.demo.company import Employee
from osit_graphql.demo.randomness import happens
from osit_graphql.demo.texts import read_texts
from osit_graphql.demo.working_hours import DAY_MINUTES, format_time_of_day

_DETAILS = read_texts("details")


class TextRenderer:
    """The details of one ticket, the same in its title, its description and its comments."""

    def __init__(self, rng: Random, caller: Employee, minute: int) -> None:
        self._rng = rng
        self._used: set[str] = set()
        code = caller.site.code
        self._slots = {
            "who": caller.formal_name,
            "city": caller.site.city,
            "machine": f"PC-{code}-{rng.randint(101, 389)}",
            "printer": f"IMP-{code}-{rng.randint(1, 9):02}",
            "hour": format_time_of_day(max(minute - minute % DAY_MINUTES, minute - rng.randint(5, 45))),
            "since": rng.choice(_DETAILS["since"]),
            "count": rng.choice(_DETAILS["counts"]),
            "floor": rng.choice(_DETAILS["floors"]),
            "browser": rng.choice(_DETAILS["browsers"]),
            "code": f"E-{rng.randint(1000, 9899)}",
            "ref": f"{rng.choice('ABCDF')}{rng.randint(10_000, 99_999)}",
            "num": str(rng.randint(12, 240)),
            "number": "{number}",
        }

    def render(self, texts: Sequence[str]) -> str:
        """Return one of these texts with its slots filled, one not yet used on this ticket if possible."""
        unused = [text for text in texts if text not in self._used] or texts
        text = self._rng.choice(unused)
        self._used.add(text)
        rendered = text.format_map(self._slots)
        return rendered[0].upper() + rendered[1:]

    def render_description(self, texts: Sequence[str]) -> str:
        """Return one of these texts, often with an addition of the operator."""
        rendered = self.render(texts)
        return f"{rendered} {self.render(_DETAILS['additions'])}" if happens(self._rng, 0.55) else rendered

    def render_title(self, texts: Sequence[str]) -> str:
        """Return one of these titles; one without slots often gets a suffix that names a place or a person."""
        title = self._rng.choice(texts)
        if "{" not in title and not happens(self._rng, 0.4):
            title += self._rng.choice(_DETAILS["title_suffixes"])
        return self.render((title,))
