"""How many requests are under way: in the process, and for each principal."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from osit_graphql.api.limits.refusals import IN_FLIGHT, Overloaded
from osit_graphql.errors import Throttled


class Places:
    """Counts who is inside; nobody waits, who doesn't fit is told to come back."""

    def __init__(self, most: int, most_each: int) -> None:
        self.most = most
        self.most_each = most_each
        self.taken = 0
        self._each: Counter[str] = Counter()

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
