"""A budget of points for each principal: a leaky bucket, filled by what is asked for, that drains all the time.

A bucket is one number, the moment when it will be empty again; what it holds now follows from it.
"""

from dataclasses import dataclass
from math import ceil
from time import monotonic
from typing import Protocol

MANY = 10_000  # buckets, before those that have drained are looked for


@dataclass(frozen=True, slots=True)
class Budget:
    """How many points may be used at once, and how many come back each second."""

    points: int
    rate: int

    @property
    def window(self) -> int:
        """In how many seconds all of it comes back."""
        return ceil(self.points / self.rate)

    def left(self, level: float) -> int:
        """How many points are left at this level."""
        return max(0, int(self.points - level))

    def wait(self, level: float, points: int) -> int:
        """In how many seconds so many points can be had, at least one."""
        return max(1, ceil((level + points - self.points) / self.rate))


class Buckets(Protocol):
    """Where the buckets are kept."""

    budget: Budget

    def level(self, key: str) -> float:
        """Return how full a bucket is as far as this process knows, without asking anybody."""
        ...

    async def take(self, key: str, points: int, *, forced: bool = False) -> tuple[bool, float]:
        """Put points in, if they fit or if `forced`; fewer than none gives back. Return whether, and the new level."""
        ...

    async def close(self) -> None:
        """Let go of what is held."""
        ...


class LocalBuckets:
    """In this process' memory."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self._empty_at: dict[str, float] = {}

    def level(self, key: str) -> float:
        """Return how full a bucket is."""
        return max(0.0, self._empty_at.get(key, 0.0) - monotonic()) * self.budget.rate

    def put(self, key: str, level: float, now: float | None = None) -> None:
        """Make a bucket this full."""
        self._empty_at.pop(key, None)
        if level > 0:
            self._empty_at[key] = (monotonic() if now is None else now) + level / self.budget.rate
            if len(self._empty_at) > MANY:
                self._forget()

    async def take(self, key: str, points: int, *, forced: bool = False) -> tuple[bool, float]:
        """Put points in, if they fit or if `forced`."""
        budget, now = self.budget, monotonic()
        level = max(0.0, self._empty_at.get(key, 0.0) - now) * budget.rate
        if not forced and level + points > budget.points:
            return False, level
        level = max(0.0, level + points)
        self.put(key, level, now)
        return True, level

    async def close(self) -> None:
        """Nothing is held."""

    def _forget(self) -> None:
        """Drop the buckets that have drained; if too many have not, those that were least lately used."""
        now = monotonic()
        self._empty_at = {key: at for key, at in self._empty_at.items() if at > now}
        for key in list(self._empty_at)[: max(0, len(self._empty_at) - MANY // 2)]:
            del self._empty_at[key]
