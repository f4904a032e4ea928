"""Inclusive date ranges in the company's time zone, as reports and the meeting list take them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from osit_graphql.domain.errors import BadInput

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """A date range, both ends included."""

    start: date
    end: date

    def check(self) -> None:
        """Raise `BadInput` if the range ends before it begins."""
        if self.end < self.start:
            raise BadInput("A period ends on the day it begins, or later.", argument=("period",))

    @property
    def scope(self) -> dict[str, Any]:
        """The range in a cursor's scope hash. These names never change: see `Paging`."""
        return {"from": self.start.isoformat(), "to": self.end.isoformat()}

    @property
    def before(self) -> Self:
        """The range of the same length just before, cut at Python's first date."""
        days = min((self.end - self.start).days, (self.start - date.min).days - 1)
        return type(self)(self.start - timedelta(days=days + 1), self.start - timedelta(days=1))

    def moments(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return the first moment of the range and the first after it, within Python's first and last dates."""
        start, end = max(self.start, date.min + DAY), min(self.end, date.max - 2 * DAY)
        return datetime.combine(start, time(), zone), datetime.combine(end + DAY, time(), zone)
