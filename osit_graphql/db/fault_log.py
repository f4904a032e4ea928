"""Logs PostgreSQL's faults, each kind at most once in some seconds: a fault concerns every request and every job."""

import time
from collections import Counter
from typing import Final

import structlog

from osit_graphql.domain.errors import Unavailable

LINE_INTERVAL_S: Final = 5.0

log = structlog.get_logger()


class LineLimit:
    """Lets one line through for each key in `LINE_INTERVAL_S`, and counts the others."""

    def __init__(self) -> None:
        self._next_line: dict[str, float] = {}
        self._counts: Counter[str] = Counter()

    def count(self, key: str, now: float | None = None) -> int:
        """Return how many lines this one stands for; 0 if it must not be written."""
        self._counts[key] += 1
        now = time.monotonic() if now is None else now
        if now < self._next_line.get(key, 0.0):
            return 0
        self._next_line[key] = now + LINE_INTERVAL_S
        return self._counts.pop(key)


LIMIT: Final = LineLimit()


def report_fault(error: Unavailable) -> None:
    """Log PostgreSQL's fault; nothing for a lock timeout, and for faults of other services."""
    if error.fault and (times := LIMIT.count(error.fault)):
        log.error("database fault", fault=error.fault, cause=error.cause, times=times)
