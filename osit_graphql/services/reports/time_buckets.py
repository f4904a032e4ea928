"""Stretches of days that sums are kept for, so that a period is a handful of them, some added, some taken off.

Costs have 1, 4, 16, 64 and 256 days: which stretch of its length since 1900, then its level in the lowest three bits.
The flow has days, eighths of a month or so (from the 1st, 9th, 17th and 25th) and months: the first day, then the level
in the lowest two bits. PostgreSQL works both out the same way (`osit_span`, `osit_flow_span`, migrations 0006, 0016).
Days are numbers here, from 1900 on.
"""

from calendar import monthrange
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

EPOCH = date(1900, 1, 1)
HORIZON = date(2200, 1, 1)  # so that a careless period is some thousands of spans at most
LEVELS = 5  # each four times as long as the one below
FLOW_LEVELS = 3
EIGHTH = 8

Part = tuple[int, int]  # a span; 1 where it is added, -1 where it is taken off
Monthly = tuple[int, date, int]  # the same, with the first day of the month between


@dataclass(frozen=True)
class Stretch:
    """A span with its first day and its last."""

    span: int
    first: int
    last: int

    @property
    def days(self) -> tuple[date, date]:
        """Both as dates."""
        return EPOCH + timedelta(days=self.first), EPOCH + timedelta(days=self.last)


def hold(start: date, end: date) -> bool:
    """Whether a period is one that spans are kept for."""
    return start >= EPOCH and end < HORIZON


def stretch(span: int) -> Stretch:
    """Return what a span of costs stands for."""
    level, place = span & 7, span >> 3
    return Stretch(span, place << 2 * level, (place + 1 << 2 * level) - 1)


def flow_stretch(span: int) -> Stretch:
    """Return what a span of the flow stands for."""
    first, level = span >> 2, span & 3
    if level == 0:
        return Stretch(span, first, first)
    month_end = _month_end(EPOCH + timedelta(days=first))
    return Stretch(span, first, month_end if level > 1 else min(month_end, first + EIGHTH - 1))


@lru_cache(4096)
def covering(start: date, end: date) -> Sequence[Part]:
    """Return the fewest spans of costs that come to these days, both included."""
    first, last, top = _number(start), _number(end), LEVELS - 1
    blocks = (stretch(place << 3 | top) for place in range(first >> 2 * top, (last >> 2 * top) + 1))
    return [part for block in blocks for part in _fewest(block, first, last, _quarters)]


def covering_months(start: date, end: date) -> Sequence[Monthly]:
    """Return the same, month by month: no span reaches over two of them."""
    return [
        (span, month, sign)
        for month in _months(start, end)
        for span, sign in covering(max(month, start), min(month + timedelta(days=_length(month) - 1), end))
    ]


@lru_cache(1024)
def covering_flow(start: date, end: date) -> Sequence[Monthly]:
    """Return the fewest spans of the flow, each within a month."""
    return [
        (span, month, sign)
        for month in _months(start, end)
        for span, sign in _fewest(flow_stretch(_number(month) << 2 | 2), _number(start), _number(end), _pieces)
    ]


def _fewest(whole: Stretch, start: int, end: int, cut: Callable[[Stretch], Iterator[Stretch]]) -> list[Part]:
    """Return the fewest parts of a stretch for its days among these: pieces of it, or all of it but for pieces."""
    if start <= whole.first and whole.last <= end:
        return [(whole.span, 1)]
    pieces = list(cut(whole))

    def among(since: int, until: int) -> list[Part]:
        met = (piece for piece in pieces if piece.first <= until and since <= piece.last)
        return [part for piece in met for part in _fewest(piece, since, until, cut)]

    inside = among(start, end)
    outside = [*among(whole.first, start - 1), *among(end + 1, whole.last)]
    return inside if len(inside) <= len(outside) + 1 else [(whole.span, 1), *((span, -sign) for span, sign in outside)]


def _quarters(whole: Stretch) -> Iterator[Stretch]:
    level, place = whole.span & 7, whole.span >> 3
    return (stretch(4 * place + quarter << 3 | level - 1) for quarter in range(4))


def _pieces(whole: Stretch) -> Iterator[Stretch]:
    level = (whole.span & 3) - 1
    return (flow_stretch(day << 2 | level) for day in range(whole.first, whole.last + 1, EIGHTH if level else 1))


def _months(start: date, end: date) -> Iterator[date]:
    month = start.replace(day=1)
    while month <= end:
        yield month
        month += timedelta(days=_length(month))


def _number(day: date) -> int:
    return (day - EPOCH).days


def _length(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _month_end(day: date) -> int:
    return _number(day.replace(day=_length(day)))
