"""Concurrency limits: requests under way in the process, and for each user."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from osit_graphql.domain.errors import Throttled
from osit_graphql.http.errors import USER_CONCURRENCY, Overloaded


class ConcurrencyLimiter:
    """Counts active requests and refuses those above a limit. Heavy requests of one user run one after the other.

    `key` is the principal: the user, or the network of an anonymous client.
    """

    def __init__(self, max_requests: int, max_requests_per_user: int) -> None:
        self.max_requests = max_requests
        self.max_requests_per_user = max_requests_per_user
        self.active = 0
        self.active_by_user: dict[str, int] = {}
        self._process_slot = ProcessSlot(self)
        self._heavy_locks: dict[str, asyncio.Lock] = {}
        self._heavy_requests: Counter[str] = Counter()

    def process_slot(self) -> "ProcessSlot":
        """Hold one of the slots of the process. Raises `Overloaded`."""
        return self._process_slot

    def user_slot(self, key: str) -> "UserSlot":
        """Hold one of the slots of a user. Raises `Throttled`."""
        return UserSlot(self, key)

    @asynccontextmanager
    async def heavy_slot(self, key: str) -> AsyncIterator[None]:
        """Wait for the other heavy requests of this user, so that a burst of them leaves room for other users."""
        lock = self._heavy_locks.setdefault(key, asyncio.Lock())
        self._heavy_requests[key] += 1
        try:
            async with lock:
                yield
        finally:
            self._heavy_requests[key] -= 1
            if not self._heavy_requests[key]:
                del self._heavy_requests[key], self._heavy_locks[key]


class ProcessSlot:
    """Context manager of a slot in the process; a class, as a generator takes three times as long."""

    __slots__ = ("_limiter",)

    def __init__(self, limiter: ConcurrencyLimiter) -> None:
        self._limiter = limiter

    def __enter__(self) -> None:
        if self._limiter.active >= self._limiter.max_requests:
            raise Overloaded
        self._limiter.active += 1

    def __exit__(self, *_error: object) -> None:
        self._limiter.active -= 1


class UserSlot:
    """Context manager of a slot of one user."""

    __slots__ = ("_key", "_limiter")

    def __init__(self, limiter: ConcurrencyLimiter, key: str) -> None:
        self._limiter = limiter
        self._key = key

    def __enter__(self) -> None:
        limiter = self._limiter
        active = limiter.active_by_user.get(self._key, 0)
        if active >= limiter.max_requests_per_user:
            raise Throttled(USER_CONCURRENCY, limit=limiter.max_requests_per_user)
        limiter.active_by_user[self._key] = active + 1

    def __exit__(self, *_error: object) -> None:
        active_by_user = self._limiter.active_by_user
        active = active_by_user[self._key] - 1
        if active:
            active_by_user[self._key] = active
        else:
            del active_by_user[self._key]
