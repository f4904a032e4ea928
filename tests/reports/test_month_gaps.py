"""Reports by month with `fillGaps`: months without work have rows of zeros."""

from itertools import pairwise
from typing import Any

import pytest

from osit_graphql.domain.enums import Action
from tests.client import Api
from tests.company import Company
from tests.desk import Desk

FIGURES = "figures { tickets interventions minutes unpricedMinutes total { amount currency } }"
COSTS = f"""query ($period: Period!, $by: [CostDimension!]!, $filter: ReportFilter, $fill: Boolean! = false) {{
  maintenanceCosts(period: $period, groupBy: $by, filter: $filter, fillGaps: $fill) {{
    total {{ tickets interventions }} rows {{ month application {{ name }} site {{ name }} {FIGURES} }} }} }}"""
FLOW = """query ($period: Period!, $by: [FlowDimension!]!, $fill: Boolean! = false) {
  ticketFlow(period: $period, groupBy: $by, fillGaps: $fill) {
    month application { name } opened closed reopened rerouted pendingDecision medianHoursToClose } }"""
YEAR = {"from": "2026-01-15", "to": "2026-11-02"}
MONTHS = [f"2026-{month:02}-01" for month in range(1, 12)]
NO_WORK: dict[str, Any] = {"tickets": 0, "interventions": 0, "minutes": 0, "unpricedMinutes": 0}
NO_WORK |= {"total": {"amount": "0.00", "currency": "EUR"}}


@pytest.fixture
async def desk(company: Company, api: Api) -> Desk:
    """Return a desk with work on « Portail » in March and October, and on « Paie » in October."""
    desk = Desk(company, api)
    for application, day in (("Portail", "2026-03-05"), ("Portail", "2026-10-06"), ("Paie", "2026-10-07")):
        number = await company.ticket(application=application)
        await desk.does("developer", Action.LOG_INTERVENTION, number, startedAt=f"{day}T09:00:00+01:00")
    return desk


async def costs(desk: Desk, by: list[str], **values: Any) -> Any:
    """Return the cost report."""
    report = await desk.reads("manager", COSTS, **{"period": YEAR, "by": by, **values})
    return report["maintenanceCosts"]


async def test_line_26_months_without_work_have_rows_of_zeros(desk: Desk) -> None:
    sparse, full = await costs(desk, ["MONTH"]), await costs(desk, ["MONTH"], fill=True)
    assert [row["month"] for row in sparse["rows"]] == ["2026-03-01", "2026-10-01"]
    assert [row["month"] for row in full["rows"]] == MONTHS
    assert full["total"] == sparse["total"]
    assert [row for row in full["rows"] if row in sparse["rows"]] == sparse["rows"]
    assert {str(row["figures"]) for row in full["rows"] if row not in sparse["rows"]} == {str(NO_WORK)}


@pytest.mark.parametrize("other", ["APPLICATION", "SITE"])
async def test_line_26_each_group_has_every_month_in_the_order_of_the_report(desk: Desk, other: str) -> None:
    sparse, full = await costs(desk, [other, "MONTH"]), await costs(desk, [other, "MONTH"], fill=True)
    groups = {str(row[other.lower()]) for row in sparse["rows"]}
    pairs = [(row["month"], str(row[other.lower()])) for row in full["rows"]]
    assert sorted(pairs) == sorted((month, group) for month in MONTHS for group in groups)
    assert [row for row in full["rows"] if row in sparse["rows"]] == sparse["rows"]
    keys = [(row["month"], -float(row["figures"]["total"]["amount"])) for row in full["rows"]]
    assert all(one <= next_ for one, next_ in pairwise(keys))


async def test_line_26_a_report_without_work_has_its_months_and_no_groups(desk: Desk) -> None:
    period = {"from": "2025-01-31", "to": "2025-02-01"}
    rows = (await costs(desk, ["MONTH"], fill=True, period=period))["rows"]
    assert [row["month"] for row in rows] == ["2025-01-01", "2025-02-01"]
    for by in (["APPLICATION", "MONTH"], ["APPLICATION"], []):
        full = await costs(desk, by, fill=True, period=period)
        assert full == await costs(desk, by, period=period)


async def test_line_26_the_ticket_flow_too(desk: Desk) -> None:
    everything = {"from": "2020-01-01", "to": "2199-12-31"}
    [now] = (await desk.reads("manager", FLOW, period=everything, by=["MONTH"]))["ticketFlow"]
    year = int(now["month"][:4])
    period = {"from": f"{year - 1}-12-01", "to": f"{year}-12-31"}
    rows = (await desk.reads("manager", FLOW, period=period, by=["APPLICATION", "MONTH"], fill=True))["ticketFlow"]
    assert len(rows) == 2 * 13
    opened = [(row["month"], row["application"]["name"], row["opened"]) for row in rows if row["opened"]]
    assert opened == [(now["month"], "Portail", 2), (now["month"], "Paie", 1)]
    period = {"from": "2020-11-01", "to": "2021-02-28"}
    for by in (["MONTH"], ["APPLICATION", "MONTH"]):
        assert (await desk.reads("manager", FLOW, period=period, by=by))["ticketFlow"] == []
    rows = (await desk.reads("manager", FLOW, period=period, by=["MONTH"], fill=True))["ticketFlow"]
    assert [row["month"] for row in rows] == ["2020-11-01", "2020-12-01", "2021-01-01", "2021-02-01"]
    assert {(row["opened"], row["closed"], row["medianHoursToClose"]) for row in rows} == {(0, 0, None)}


async def test_line_26_filled_rows_count_towards_the_limit_of_rows(desk: Desk) -> None:
    long = {"from": "1900-01-01", "to": "2199-12-31"}
    assert len((await costs(desk, ["MONTH"], fill=True, period=long))["rows"]) == 3_600
    for cause in ("Configuration", "Défaut logiciel", "Panne matérielle"):
        number = await desk.company.ticket(application="Stocks")
        await desk.does("developer", Action.LOG_INTERVENTION, number, causeId=desk.company.ids[cause])
    by = ["APPLICATION", "CAUSE", "MONTH"]
    assert len((await costs(desk, by, period=long))["rows"]) < 10
    answer = await desk.api.ask(desk.token("manager"), COSTS, {"period": long, "by": by, "fill": True})
    assert (answer.codes, answer.errors[0]["extensions"]["argument"]) == (["BAD_USER_INPUT"], ["groupBy"])
