"""Token buckets: each principal may use so many points at once, and gets so many back every second.

A bucket is stored as one number, the time at which it will be full again; the points in use follow from it.
"""

from dataclasses import dataclass
from math import ceil
from time import monotonic
from typing import Protocol

MAX_BUCKETS = 10_000  # in memory; above it, full buckets are dropped


@dataclass(frozen=True, slots=True)
class RateLimit:
    """The size of a bucket in points, and the points that come back each second."""

    points: int
    points_per_s: int

    @property
    def window_s(self) -> int:
        """Seconds until an empty bucket is full."""
        return ceil(self.points / self.points_per_s)

    def remaining(self, used: float) -> int:
        """Return the remaining points."""
        return max(0, int(self.points - used))

    def retry_after_s(self, used: float, points: int) -> int:
        """Return the seconds until so many points are available, at least one."""
        return max(1, ceil((used + points - self.points) / self.points_per_s))


class TokenBuckets(Protocol):
    """The buckets of all principals."""

    limit: RateLimit

    def used(self, key: str) -> float:
        """Return the points in use as far as this process knows, without network access."""
        ...

    async def take(self, key: str, points: int, *, force: bool = False) -> tuple[bool, float]:
        """Take points if enough remain, or if `force`; a negative number gives back. Return success and points used."""
        ...

    async def close(self) -> None:
        """Close connections."""
        ...


class MemoryBuckets:
    """Token buckets in the memory of this process."""

    def __init__(self, limit: RateLimit) -> None:
        self.limit = limit
        self._full_at: dict[str, float] = {}

    def used(self, key: str) -> float:
        """Return the points in use."""
        return max(0.0, self._full_at.get(key, 0.0) - monotonic()) * self.limit.points_per_s

    def set_used(self, key: str, used: float, now: float | None = None) -> None:
        """Set the points in use."""
        self._full_at.pop(key, None)
        if used > 0:
            self._full_at[key] = (monotonic() if now is None else now) + used / self.limit.points_per_s
            if len(self._full_at) > MAX_BUCKETS:
                self._drop_buckets()

    async def take(self, key: str, points: int, *, force: bool = False) -> tuple[bool, float]:
        """Take points if enough remain, or if `force`."""
        limit, now = self.limit, monotonic()
        used = max(0.0, self._full_at.get(key, 0.0) - now) * limit.points_per_s
        if not force and used + points > limit.points:
            return False, used
        used = max(0.0, used + points)
        self.set_used(key, used, now)
        return True, used

    async def close(self) -> None:
        """Nothing to close."""

    def _drop_buckets(self) -> None:
        """Drop full buckets; if too many are left, the least recently used ones."""
        now = monotonic()
        self._full_at = {key: at for key, at in self._full_at.items() if at > now}
        for key in list(self._full_at)[: max(0, len(self._full_at) - MAX_BUCKETS // 2)]:
            del self._full_at[key]
