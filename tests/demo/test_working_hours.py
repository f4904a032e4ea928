"""The working calendar: it ends on the day of seeding, or on the previous working day."""

from datetime import date, datetime, timedelta

import pytest

from osit_graphql.demo.working_hours import DAY_MINUTES, END_MINUTE, WorkingCalendar, month_start
from tests.demo.conftest import PARIS


@pytest.mark.parametrize(
    ("now", "expected_end"),
    [
        ("2026-06-17 15:20", "2026-06-17 15:20"),  # a Wednesday
        ("2026-06-17 22:00", "2026-06-17 18:00"),
        ("2026-06-17 09:30", "2026-06-17 09:30"),
        ("2026-06-17 09:29", "2026-06-16 18:00"),
        ("2026-06-20 12:00", "2026-06-19 18:00"),  # a Saturday
        ("2026-06-22 00:10", "2026-06-19 18:00"),
        ("2026-07-14 12:00", "2026-07-13 18:00"),  # a holiday
        ("2026-03-30 10:00", "2026-03-30 10:00"),  # the day after the change to summer time
    ],
)
def test_the_year_ends_now_or_with_the_previous_working_day(now: str, expected_end: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=PARIS)
    calendar = WorkingCalendar(PARIS, moment.date(), moment)
    last = calendar.moment(END_MINUTE - 1).astimezone(PARIS)
    assert last <= moment
    end = datetime.fromisoformat(expected_end).replace(tzinfo=PARIS)
    assert timedelta(0) < end - last <= timedelta(minutes=2)
    moments = [calendar.moment(minute) for minute in range(0, END_MINUTE, 7)]
    assert moments == sorted(moments)
    assert timedelta(days=350) < moment - moments[0] < timedelta(days=370)


def test_mornings_end_at_noon_and_afternoons_start_at_half_past_one() -> None:
    calendar = WorkingCalendar(PARIS, date(2026, 6, 17), datetime(2026, 6, 17, 18, tzinfo=PARIS))
    times = [
        calendar.moment(10 * DAY_MINUTES + minute).astimezone(PARIS).strftime("%H:%M") for minute in (0, 239, 240, 509)
    ]
    assert times == ["08:00", "11:59", "13:30", "17:59"]


def test_month_start_crosses_years() -> None:
    assert month_start(date(2026, 1, 31), 0) == date(2026, 1, 1)
    assert month_start(date(2026, 1, 31), 1) == date(2025, 12, 1)
    assert month_start(date(2026, 3, 5), 14) == date(2025, 1, 1)
