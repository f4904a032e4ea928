"""Times of interventions, which have ended, and those that `DateTime` can express."""

from datetime import UTC, datetime, timedelta

import pytest

from osit_graphql.domain import clock
from osit_graphql.domain.enums import Action
from tests.client import Api
from tests.company import Company
from tests.desk import Desk

NOW = datetime(2026, 6, 3, 10, 0, tzinfo=UTC)


@pytest.fixture
def desk(company: Company, api: Api) -> Desk:
    """Give its people, at work through the API."""
    return Desk(company, api)


@pytest.mark.parametrize(
    ("started", "minutes", "field"),
    [
        (timedelta(minutes=-30), 31, "input.minutes"),
        (timedelta(minutes=-30, microseconds=1), 30, "input.minutes"),
        (timedelta(0), 1, "input.minutes"),
        (timedelta(microseconds=1), 1, "input.startedAt"),
        (timedelta(days=-1), 1441, "input.minutes"),
        (timedelta(minutes=-1), 2**31 - 1, "input.minutes"),
    ],
)
async def test_line_32_an_intervention_that_ends_in_the_future_is_refused(
    desk: Desk, started: timedelta, minutes: int, field: str
) -> None:
    number = await desk.company.ticket()
    with clock.at(NOW):
        times = {"startedAt": (NOW + started).isoformat(), "minutes": minutes}
        assert await desk.is_refused("developer", Action.LOG_INTERVENTION, number, **times) == [(field, "INVALID")]


@pytest.mark.parametrize(("started", "minutes"), [(timedelta(minutes=-30), 30), (timedelta(days=-1), 1440)])
async def test_line_32_an_intervention_may_end_now(desk: Desk, started: timedelta, minutes: int) -> None:
    number = await desk.company.ticket()
    with clock.at(NOW):
        times = {"startedAt": (NOW + started).isoformat(), "minutes": minutes}
        await desk.does("developer", Action.LOG_INTERVENTION, number, **times)


@pytest.mark.parametrize(
    "moment",
    [
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+00:01",
        "2200-01-01T00:00:00Z",
        "2199-12-31T23:59:59-00:01",
        "2026-01-01T00:00:00+14:01",
        "2026-01-01T00:00:00-14:01",
        "2026-01-01T00:00:00+23:59",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ],
)
async def test_line_32_moments_outside_the_calendar_are_bad_input(desk: Desk, moment: str) -> None:
    for document, variables in (
        ("query ($at: DateTime!) { tickets(filter: {openedAt: {from: $at}}) { totalCount } }", {"at": moment}),
        (f'{{ tickets(filter: {{openedAt: {{from: "{moment}"}}}}) {{ totalCount }} }}', {}),
    ):
        answer = await desk.api.ask(desk.token("operator"), document, variables)
        assert answer.codes == ["BAD_USER_INPUT"]
        assert answer.errors[0]["extensions"]["argument"] == ["filter", "openedAt", "from"]


@pytest.mark.parametrize(
    "moment", ["1970-01-01T00:00:00Z", "2199-12-31T23:59:59Z", "2026-01-01T00:00:00+14:00", "2026-01-01T00:00:00-14:00"]
)
async def test_line_32_the_ends_of_the_calendar_are_served(desk: Desk, moment: str) -> None:
    assert await desk.numbers("operator", filter={"openedAt": {"from": moment}}) == []
