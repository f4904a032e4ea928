"""Loading: what many fields ask for one at a time, asked for together."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from osit_graphql.api.turns import settle, wait_turn

Note = Callable[[], None]


class Loader:
    """What fields of one operation ask for by key, each key once, together as far as they are asked for together.

    `whose`: the person whose turns are taken with what it brings; `note` is told of each field that waited.
    Strawberry's own asks two turns of the loop after the first key: fields that come in turns would not be together.
    """

    def __init__(self, whose: int, note: Note, load: Callable[[list[Any]], Awaitable[dict[Any, Any]]]) -> None:
        self._whose = whose
        self._note = note
        self._load = load
        self._answers: dict[Any, asyncio.Future[Any]] = {}
        self._taken: dict[Any, Any] = {}
        self._asked: list[Any] = []
        self._batches: set[asyncio.Task[None]] = set()

    async def load(self, key: Any) -> Any:
        """Wait without holding what the others wait for: a cancelled field cancels its own waiting only."""
        if key in self._taken:
            self._note()
            await wait_turn(self._whose)
            return self._taken[key]
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = asyncio.get_running_loop().create_future()
            self._ask(key)
        found = await asyncio.shield(answer)
        self._note()
        await wait_turn(self._whose)
        return found

    def take(self, found: dict[Any, Any]) -> None:
        """Take what was read ahead of its being asked for."""
        self._taken.update(found)

    def _ask(self, key: Any) -> None:
        if not self._asked:
            batch = asyncio.create_task(self._answer())
            self._batches.add(batch)  # the loop itself holds tasks weakly
            batch.add_done_callback(self._batches.discard)
        self._asked.append(key)

    async def _answer(self) -> None:
        await settle(self._whose)
        keys, self._asked = self._asked, []
        try:
            found = await self._load(keys)
        except Exception as error:  # noqa: BLE001 - each field says what became of it
            for key in keys:
                self._answers[key].set_exception(error)
        else:
            for key in keys:
                self._answers[key].set_result(found.get(key))


class Waits:
    """How many fields of an operation waited."""

    __slots__ = ("number",)

    def __init__(self) -> None:
        self.number = 0

    def note(self) -> None:
        """Count one more."""
        self.number += 1
