"""The company's year, from its first call to its last: every ticket's steps, the same whatever the date."""

from collections.abc import Iterator
from itertools import chain, count
from random import Random

from osit_graphql.demo import incidents, requests, story
from osit_graphql.demo.calls import pick_caller, pick_moment, take_call
from osit_graphql.demo.chance import draw
from osit_graphql.demo.company import (
    ACCESS,
    APPLICATIONS,
    ARCHIVES,
    DASHBOARDS,
    DATABASE_LINK,
    HR,
    OFFICE,
    SITES,
    STOCK,
)
from osit_graphql.demo.hours import DAY, END
from osit_graphql.demo.scenes import SCENES, remarks
from osit_graphql.demo.steps import Step, Work
from osit_graphql.demo.threads import CALLERS, Thread

TICKETS = 600
_SEED = 20_250_117
_OUTBREAKS = 16
_RECENT = 18  # calls of the last days, many of them by the callers that everybody may sign in as
_SHARES = {HR: 24, STOCK: 22, OFFICE: 24, ACCESS: 16, DASHBOARDS: 8, ARCHIVES: 8}


def write() -> list[Step]:
    """Return every step of the year in the order in which it happened; no ticket does anything after its end."""
    dice = Random(_SEED)  # noqa: S311 - the same year every time is the point
    told = story.write(0)
    keys = count(1 + max(step.ticket for step in told))
    gathered = [*_write_outbreaks(dice, keys), *requests.write(dice, keys)]
    threads = chain(gathered, _write_calls(dice, range(next(keys), TICKETS)))
    kept = [step for thread in threads for step in _keep_past(thread.steps)]
    return sorted([*told, *kept], key=lambda step: (step.at, step.ticket))


def _keep_past(steps: list[Step]) -> Iterator[Step]:
    """Yield what has happened by now; the last day may be short, so no work is reported on it."""
    for step in steps:
        if step.at >= END or (isinstance(step, Work) and step.at >= END - DAY):
            return
        yield step


def _write_calls(dice: Random, keys: range) -> Iterator[Thread]:
    accounts = tuple(person for person in CALLERS if person.address)
    for key in keys:
        recent = keys.stop - key
        at, caller = pick_moment(dice), None
        if recent <= _RECENT:
            at = END - 1 - dice.randint(0, 3 * DAY)
            caller = (*accounts, None)[recent % (len(accounts) + 1)]
        application = dice.choices(list(_SHARES), list(_SHARES.values()))[0]
        scenes = SCENES[application]
        scene = dice.choices(scenes, [scene.weight for scene in scenes])[0]
        thread = take_call(dice, key, application, scene, at, caller=caller)
        incidents.unfold(thread, scene)
        yield thread


def _write_outbreaks(dice: Random, keys: Iterator[int]) -> Iterator[Thread]:
    """Several people call about one incident, each in their own words; the service works on the first."""
    for number in range(_OUTBREAKS):
        now = number == 0  # one is going on, and nobody has seen yet that it is one
        at = END - DAY + 60 if now else min(pick_moment(dice), END - 3 * DAY)
        application = list(SCENES)[number % len(SCENES)]
        scene = dice.choice([each for each in SCENES[application] if each.cause == DATABASE_LINK or not now])
        site = dice.choice(SITES)
        first = draw(dice, tuple(person for person in CALLERS if person.site is site and not person.left))
        service = APPLICATIONS[application] if now else None
        leader = take_call(dice, next(keys), application, scene, at, caller=first, service=service)
        service = leader.service
        incidents.unfold(leader, scene)
        yield leader
        for place in range(1, dice.randint(3, 5)):
            caller = pick_caller(dice, END, near=first)
            moment = at + place * dice.randint(4, 35)
            thread = take_call(dice, next(keys), application, scene, moment, caller=caller, service=service)
            if not now:
                _join(thread, leader)
            yield thread


def _join(thread: Thread, leader: Thread) -> None:
    thread.wait(5, 60)
    if thread.chance(0.4):
        thread.refer(remarks.FOLLOWED, leader.key)
    thread.wait(20, 400)
    thread.close(remarks.DUPLICATE, about=leader.key)
