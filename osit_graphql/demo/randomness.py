"""Random choices of the demo company; the generator is seeded, so that each run makes the same choices."""

from random import Random

from osit_graphql.demo.company import Employee
from osit_graphql.demo.working_hours import DAY_MINUTES, WORKING_DAYS

_ACCOUNT_WEIGHT = 3  # people with a public demo account are chosen this many times as often as others


def happens(rng: Random, probability: float) -> bool:
    """Whether an event of this probability happens."""
    return rng.random() < probability


def draw_employee(rng: Random, people: tuple[Employee, ...]) -> Employee:
    """Return one of these people, more often one with a public demo account."""
    return rng.choices(people, [_ACCOUNT_WEIGHT if person.account else 1 for person in people])[0]


def draw_call_minute(rng: Random) -> int:
    """Return the minute of a call: a little more often late in the year, and in the morning."""
    day = int(WORKING_DAYS * rng.random() ** 0.9)
    return day * DAY_MINUTES + int(DAY_MINUTES * min(rng.random(), 0.25 + rng.random()))
