"""Working time on the calendar: it ends with the day it is filled on, or the working day before."""

from datetime import date, datetime, timedelta

import pytest

from osit_graphql.demo.hours import DAY, END, Hours, month_start
from tests.demo.conftest import PARIS


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ("2026-06-17 15:20", "2026-06-17 15:20"),  # a Wednesday
        ("2026-06-17 22:00", "2026-06-17 18:00"),
        ("2026-06-17 09:30", "2026-06-17 09:30"),
        ("2026-06-17 09:29", "2026-06-16 18:00"),
        ("2026-06-20 12:00", "2026-06-19 18:00"),  # a Saturday
        ("2026-06-22 00:10", "2026-06-19 18:00"),
        ("2026-07-14 12:00", "2026-07-13 18:00"),  # a holiday
        ("2026-03-30 10:00", "2026-03-30 10:00"),  # the day after the clocks change
    ],
)
def test_the_last_minute_is_now_or_the_last_that_was_worked(now: str, ends: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=PARIS)
    hours = Hours(PARIS, moment.date(), moment)
    last = hours.moment(END - 1).astimezone(PARIS)
    assert last <= moment
    end = datetime.fromisoformat(ends).replace(tzinfo=PARIS)
    assert timedelta(0) < end - last <= timedelta(minutes=2)
    moments = [hours.moment(minute) for minute in range(0, END, 7)]
    assert moments == sorted(moments)
    assert timedelta(days=350) < moment - moments[0] < timedelta(days=370)


def test_a_morning_ends_at_noon_and_an_afternoon_begins_at_half_past_one() -> None:
    hours = Hours(PARIS, date(2026, 6, 17), datetime(2026, 6, 17, 18, tzinfo=PARIS))
    faces = [hours.moment(10 * DAY + minute).astimezone(PARIS).strftime("%H:%M") for minute in (0, 239, 240, 509)]
    assert faces == ["08:00", "11:59", "13:30", "17:59"]


def test_months_are_counted_back_over_years() -> None:
    assert month_start(date(2026, 1, 31), 0) == date(2026, 1, 1)
    assert month_start(date(2026, 1, 31), 1) == date(2025, 12, 1)
    assert month_start(date(2026, 3, 5), 14) == date(2025, 1, 1)
