"""Taking turns: what a large answer has waited for comes one at a time, so that other people's come in between.

An event loop runs all that is ready before it looks who else has come. A batch that arrives makes hundreds of fields
ready at once, and everybody would wait for them; here each person's wait for their own.
"""

import asyncio
from collections import deque
from collections.abc import Hashable
from time import perf_counter
from typing import Any, Final
from weakref import WeakKeyDictionary

LENGTH: Final = 0.002
"""Seconds of one turn of the loop that fields may take which were waited for; the others come in the next ones."""

DEPTH: Final = 8
"""Turns of the loop from a field's own one to what is asked below it: each list and each object between is one more."""


class Turns:
    """Who waits on one event loop, each for their own turns."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._begun: float | None = None
        self._waiting: dict[Hashable, deque[asyncio.Future[None]]] = {}
        self._settling: dict[Hashable, int] = {}

    async def wait(self, whose: Hashable) -> None:
        """Return at once while this turn of the loop is young and nobody waits, else in one's own turn."""
        if not self._waiting and self._is_young():
            return
        if not self._waiting and not self._settling:
            self._loop.call_soon(self._advance)
        turn = self._loop.create_future()
        self._waiting.setdefault(whose, deque()).append(turn)
        await turn

    async def settle(self, whose: Hashable) -> None:
        """Return when all of theirs have had their turns and have asked for what is below them."""
        await asyncio.sleep(0)
        while whose in self._waiting or whose in self._settling:  # noqa: ASYNC110 - the loop turns for these anyway
            await asyncio.sleep(0)

    def _is_young(self) -> bool:
        if self._begun is None:
            self._begun = perf_counter()
            self._loop.call_soon(self._end)
        return perf_counter() - self._begun < LENGTH

    def _end(self) -> None:
        self._begun = None

    def _advance(self) -> None:
        """Let one of each person's fields go on."""
        self._settling = {whose: left - 1 for whose, left in self._settling.items() if left > 1}
        for whose, turns in list(self._waiting.items()):
            turn = turns.popleft()
            if not turn.done():  # else its request was cancelled
                turn.set_result(None)
            if not turns:
                del self._waiting[whose]
                self._settling[whose] = DEPTH
        if self._waiting or self._settling:
            self._loop.call_soon(self._advance)


class _Loops:
    """The turns of each event loop; those of the last one that asked are at hand."""

    def __init__(self) -> None:
        self._of: WeakKeyDictionary[asyncio.AbstractEventLoop, Turns] = WeakKeyDictionary()
        self._last: tuple[asyncio.AbstractEventLoop | None, Any] = (None, None)

    def turns(self) -> Turns:
        loop = asyncio.get_running_loop()
        known, turns = self._last
        if known is not loop:
            turns = self._of.setdefault(loop, Turns(loop))
            self._last = (loop, turns)
        found: Turns = turns
        return found


_turns = _Loops().turns


async def wait_turn(whose: Hashable) -> None:
    """Let others on this loop have theirs first, when one's own were many."""
    await _turns().wait(whose)


async def settle(whose: Hashable) -> None:
    """Let all of one's own have theirs first: what they ask for then is asked for together."""
    await _turns().settle(whose)
