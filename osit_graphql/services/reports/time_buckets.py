"""Time buckets of the rollups, and the fewest of them that cover a period, some added, some subtracted.

Cost buckets have 1, 4, 16, 64 or 256 days. Their number (`span`) is the index of the bucket since 1900, then the level
in the lowest three bits. Flow buckets are days, quarters of a month (from the 1st, 9th, 17th and 25th) and months;
their number is the first day, then the level in the lowest two bits. PostgreSQL computes the same numbers
(`osit_span`, `osit_flow_span`, migrations 0006, 0016). Days are counted from 1900.
"""

from calendar import monthrange
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

EPOCH = date(1900, 1, 1)
HORIZON = date(2200, 1, 1)  # limits the number of buckets of any period to some thousands
COST_LEVELS = 5  # each four times as long as the one below
FLOW_LEVELS = 3
MONTH_QUARTER_DAYS = 8

SignedSpan = tuple[int, int]
"""A bucket's number, and 1 to add it or -1 to subtract it."""
MonthlySpan = tuple[int, date, int]
"""A bucket's number, the first day of its month, and its sign."""


@dataclass(frozen=True)
class TimeBucket:
    """A bucket's number, its first and its last day."""

    span: int
    first: int
    last: int

    @property
    def dates(self) -> tuple[date, date]:
        """The first and the last day as dates."""
        return EPOCH + timedelta(days=self.first), EPOCH + timedelta(days=self.last)


def is_covered(start: date, end: date) -> bool:
    """Whether there are buckets for a period."""
    return start >= EPOCH and end < HORIZON


def cost_bucket(span: int) -> TimeBucket:
    """Return the cost bucket with this number."""
    level, index = span & 7, span >> 3
    return TimeBucket(span, index << 2 * level, (index + 1 << 2 * level) - 1)


def flow_bucket(span: int) -> TimeBucket:
    """Return the flow bucket with this number."""
    first, level = span >> 2, span & 3
    if level == 0:
        return TimeBucket(span, first, first)
    month_end = _month_end(EPOCH + timedelta(days=first))
    return TimeBucket(span, first, month_end if level > 1 else min(month_end, first + MONTH_QUARTER_DAYS - 1))


@lru_cache(4096)
def cover(start: date, end: date) -> Sequence[SignedSpan]:
    """Return the fewest cost buckets that add up to these days, both included."""
    first, last, top = _day_number(start), _day_number(end), COST_LEVELS - 1
    longest = (cost_bucket(index << 3 | top) for index in range(first >> 2 * top, (last >> 2 * top) + 1))
    return [span for bucket in longest for span in _fewest(bucket, first, last, _split_cost_bucket)]


def cover_by_month(start: date, end: date) -> Sequence[MonthlySpan]:
    """Return the same, month by month."""
    return [
        (span, month, sign)
        for month in months_between(start, end)
        for span, sign in cover(max(month, start), min(month + timedelta(days=_days_in_month(month) - 1), end))
    ]


@lru_cache(1024)
def cover_flow(start: date, end: date) -> Sequence[MonthlySpan]:
    """Return the fewest flow buckets, month by month."""
    first, last = _day_number(start), _day_number(end)
    return [
        (span, month, sign)
        for month in months_between(start, end)
        for span, sign in _fewest(flow_bucket(_day_number(month) << 2 | 2), first, last, _split_flow_bucket)
    ]


def _fewest(
    bucket: TimeBucket, start: int, end: int, split: Callable[[TimeBucket], Iterator[TimeBucket]]
) -> list[SignedSpan]:
    """Cover the bucket's days between start and end: add some of its parts, or subtract the others from it."""
    if start <= bucket.first and bucket.last <= end:
        return [(bucket.span, 1)]
    parts = list(split(bucket))

    def cover_days(first: int, last: int) -> list[SignedSpan]:
        overlapping = (part for part in parts if part.first <= last and first <= part.last)
        return [span for part in overlapping for span in _fewest(part, first, last, split)]

    inside = cover_days(start, end)
    outside = [*cover_days(bucket.first, start - 1), *cover_days(end + 1, bucket.last)]
    if len(inside) <= len(outside) + 1:
        return inside
    return [(bucket.span, 1), *((span, -sign) for span, sign in outside)]


def _split_cost_bucket(bucket: TimeBucket) -> Iterator[TimeBucket]:
    level, index = bucket.span & 7, bucket.span >> 3
    return (cost_bucket(4 * index + quarter << 3 | level - 1) for quarter in range(4))


def _split_flow_bucket(bucket: TimeBucket) -> Iterator[TimeBucket]:
    level = (bucket.span & 3) - 1
    step = MONTH_QUARTER_DAYS if level else 1
    return (flow_bucket(day << 2 | level) for day in range(bucket.first, bucket.last + 1, step))


def months_between(start: date, end: date) -> Iterator[date]:
    """Yield the first day of each month that has days in a period."""
    month = start.replace(day=1)
    while month <= end:
        yield month
        month += timedelta(days=_days_in_month(month))


def _day_number(day: date) -> int:
    return (day - EPOCH).days


def _days_in_month(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _month_end(day: date) -> int:
    return _day_number(day.replace(day=_days_in_month(day)))
