"""The year's evolution requests: two people tell each wish, and what became of the first decides on the second."""

from collections.abc import Iterator
from random import Random

from osit_graphql.demo import evolutions
from osit_graphql.demo.calls import pick_moment, take_request
from osit_graphql.demo.hours import DAY, END
from osit_graphql.demo.scenes import WISHES, remarks
from osit_graphql.demo.scenes.scene import Wish
from osit_graphql.demo.steps import Ruling
from osit_graphql.demo.threads import Thread
from osit_graphql.domain.enums import Decision

_RECENT = 3  # one wish in so many is new since the last meeting


def write(dice: Random, keys: Iterator[int]) -> Iterator[Thread]:
    """Yield the threads of all requests."""
    for rank, wish in enumerate(WISHES):
        recent = rank % _RECENT == 0
        at = END - dice.randint(DAY, evolutions.SINCE * DAY) if recent else min(pick_moment(dice), END - 12 * DAY)
        first = take_request(dice, next(keys), wish, at)
        evolutions.unfold(first, wish)
        yield first
        if not recent:
            yield from _ask_again(dice, keys, wish, first)


def _ask_again(dice: Random, keys: Iterator[int], wish: Wish, first: Thread) -> Iterator[Thread]:
    """Somebody else asks: anew when it was refused, else before they can know, and it is closed as told already."""
    refused = any(isinstance(step, Ruling) and step.decision is Decision.REJECTED for step in first.steps)
    at = first.steps[-1].at + dice.randint(20, 80) * DAY if refused else first.opening.at + dice.randint(60, 4 * DAY)
    if at >= END:
        return
    second = take_request(dice, next(keys), wish, at)
    if refused:
        evolutions.unfold(second, wish)
    else:
        second.wait(30, 600)
        second.close(remarks.TOLD_ALREADY, about=first.key)
    yield second
