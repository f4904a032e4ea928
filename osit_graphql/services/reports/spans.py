"""Stretches of days that sums are kept for: 1, 4, 16, 64 and 256 days, so that a period is a handful of them.

A span is one number: which stretch of its length since 1900, then its level in the lowest three bits. PostgreSQL works
it out the same way (`osit_span`, migration 0006).
"""

from datetime import date, timedelta

EPOCH = date(1900, 1, 1)
LEVELS = 5  # each four times as long as the one below


def covering(start: date, end: date) -> list[int]:
    """Return the fewest spans that make up these days, both included."""
    found: list[int] = []
    day, after = (start - EPOCH).days, (end - EPOCH).days + 1
    while day < after:
        level = max(level for level in range(LEVELS) if day % (1 << 2 * level) == 0 and day + (1 << 2 * level) <= after)
        found.append((day >> 2 * level) << 3 | level)
        day += 1 << 2 * level
    return found


def stretch(span: int) -> tuple[date, date]:
    """Return a span's first day and its last."""
    length = 1 << 2 * (span & 7)
    first = EPOCH + timedelta(days=(span >> 3) * length)
    return first, first + timedelta(days=length - 1)
