"""How many requests are under way: in the process, and for each principal."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from osit_graphql.api.errors import IN_FLIGHT, Overloaded
from osit_graphql.domain.errors import Throttled


class Places:
    """Counts who is inside; who doesn't fit is told to come back. A principal's large requests wait for each other."""

    def __init__(self, most: int, most_each: int) -> None:
        self.most = most
        self.most_each = most_each
        self.taken = 0
        self._one = Place(self)
        self._each: Counter[str] = Counter()
        self._large: dict[str, asyncio.Lock] = {}
        self._wanted: Counter[str] = Counter()

    def one(self) -> "Place":
        """Hold a place in the process. Raises `Overloaded`."""
        return self._one

    def one_of(self, key: str) -> "Seat":
        """Hold one of a principal's places. Raises `Throttled`."""
        return Seat(self, self._each, key)

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


class Place:
    """A request's place in the process, all of them one; a class, as a generator takes thrice the time."""

    __slots__ = ("_places",)

    def __init__(self, places: Places) -> None:
        self._places = places

    def __enter__(self) -> None:
        if self._places.taken >= self._places.most:
            raise Overloaded
        self._places.taken += 1

    def __exit__(self, *_error: object) -> None:
        self._places.taken -= 1


class Seat:
    """One request's place among its principal's."""

    __slots__ = ("_each", "_key", "_places")

    def __init__(self, places: Places, each: dict[str, int], key: str) -> None:
        self._places = places
        self._each = each
        self._key = key

    def __enter__(self) -> None:
        taken = self._each.get(self._key, 0)
        if taken >= self._places.most_each:
            raise Throttled(IN_FLIGHT, limit=self._places.most_each)
        self._each[self._key] = taken + 1

    def __exit__(self, *_error: object) -> None:
        left = self._each[self._key] - 1
        if left:
            self._each[self._key] = left
        else:
            del self._each[self._key]
