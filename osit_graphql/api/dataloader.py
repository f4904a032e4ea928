"""DataLoader with fair scheduling: it batches the keys of one operation's fields, and shares the event loop by user.

An event loop runs everything that is ready before it looks for new requests, and one batch makes hundreds of fields
ready at once. This module limits how long one user's fields run in an iteration of the event loop, so that other users'
requests proceed. Strawberry's own DataLoader sends a batch two iterations after its first key, which would split the
batches of fields that run in several iterations.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from time import perf_counter
from typing import Any, Final
from weakref import WeakKeyDictionary

RUN_LIMIT_S: Final = 0.002
"""How long fields that waited for a batch may run in one iteration of the event loop; others run in the next ones."""

ITERATIONS_TO_CHILD_FIELDS: Final = 8
"""Iterations from a field to the loads of its child fields: each list and each object between takes one more."""


class FairScheduler:
    """Resumes fields that waited for a batch on one event loop, in turn for each user."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._iteration_started: float | None = None
        self._waiting: dict[Hashable, deque[asyncio.Future[None]]] = {}
        self._resumed: dict[Hashable, int] = {}
        """Users whose last field was resumed, and the iterations until its child fields have been loaded."""

    async def wait(self, user: Hashable) -> None:
        """Return at once if no field waits and the iteration has time left; otherwise wait for the user's turn."""
        if not self._waiting and self._has_time_left():
            return
        if not self._waiting and not self._resumed:
            self._loop.call_soon(self._advance)
        turn = self._loop.create_future()
        self._waiting.setdefault(user, deque()).append(turn)
        await turn

    async def settle(self, user: Hashable) -> None:
        """Wait until all of the user's fields have been resumed and their child fields have requested their keys."""
        await asyncio.sleep(0)
        while user in self._waiting or user in self._resumed:  # noqa: ASYNC110 - the loop iterates for these anyway
            await asyncio.sleep(0)

    def _has_time_left(self) -> bool:
        if self._iteration_started is None:
            self._iteration_started = perf_counter()
            self._loop.call_soon(self._end_iteration)
        return perf_counter() - self._iteration_started < RUN_LIMIT_S

    def _end_iteration(self) -> None:
        self._iteration_started = None

    def _advance(self) -> None:
        """Resume one field of each user."""
        self._resumed = {user: left - 1 for user, left in self._resumed.items() if left > 1}
        for user, turns in list(self._waiting.items()):
            turn = turns.popleft()
            if not turn.done():  # done: its request was cancelled
                turn.set_result(None)
            if not turns:
                del self._waiting[user]
                self._resumed[user] = ITERATIONS_TO_CHILD_FIELDS
        if self._waiting or self._resumed:
            self._loop.call_soon(self._advance)


class _Schedulers:
    """The scheduler of each event loop; the last one that was used is returned without a look-up."""

    def __init__(self) -> None:
        self._by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, FairScheduler] = WeakKeyDictionary()
        self._last: tuple[asyncio.AbstractEventLoop | None, Any] = (None, None)

    def current(self) -> FairScheduler:
        loop = asyncio.get_running_loop()
        last_loop, scheduler = self._last
        if last_loop is not loop:
            scheduler = self._by_loop.setdefault(loop, FairScheduler(loop))
            self._last = (loop, scheduler)
        current: FairScheduler = scheduler
        return current


current_scheduler = _Schedulers().current


class DataLoader:
    """Loads rows by key for the fields of one operation: each key once, and the keys of one moment in one batch.

    `user`: whose fields these are, for the scheduler. `waits`: the number of fields that waited for a batch.
    """

    def __init__(self, user: int, load_many: Callable[[list[Any]], Awaitable[dict[Any, Any]]]) -> None:
        self.waits = 0
        self._user = user
        self._load_many = load_many
        self._results: dict[Any, asyncio.Future[Any]] = {}
        self._prefetched: dict[Any, Any] = {}
        self._pending_keys: list[Any] = []
        self._batches: set[asyncio.Task[None]] = set()

    async def load(self, key: Any) -> Any:
        """Return a key's row. Cancelling one field cancels its own wait, not the batch."""
        if key in self._prefetched:
            self.waits += 1
            await current_scheduler().wait(self._user)
            return self._prefetched[key]
        result = self._results.get(key)
        if result is None:
            result = self._results[key] = asyncio.get_running_loop().create_future()
            self._add_to_batch(key)
        row = await asyncio.shield(result)
        self.waits += 1
        await current_scheduler().wait(self._user)
        return row

    def prime(self, rows: dict[Any, Any]) -> None:
        """Store rows, by key, that were read before any field loads them."""
        self._prefetched.update(rows)

    def _add_to_batch(self, key: Any) -> None:
        if not self._pending_keys:
            batch = asyncio.create_task(self._run_batch())
            self._batches.add(batch)  # the event loop itself holds tasks weakly
            batch.add_done_callback(self._batches.discard)
        self._pending_keys.append(key)

    async def _run_batch(self) -> None:
        await current_scheduler().settle(self._user)
        keys, self._pending_keys = self._pending_keys, []
        try:
            rows = await self._load_many(keys)
        except Exception as error:  # noqa: BLE001 - each field that waits for the batch raises it
            for key in keys:
                self._results[key].set_exception(error)
        else:
            for key in keys:
                self._results[key].set_result(rows.get(key))
