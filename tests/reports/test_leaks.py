"""For each role, reports show only permitted work, in rows, totals, counts and drill-downs."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from osit_graphql.api import global_ids
from osit_graphql.domain import clock
from osit_graphql.domain.date_range import Period
from osit_graphql.domain.enums import Role
from osit_graphql.services.reports.request import Dimension, ReportRequest
from osit_graphql.services.tickets import close, log_intervention, qualify, reopen, reroute
from osit_graphql.services.tickets.interventions import Work
from osit_graphql.services.tickets.qualification import Correction
from tests.client import Api
from tests.company import Company
from tests.protection import PROTECTION, RLS, VISIBILITY
from tests.reports import oracle
from tests.reports.documents import BACK, COSTS, FLOW, NODE, PERIOD
from tests.reports.playing import PARIS, play
from tests.superuser import as_superuser

KINDS = {
    "application": global_ids.Kind.APPLICATION,
    "service": global_ids.Kind.SERVICE,
    "site": global_ids.Kind.SITE,
    "cause": global_ids.Kind.CAUSE,
}
DAYS = Period(date(2026, 1, 1), date(2026, 4, 30))
READERS = {
    "manager": None,
    "developer": "Développement",
    "network": "Réseau",
    "twofold": "Réseau",
    "everyman": "Réseau",
}
OTHERS = ("operator", "requester", "admin")
EVENTS = """
    SELECT a.ticket_id, a.kind, a.version, a.from_status, a.to_status, a.from_service_id, a.to_service_id,
        a.created_at AT TIME ZONE 'Europe/Paris' AS moment, t.criticality
    FROM activity a JOIN ticket t ON t.id = a.ticket_id ORDER BY a.id
"""


@pytest.fixture
async def busy(company: Company) -> Company:
    """Return a company with a history, in which tickets left the service that worked on them."""
    await play(company, actions=140, writers=2, seed=3)
    cause = company.keys["Configuration"]
    for day in range(1, 4):
        moment = datetime(2026, 4, day, 9, tzinfo=UTC)
        with clock.at(moment):
            number = await company.ticket(f"Parti {day}")
            work = Work(moment - timedelta(hours=1), 30, cause, Decimal(0))
            await company.do("developer", log_intervention, number, work, zone=PARIS, comment="Fait.")
            await company.do("developer", reroute, number, service_id=company.keys["Réseau"], comment="Au réseau.")
            elsewhere = Correction(application_id=company.keys["Paie"])
            await company.do("network", qualify, number, elsewhere, comment="De la paie.")
            await company.do("network", close, number, comment="Fini.")
            await company.do("network", reopen, number, comment="Pas fini.")
    return company


def key(row: dict[str, Any], by: tuple[Dimension, ...]) -> tuple[Any, ...]:
    names = [word.value.lower() for word in by]
    return tuple(global_ids.decode(KINDS[name], row[name]["id"], ()) for name in names)


def service_of(company: Company, who: str) -> int | None:
    name = READERS[who]
    return None if name is None else company.keys[name]


@pytest.mark.parametrize("who", READERS)
async def test_reports_match_the_oracle_for_each_reader(busy: Company, api: Api, who: str) -> None:
    async with as_superuser(busy.database).reading() as session:
        lines = await oracle.read_lines(session)
    for by in (
        (Dimension.APPLICATION,),
        (Dimension.SERVICE, Dimension.CAUSE),
        (Dimension.APPLICATION, Dimension.CAUSE),
    ):
        request, words = ReportRequest(DAYS, by), [word.value for word in by]
        expected = oracle.costs(lines, request, service_of(busy, who))
        report = (await api.read(busy.tokens[who], COSTS, period=PERIOD, by=words))["maintenanceCosts"]
        totals = {key(row, by): (row["figures"]["tickets"], row["figures"]["minutes"]) for row in report["rows"]}
        assert totals == {group: (figures.tickets, figures.minutes) for group, figures in expected.items()}
        assert report["total"]["interventions"] == sum(figures.interventions for figures in expected.values())
        back = oracle.recurrences(lines, request, service_of(busy, who))
        variables = {"period": PERIOD, "by": words, "min": 1, "first": 100}
        rows = (await api.read(busy.tokens[who], BACK, **variables))["recurrences"]
        assert {key(row, by): (row["occurrences"], row["reopened"]) for row in rows} == {
            group: (len(each.tickets), each.reopened) for group, each in back.items()
        }
        await check_tickets(busy, api, who, {key(row, by): row for row in rows}, back)


async def check_tickets(
    busy: Company, api: Api, who: str, reported: Any, back: dict[Any, oracle.ExpectedRecurrence]
) -> None:
    """Check that each recurrence lists exactly its tickets that the reader sees."""
    seen: set[int] = set()
    async with as_superuser(busy.database).reading() as session:
        rows = (await session.execute(text("SELECT id, service_id, requester_id FROM ticket"))).all()
    viewer = busy.viewers[who]
    for row in rows:
        everything = viewer.roles & {Role.MANAGER, Role.OPERATOR}
        if everything or row.service_id == viewer.service_id or row.requester_id == viewer.user_id:
            seen.add(row.id)
    for group, row in reported.items():
        numbers = {node["number"] for node in row["tickets"]["nodes"]}
        # Visibility alone selects the work of the service; RLS also hides tickets.
        assert numbers <= seen if PROTECTION == RLS else numbers == back[group].tickets & seen
        assert row["tickets"]["totalCount"] == row["counted"]["totalCount"] == len(numbers)
        again = (await api.read(busy.tokens[who], NODE, id=row["id"]))["node"]
        assert (again["id"], again["occurrences"]) == (row["id"], row["occurrences"])


@pytest.mark.parametrize("who", OTHERS)
async def test_other_roles_may_not_read_reports(busy: Company, api: Api, who: str) -> None:
    recurrence_variables = {"period": PERIOD, "by": ["APPLICATION", "CAUSE"], "min": 1, "first": 5}
    rows = (await api.read(busy.tokens["manager"], BACK, **recurrence_variables))["recurrences"]
    for document, variables in (
        (COSTS, {"by": ["APPLICATION"]}),
        (BACK, recurrence_variables),
        (FLOW, {"by": ["MONTH"]}),
    ):
        answer = await api.ask(busy.tokens[who], document, {"period": PERIOD, **variables})
        assert (answer.codes, list(answer.data.values())) == (["FORBIDDEN"], [None])
    assert (await api.read(busy.tokens[who], NODE, id=rows[0]["id"]))["node"] is None


@pytest.mark.skipif(PROTECTION == VISIBILITY, reason="it is row security's, beneath the reports' own statements")
@pytest.mark.parametrize("who", ["developer", "network", "everyman"])
async def test_a_report_covers_only_the_work_of_the_service(company: Company, who: str) -> None:
    """A missing predicate would show figures of other services' lines."""
    here, left, _elsewhere = [await company.ticket(service=name) for name in (*[str(READERS[who])] * 2, "Postes")]
    await company.do(who, reroute, left, service_id=company.keys["Postes"], comment="Chez vous.")
    for reports, expected in ((False, [here]), (True, [here, left])):
        async with company.database.reading(company.viewers[who], reports=reports) as session:
            for words in ("SELECT id FROM ticket ORDER BY id", "SELECT DISTINCT ticket_id FROM activity ORDER BY 1"):
                assert [row[0] for row in await session.execute(text(words))] == expected


