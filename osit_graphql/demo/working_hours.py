"""Working hours: events count minutes of work from the first day; `WorkingCalendar` turns them into moments."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WORKING_DAYS = 252  # twelve months, less a few days
DAY_MINUTES = 510  # 8:00 to 12:00, 13:30 to 18:00
END_MINUTE = WORKING_DAYS * DAY_MINUTES

_MORNING_MINUTES, _LUNCH_MINUTES = 240, 90
_DAY_START, _DAY_END = time(8), time(18)
_EARLIEST_END = time(9, 30)  # before this time, the year ends on the previous working day
_SATURDAY = 5
_FIXED_HOLIDAYS = {(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)}


class WorkingCalendar:
    """Maps minutes of work to moments; if the last day is today, it ends now, so that no event is in the future."""

    def __init__(self, zone: ZoneInfo, today: date, now: datetime) -> None:
        self.zone = zone
        self._end = min(now.astimezone(zone), datetime.combine(today, _DAY_END, zone))
        last_day = self._end.date()
        if self._end.time() < _EARLIEST_END or not _is_working_day(last_day):
            last_day = _previous_working_day(last_day)
            self._end = datetime.combine(last_day, _DAY_END, zone)
        self._days = [last_day]
        while len(self._days) < WORKING_DAYS:
            self._days.append(_previous_working_day(self._days[-1]))
        self._days.reverse()

    def moment(self, minute: int) -> datetime:
        """Return the moment of a minute of work, in UTC."""
        day, rest = divmod(minute, DAY_MINUTES)
        start = datetime.combine(self._days[day], _DAY_START, self.zone)
        if day == WORKING_DAYS - 1:
            return (start + (self._end - start) * rest / DAY_MINUTES).astimezone(UTC)
        return (start + timedelta(minutes=_with_lunch(rest))).astimezone(UTC)


def format_time_of_day(minute: int) -> str:
    """Return the time of day in French, « 9 h 05 »; always 8 h 05 on the last day, which may be short."""
    minute_of_day = 5 if minute >= END_MINUTE - DAY_MINUTES else minute % DAY_MINUTES
    hours, minutes = divmod(_DAY_START.hour * 60 + _with_lunch(minute_of_day), 60)
    return f"{hours} h {minutes:02}"


def month_start(today: date, months_back: int) -> date:
    """Return the first day of the month this many months before the present one."""
    months = today.year * 12 + today.month - 1 - months_back
    return date(months // 12, months % 12 + 1, 1)


def _with_lunch(minute_of_day: int) -> int:
    return minute_of_day + _LUNCH_MINUTES if minute_of_day >= _MORNING_MINUTES else minute_of_day


def _is_working_day(day: date) -> bool:
    return day.weekday() < _SATURDAY and (day.month, day.day) not in _FIXED_HOLIDAYS


def _previous_working_day(day: date) -> date:
    day -= timedelta(days=1)
    while not _is_working_day(day):
        day -= timedelta(days=1)
    return day
