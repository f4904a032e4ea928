"""A call at the desk: when, from whom, what the operator writes down, and where it is sent."""

from random import Random

from osit_graphql.demo.chance import draw, happens
from osit_graphql.demo.company import APPLICATIONS, CAUSES, Employee
from osit_graphql.demo.hours import DAY, DAYS, END
from osit_graphql.demo.scenes import remarks
from osit_graphql.demo.scenes.scene import Scene, Wish
from osit_graphql.demo.steps import Opening
from osit_graphql.demo.threads import CALLERS, OPERATORS, Thread
from osit_graphql.demo.wording import Wording
from osit_graphql.domain.enums import Criticality

_LEFT_AFTER = END * 2 // 3  # when the employee who has left made her last call


def pick_moment(dice: Random) -> int:
    """Return when a call comes: a little more often as the year goes, and rather in the morning."""
    day = int(DAYS * dice.random() ** 0.9)
    return day * DAY + int(DAY * min(dice.random(), 0.25 + dice.random()))


def pick_caller(dice: Random, at: int, *, near: Employee | None = None) -> Employee:
    """Return who calls: somebody still there, on the site of a colleague when one is given."""
    callers = (person for person in CALLERS if at < _LEFT_AFTER or not person.left)
    if near is not None:
        callers = (person for person in callers if person.site is near.site and person is not near)
    return draw(dice, tuple(callers))


def take_call(
    dice: Random,
    key: int,
    application: str,
    scene: Scene,
    at: int,
    *,
    caller: Employee | None = None,
    service: str | None = None,
) -> Thread:
    """Open a ticket about an incident; by anybody, and sent where the operator thinks, unless given."""
    caller = caller or pick_caller(dice, at)
    wording = Wording(dice, caller, at)
    opening = Opening(
        at, key, draw(dice, OPERATORS),
        title=wording.name(scene.titles), description=wording.describe(scene.descriptions), requester=caller,
        application=application, service=service or _pick_service(dice, scene.service or APPLICATIONS[application]),
        severity=scene.severity, criticality=scene.criticality, suspected=_guess_cause(dice, scene),
        impact=wording.say(scene.impacts or remarks.IMPACTS) if happens(dice, 0.3) else None,
    )  # fmt: skip
    return Thread(dice, opening, wording)


def take_request(dice: Random, key: int, wish: Wish, at: int) -> Thread:
    """Open a ticket about something that is wished for."""
    caller = pick_caller(dice, at)
    wording = Wording(dice, caller, at)
    opening = Opening(
        at, key, draw(dice, OPERATORS),
        title=wish.title, description=wording.say(wish.descriptions), requester=caller, application=wish.application,
        service=APPLICATIONS[wish.application], severity=wish.severity, criticality=Criticality.EVOLUTION,
    )  # fmt: skip
    return Thread(dice, opening, wording)


def _pick_service(dice: Random, home: str) -> str:
    """Return where the operator sends it: now and then to the wrong place."""
    if happens(dice, 0.93):
        return home
    return dice.choice([name for name in remarks.MISROUTED if name != home])


def _guess_cause(dice: Random, scene: Scene) -> str | None:
    """Return what the operator suspects: often nothing, and not always rightly."""
    if happens(dice, 0.4):
        return None
    return scene.cause if happens(dice, 0.7) else dice.choice(CAUSES[:-1])
