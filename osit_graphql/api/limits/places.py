"""How many requests are under way: in the process, and for each principal."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from osit_graphql.api.limits.refusals import IN_FLIGHT, Overloaded
from osit_graphql.errors import Throttled


class Places:
    """Counts who is inside; who doesn't fit is told to come back. A principal's large requests wait for each other."""

    def __init__(self, most: int, most_each: int) -> None:
        self.most = most
        self.most_each = most_each
        self.taken = 0
        self._each: Counter[str] = Counter()
        self._large: dict[str, asyncio.Lock] = {}
        self._wanted: Counter[str] = Counter()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold a place in the process. Raises `Overloaded`."""
        if self.taken >= self.most:
            raise Overloaded
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1

    @contextmanager
    def one_of(self, key: str) -> Iterator[None]:
        """Hold one of a principal's places. Raises `Throttled`."""
        if self._each[key] >= self.most_each:
            raise Throttled(IN_FLIGHT, limit=self.most_each)
        self._each[key] += 1
        try:
            yield
        finally:
            self._each[key] -= 1
            if not self._each[key]:
                del self._each[key]

    @asynccontextmanager
    async def one_large(self, key: str) -> AsyncIterator[None]:
        """Run a principal's large requests one after the other, so that a burst of them leaves room for others."""
        lock = self._large.setdefault(key, asyncio.Lock())
        self._wanted[key] += 1
        try:
            async with lock:
                yield
        finally:
            self._wanted[key] -= 1
            if not self._wanted[key]:
                del self._wanted[key], self._large[key]
