"""The company's working time: minutes of work counted from its first day, and when each was on the calendar."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = 252  # working days: twelve months, less a few days
DAY = 510  # minutes of work: 8:00 to 12:00, 13:30 to 18:00
END = DAYS * DAY

_MORNING = 240
_OPENS, _RESUMES, _CLOSES = time(8), time(13, 30), time(18)
_EARLIEST = time(9, 30)  # before that, today has not begun: the year ends on the working day before
_SATURDAY = 5
_HOLIDAYS = {(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)}  # those whose date is fixed


class Hours:
    """Maps minutes of work to moments; the last day ends now when it is today, so that nothing is in the future."""

    def __init__(self, zone: ZoneInfo, today: date, now: datetime) -> None:
        self.zone = zone
        self._end = min(now.astimezone(zone), datetime.combine(today, _CLOSES, zone))
        last = self._end.date()
        if self._end.time() < _EARLIEST or not _is_worked(last):
            last = _find_working_day_before(last)
            self._end = datetime.combine(last, _CLOSES, zone)
        self._days = [last]
        while len(self._days) < DAYS:
            self._days.append(_find_working_day_before(self._days[-1]))
        self._days.reverse()

    def moment(self, minute: int) -> datetime:
        """Return when this minute of work was, in UTC."""
        day, rest = divmod(minute, DAY)
        opening = datetime.combine(self._days[day], _OPENS, self.zone)
        if day == DAYS - 1:
            return (opening + (self._end - opening) * rest / DAY).astimezone(UTC)
        if rest >= _MORNING:
            opening, rest = datetime.combine(self._days[day], _RESUMES, self.zone), rest - _MORNING
        return (opening + timedelta(minutes=rest)).astimezone(UTC)


def clock_face(minute: int) -> str:
    """Return the time of day as the company writes it, « 9 h 05 »; on the last day, which may be short, its first."""
    rest = 5 if minute >= END - DAY else minute % DAY
    shown = datetime.combine(date.min, _OPENS if rest < _MORNING else _RESUMES)
    shown += timedelta(minutes=rest if rest < _MORNING else rest - _MORNING)
    return f"{shown.hour} h {shown.minute:02}"


def month_start(today: date, months_back: int) -> date:
    """Return the first of the month so many months before today's."""
    months = today.year * 12 + today.month - 1 - months_back
    return date(months // 12, months % 12 + 1, 1)


def _is_worked(day: date) -> bool:
    return day.weekday() < _SATURDAY and (day.month, day.day) not in _HOLIDAYS


def _find_working_day_before(day: date) -> date:
    day -= timedelta(days=1)
    while not _is_worked(day):
        day -= timedelta(days=1)
    return day
