"""The flow of tickets: each event once, by service and time, and the duration until closings."""

from datetime import UTC, datetime, timedelta

import pytest

from osit_graphql.domain import clock
from osit_graphql.domain.enums import Criticality
from osit_graphql.services.tickets import close, qualify, reopen, reroute
from osit_graphql.services.tickets.qualification import Correction
from tests.client import Api
from tests.company import Company
from tests.reports.documents import FLOW

BEGAN = datetime(2026, 3, 31, 20, tzinfo=UTC)  # in Paris, 22:00: two hours before April
YEAR = {"from": "2026-01-01", "to": "2026-12-31"}
COMMENT = "Voici pourquoi."


@pytest.fixture
async def flowing(company: Company) -> Company:
    """Return a company with tickets closed after 1, 3 and 10 hours, re-routed, reopened or pending decision."""
    with clock.at(BEGAN):
        first = await company.ticket()
        second = await company.ticket()
        third = await company.ticket(service="Réseau", criticality=Criticality.EVOLUTION)
    with clock.at(BEGAN + timedelta(hours=1)):
        await company.do("developer", close, first, comment=COMMENT)
    with clock.at(BEGAN + timedelta(hours=3)):
        await company.do("developer", reopen, first, comment=COMMENT)
        await company.do("developer", close, first, comment=COMMENT)
        await company.do("developer", reroute, second, service_id=company.keys["Réseau"], comment=COMMENT)
        evolution = Correction(criticality=Criticality.EVOLUTION)
        await company.do("network", qualify, second, evolution, comment=COMMENT)
    with clock.at(BEGAN + timedelta(hours=10)):
        await company.do("network", close, third, comment=COMMENT)
    return company


async def test_flow_by_month_is_in_the_time_zone_of_the_company(flowing: Company, api: Api) -> None:
    rows = (await api.read(flowing.tokens["manager"], FLOW, period=YEAR, by=["MONTH"]))["ticketFlow"]
    nothing = {"application": None, "service": None, "site": None}
    assert rows == [
        {**nothing, "month": "2026-03-01", "opened": 3, "closed": 1, "reopened": 0, "rerouted": 0,
         "pendingDecision": 1, "medianHoursToClose": 1.0, "p90HoursToClose": 1.0},
        {**nothing, "month": "2026-04-01", "opened": 0, "closed": 2, "reopened": 1, "rerouted": 1,
         "pendingDecision": 1, "medianHoursToClose": 6.5, "p90HoursToClose": pytest.approx(9.3)},
    ]  # fmt: skip


async def test_flow_by_service_counts_the_service_at_the_time(flowing: Company, api: Api) -> None:
    rows = (await api.read(flowing.tokens["manager"], FLOW, period=YEAR, by=["SERVICE"]))["ticketFlow"]
    names = ("opened", "closed", "reopened", "rerouted", "pendingDecision")
    assert [(row["service"]["id"], *(row[name] for name in names)) for row in rows] == [
        (flowing.ids["Développement"], 2, 2, 1, 1, 0),
        (flowing.ids["Réseau"], 1, 1, 0, 0, 2),
    ]


async def test_flow_is_filtered(flowing: Company, api: Api) -> None:
    for narrowed, opened in (
        ({"serviceIds": [flowing.ids["Réseau"]]}, [1]),
        ({"applicationIds": [flowing.ids["Paie"]]}, []),
        ({"siteIds": [flowing.ids["Paris"]]}, [3]),
        ({"causeIds": [flowing.ids["Configuration"]]}, []),
        ({"causeIds": []}, []),
    ):
        variables = {"period": YEAR, "by": [], "filter": narrowed}
        rows = (await api.read(flowing.tokens["manager"], FLOW, **variables))["ticketFlow"]
        assert [row["opened"] for row in rows] == opened, narrowed


async def test_nothing_closed_has_no_hours(flowing: Company, api: Api) -> None:
    days = {"from": "2026-03-31", "to": "2026-03-31"}
    variables = {"period": days, "by": [], "filter": {"serviceIds": [flowing.ids["Réseau"]]}}
    [row] = (await api.read(flowing.tokens["manager"], FLOW, **variables))["ticketFlow"]
    assert (row["medianHoursToClose"], row["p90HoursToClose"]) == (None, None)
