"""Stretches of days in the company's time zone: what reports and the calendar of meetings are asked about."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from osit_graphql.domain.errors import BadInput

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """Days, both ends included."""

    start: date
    end: date

    def check(self) -> None:
        """Refuse one that ends before it begins."""
        if self.end < self.start:
            raise BadInput("A period ends on the day it begins, or later.", argument=("period",))

    @property
    def before(self) -> Self:
        """The period of the same length just before; one that would begin before the calendar begins there."""
        days = min((self.end - self.start).days, (self.start - date.min).days - 1)
        return type(self)(self.start - timedelta(days=days + 1), self.start - timedelta(days=1))

    def moments(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return the first moment in it, and the first after it; but for the calendar's own first and last days."""
        start, end = max(self.start, date.min + DAY), min(self.end, date.max - 2 * DAY)
        return datetime.combine(start, time(), zone), datetime.combine(end + DAY, time(), zone)
