"""Chooses the executions of statements that `tests/shapes.py` compares.

Comparing every execution would take half of the suite's time. Everything is compared in
`tests/spec`. Elsewhere each worker compares the first LIMIT executions of a key that differ in their variant.
"""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager

LIMIT = 3


class Sample:
    """The executions compared so far: their variants, by key."""

    complete = False

    def __init__(self) -> None:
        self._variants: dict[Hashable, set[Hashable]] = {}

    def takes(self, key: Hashable, variant: Hashable) -> bool:
        """Whether this execution is compared; if so, count it."""
        if self.complete:
            return True
        variants = self._variants.setdefault(key, set())
        if len(variants) >= LIMIT or variant in variants:
            return False
        variants.add(variant)
        return True


@contextmanager
def everything_compared() -> Iterator[None]:
    """Compare every execution meanwhile."""
    Sample.complete = True
    try:
        yield
    finally:
        Sample.complete = False
