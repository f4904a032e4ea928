"""Random interventions and changes, written to the tables directly: reports must include them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import insert, text, update

from osit_graphql.db.engine import Session
from osit_graphql.db.models import Activity, Intervention, Ticket
from osit_graphql.domain.date_range import Period
from osit_graphql.domain.enums import Criticality, Priority, Severity, Status
from osit_graphql.services.directory.hourly_rates import labour
from osit_graphql.services.reports.request import Dimension, ReportFilter, ReportRequest
from tests.company import Company

FIRST_DAY = date(2026, 1, 20)
DAYS = 30
FILTER_VALUES = {
    "application_ids": ("Portail", "Paie", "Stocks"),
    "service_ids": ("Développement", "Réseau", "Postes"),
    "site_ids": ("Paris", "Lyon"),
    "cause_ids": ("Configuration", "Défaut logiciel", "Panne matérielle"),
}


@dataclass(frozen=True)
class Line:
    """An intervention to insert; numbers are indexes in the lists of `FILTER_VALUES`."""

    ticket: int
    service: int
    cause: int
    day: int
    minutes: int
    rate: Decimal | None
    expenses: Decimal
    voided: bool


@dataclass(frozen=True)
class Scene:
    """Tickets (application, site, reopened), their lines, and later changes of tickets."""

    tickets: list[tuple[int, int, bool]]
    lines: list[Line]
    moves: list[tuple[int, int, bool]]
    merged: int  # the number of lines before the first merge


cents = st.decimals(0, 5000, places=2)
lines = st.builds(
    Line,
    ticket=st.integers(0, 2),
    service=st.integers(0, 2),
    cause=st.integers(0, 1),
    day=st.integers(0, DAYS),
    minutes=st.integers(1, 1440),
    rate=st.none() | st.decimals(0, 200, places=2),
    expenses=cents,
    voided=st.sampled_from([False, False, False, True]),
)
moves = st.tuples(st.integers(0, 3), st.integers(0, 2), st.booleans())
scenes = st.builds(
    Scene,
    tickets=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.booleans()), min_size=4, max_size=4),
    lines=st.lists(lines, min_size=6, max_size=14),
    moves=st.lists(moves, max_size=3),
    merged=st.integers(0, 14),
)
periods = st.tuples(st.integers(-5, DAYS), st.integers(0, 6) | st.integers(0, DAYS)).map(
    lambda drawn: Period(FIRST_DAY + timedelta(days=drawn[0]), FIRST_DAY + timedelta(days=drawn[0] + drawn[1]))
)
everything: st.SearchStrategy[dict[str, set[int]]] = st.just({})
filters = everything | st.fixed_dictionaries({}, optional={name: st.sets(st.integers(0, 2)) for name in FILTER_VALUES})


def request(company: Company, period: Period, group_by: set[Dimension], narrowed: dict[str, set[int]]) -> ReportRequest:
    """Return the request, with row IDs instead of the filter's indexes."""
    lists = {
        name: tuple(sorted(company.keys[FILTER_VALUES[name][place % len(FILTER_VALUES[name])]] for place in places))
        for name, places in narrowed.items()
    }
    return ReportRequest(period, tuple(word for word in Dimension if word in group_by), ReportFilter(**lists))


async def insert_scene(session: Session, company: Company, scene: Scene) -> None:
    """Insert the scene in this transaction."""
    for key, (application, site, again) in enumerate(scene.tickets, 1):
        await session.execute(insert(Ticket).values(_ticket(company, key, application, site, again)))
    for key, line in enumerate(scene.lines, 1):
        if key == scene.merged:
            await session.execute(text("SELECT osit_merge_reports(1000)"))
        await _write(session, company, key, line)
    for place, application, again in scene.moves:
        key = place + 1
        moved = update(Ticket).where(Ticket.id == key).values(version=Ticket.version + 1, reopen_count=int(again))
        application_id = company.keys[FILTER_VALUES["application_ids"][application]]
        await session.execute(moved.values(application_id=application_id))


async def _write(session: Session, company: Company, key: int, line: Line) -> None:
    moment = datetime.combine(FIRST_DAY, datetime.min.time(), UTC) + timedelta(days=line.day, hours=8, minutes=key)
    activity = {"id": key, "ticket_id": line.ticket + 1, "version": key, "kind": "COMMENT", "comment": "x"}
    await session.execute(insert(Activity).values(activity | {"created_at": moment}))
    values = {
        "activity_id": key,
        "ticket_id": line.ticket + 1,
        "service_id": company.keys[FILTER_VALUES["service_ids"][line.service]],
        "cause_id": company.keys[FILTER_VALUES["cause_ids"][line.cause]],
        "started_at": moment,
        "started_on": moment.date(),
        "minutes": line.minutes,
        "expenses": line.expenses,
    }
    await session.execute(insert(Intervention).values(values))
    this = update(Intervention).where(Intervention.activity_id == key)
    if line.rate is not None:
        await session.execute(this.values(hourly_rate=line.rate, labour=labour(line.minutes, line.rate)))
    if line.voided:
        await session.execute(this.values(voided_by=key))


def _ticket(company: Company, key: int, application: int, site: int, again: bool) -> dict[str, Any]:
    moment = datetime.combine(FIRST_DAY, datetime.min.time(), UTC)
    return {
        "id": key,
        "title": "Écran noir",
        "description": "Plus rien.",
        "status": Status.OPEN,
        "severity": Severity.MINOR,
        "criticality": Criticality.NON_BLOCKING,
        "priority": Priority.LOW,
        "requester_id": company.keys["requester"],
        "application_id": company.keys[FILTER_VALUES["application_ids"][application]],
        "service_id": company.keys["Réseau"],
        "site_id": company.keys[FILTER_VALUES["site_ids"][site]],
        "opened_at": moment,
        "updated_at": moment,
        "reopen_count": int(again),
    }
