"""Reports through the API: defaults, limits, statements, pages and bad input."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from osit_graphql.api import global_ids
from osit_graphql.domain.date_range import Period
from osit_graphql.domain.enums import Action
from osit_graphql.domain.errors import BadInput
from osit_graphql.services.reports.request import Dimension, ReportFilter, ReportRequest
from tests.client import Api
from tests.company import Company
from tests.desk import Desk
from tests.reports.documents import BACK, COSTS, FLOW, NODE
from tests.superuser import as_superuser
from tests.unit.statement_log import logged_statements

YEAR = {"from": "2026-01-01", "to": "2026-12-31"}
DEFAULTS = """{
  maintenanceCosts(period: {from: "2026-01-01", to: "2026-12-31"}) { rows { application { name } cause { name } } }
  recurrences(period: {from: "2026-01-01", to: "2026-01-31"}) { application { name } cause { name } occurrences }
  ticketFlow(period: {from: "2026-01-01", to: "2026-12-31"}) { month }
}"""
QUESTION = ReportRequest(
    Period(date(2026, 1, 1), date(2026, 3, 31)), (Dimension.APPLICATION, Dimension.CAUSE), ReportFilter(site_ids=(1, 2))
)


@pytest.fixture
async def desk(company: Company, api: Api) -> Desk:
    """Return a desk with four tickets that have equal interventions."""
    desk = Desk(company, api)
    for _ in range(4):
        number = await company.ticket()
        await desk.does("developer", Action.LOG_INTERVENTION, number)
    return desk


async def test_absent_arguments_have_defaults(desk: Desk) -> None:
    data = await desk.reads("manager", DEFAULTS)
    assert data["maintenanceCosts"]["rows"] == [{"application": {"name": "Portail"}, "cause": None}]
    assert data["recurrences"] == [
        {"application": {"name": "Portail"}, "cause": {"name": "Configuration"}, "occurrences": 4}
    ]
    assert len(data["ticketFlow"]) == 1


async def test_the_number_of_statements_is_independent_of_rows(desk: Desk) -> None:
    requests: list[tuple[str, dict[str, Any], int]] = [
        (COSTS, {"by": ["APPLICATION"]}, 4),  # the figures, their tickets by group and together, the applications
        (COSTS.replace("tickets interventions", "interventions"), {"by": ["APPLICATION"]}, 2),
        (BACK, {"by": ["APPLICATION", "CAUSE"], "min": 1, "first": 20}, 8),
        (FLOW, {"by": ["MONTH"]}, 1),
        (FLOW, {"by": ["APPLICATION", "SITE"]}, 4),  # from the events; the zone, applications, sites
    ]

    async def count() -> list[int]:
        counts = []
        for document, variables, _ in requests:
            with logged_statements(desk.company.database) as statements:
                await desk.reads("manager", document, period=YEAR, **variables)
            counts.append(len(statements))
        return counts

    expected = [number for _, _, number in requests]
    assert await count() == expected
    for application, cause in (("Paie", "Défaut logiciel"), ("Stocks", "Panne matérielle")):
        number = await desk.company.ticket(application=application)
        await desk.does("developer", Action.LOG_INTERVENTION, number, causeId=desk.company.ids[cause])
    assert await count() == expected


async def test_tickets_behind_a_recurrence_are_paged(desk: Desk) -> None:
    document = """query ($period: Period!, $first: Int, $after: String, $last: Int) { recurrences(period: $period) {
      id tickets(first: $first, after: $after, last: $last) {
        totalCount nodes { number } pageInfo { hasNextPage endCursor } } } }"""
    seen, after = [], None
    for _ in range(2):
        [recurrence] = (await desk.reads("manager", document, period=YEAR, first=2, after=after))["recurrences"]
        seen += [node["number"] for node in recurrence["tickets"]["nodes"]]
        after = recurrence["tickets"]["pageInfo"]["endCursor"]
        assert recurrence["tickets"]["totalCount"] == 4
    assert (seen, recurrence["tickets"]["pageInfo"]["hasNextPage"]) == ([4, 3, 2, 1], False)
    other = {"from": "2026-01-01", "to": "2026-11-30"}
    answer = await desk.api.ask(desk.token("manager"), document, {"period": other, "first": 2, "after": after})
    assert answer.codes == ["BAD_USER_INPUT"]
    again = (await desk.reads("manager", NODE, id=recurrence["id"]))["node"]
    assert again == {"id": recurrence["id"], "occurrences": 4, "tickets": {"totalCount": 4}}


@pytest.mark.parametrize(
    ("variables", "path"),
    [
        ({"period": {"from": "2026-02-01", "to": "2026-01-31"}}, ["period", "to"]),
        ({"filter": {"applicationIds": ["app1_0000000000000000"]}}, ["filter", "applicationIds", "0"]),
        ({"min": 0}, ["minOccurrences"]),
        ({"first": -1}, ["first"]),
        ({"first": 10_001}, ["first"]),
    ],
)
async def test_invalid_arguments_are_bad_input(
    company: Company, api: Api, variables: dict[str, Any], path: list[str]
) -> None:
    variables = {"period": YEAR, "by": ["CAUSE"], "min": 1, "first": 5, **variables}
    answer = await api.ask(company.tokens["manager"], BACK, variables)
    assert (answer.codes, answer.errors[0]["extensions"]["argument"]) == (["BAD_USER_INPUT"], path)


async def test_a_filter_has_at_most_100_values(company: Company, api: Api) -> None:
    for number, codes in ((100, []), (101, ["BAD_USER_INPUT"])):
        many = {"causeIds": [global_ids.encode(global_ids.Kind.CAUSE, key) for key in range(1, number + 1)]}
        answer = await api.ask(company.tokens["manager"], COSTS, {"period": YEAR, "by": ["CAUSE"], "filter": many})
        assert answer.codes == codes


async def test_more_than_10_000_rows_are_an_error(company: Company, api: Api) -> None:
    rows = "SELECT DATE '2026-01-01' + n % 300, 1, n, 1, 1, 1, 5 FROM generate_series(1, {}) AS n"
    pending = "INSERT INTO report_delta (day, service_id, application_id, cause_id, site_id, interventions, minutes) "
    short = """query ($period: Period!, $by: [CostDimension!]!) {
      maintenanceCosts(period: $period, groupBy: $by) { rows { month } } }"""
    for number, codes in ((10_000, []), (1, ["BAD_USER_INPUT"])):
        async with as_superuser(company.database).transaction() as session:
            source = rows.format(number) if number > 1 else "SELECT DATE '2026-01-01', 1, 10001, 1, 1, 1, 5"
            await session.execute(text(pending + source))
        variables = {"period": YEAR, "by": ["APPLICATION"]}
        answer = await api.ask(company.tokens["manager"], short, variables)
        assert answer.codes == codes
    assert "10000" in answer.errors[0]["message"]


async def test_days_are_in_the_time_zone_of_the_company(company: Company, api: Api) -> None:
    desk = Desk(company, api)
    number = await company.ticket()
    late = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)  # in Paris, the 1st of April
    await desk.does("developer", Action.LOG_INTERVENTION, number, startedAt=late.isoformat())
    for day, count in (("2026-03-31", 0), ("2026-04-01", 1)):
        report = await desk.reads("manager", COSTS, period={"from": day, "to": day}, by=["MONTH"])
        assert len(report["maintenanceCosts"]["rows"]) == count


def test_a_recurrence_id_decodes_to_its_request() -> None:
    text_ = global_ids.encode_recurrence(QUESTION, (3, 7))
    assert global_ids.decode_recurrence(text_, ()) == (QUESTION, (3, 7))
    assert global_ids.is_recurrence_id(text_)


@pytest.mark.parametrize("place", [6, 15, 25, -1])
def test_a_mistyped_id_is_refused(place: int) -> None:
    text_ = global_ids.encode_recurrence(QUESTION, (3, 7))
    letter = "A" if text_[place] != "A" else "Q"
    mistyped = text_[:place] + letter + (text_[place + 1 :] if place != -1 else "")
    with pytest.raises(BadInput):
        global_ids.decode_recurrence(mistyped, ())


@pytest.mark.parametrize(
    "global_id", ["", "rec1_", "rec1_é", "rec1_AAAA", f"rec1_{'A' * 5000}", "app1_0000000000000001"]
)
def test_an_invalid_id_is_refused(global_id: str) -> None:
    with pytest.raises(BadInput):
        global_ids.decode_recurrence(global_id, ())


def test_a_period_before_the_calendar_begins_with_it() -> None:
    first = Period(date.min + timedelta(days=1), date.max).before
    assert (first.start, first.end) == (date.min, date.min)