def events_of(rows: Any, service_id: int | None) -> dict[str, dict[str, int]]:
    """Count events by month from the history: each has the service of its ticket at the time."""
    at: dict[int, int] = {}
    counted: dict[str, dict[str, int]] = {}
    for row in rows:
        had = row.to_service_id if row.kind == "OPENED" else at[row.ticket_id]
        at[row.ticket_id] = row.to_service_id or at[row.ticket_id]
        names = {
            "opened": row.kind == "OPENED",
            "rerouted": row.kind == "REROUTING",
            "closed": row.to_status == "CLOSED" != row.from_status,
            "reopened": row.from_status == "CLOSED" != row.to_status,
            "pendingDecision": row.to_status == "PENDING_DECISION" != row.from_status,
        }
        if service_id in {None, had} and row.kind in {"OPENED", "REROUTING", "STATUS_CHANGE"}:
            month = counted.setdefault(str(row.moment.date().replace(day=1)), dict.fromkeys(names, 0))
            for name, happened in names.items():
                month[name] += happened
    return counted


@pytest.mark.parametrize("who", READERS)
async def test_flow_belongs_to_the_service_that_had_the_ticket(busy: Company, api: Api, who: str) -> None:
    days = {"from": "2025-01-01", "to": "2026-12-31"}
    async with as_superuser(busy.database).reading() as session:
        rows = (await session.execute(text(EVENTS))).all()
    expected = events_of(rows, service_of(busy, who))
    rows = (await api.read(busy.tokens[who], FLOW, period=days, by=["MONTH"]))["ticketFlow"]
    assert [row["month"] for row in rows] == sorted(expected)
    names = ("opened", "closed", "reopened", "rerouted")
    assert {row["month"]: {name: row[name] for name in names} for row in rows} == {
        month: {name: counts[name] for name in names} for month, counts in expected.items()
    }
    split = (await api.read(busy.tokens[who], FLOW, period=days, by=["MONTH", "SERVICE", "SITE"]))["ticketFlow"]
    for name in (*names, "pendingDecision"):
        assert sum(row[name] for row in split) == sum(row[name] for row in rows)
    assert sum(row["opened"] for row in rows) > 0
