"""Lines and moves drawn at random, written straight into the tables: whatever the door, the figures must follow."""

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

BEGAN = date(2026, 1, 20)
DAYS = 30
THINGS = {
    "application_ids": ("Portail", "Paie", "Stocks"),
    "service_ids": ("Développement", "Réseau", "Postes"),
    "site_ids": ("Paris", "Lyon"),
    "cause_ids": ("Configuration", "Défaut logiciel", "Panne matérielle"),
}


@dataclass(frozen=True)
class Line:
    """An intervention to be; numbers are places in the lists of `THINGS`."""

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
    """Tickets by application, site and whether they were reopened; lines; and what then happens to tickets."""

    tickets: list[tuple[int, int, bool]]
    lines: list[Line]
    moves: list[tuple[int, int, bool]]
    merged: int  # after how many lines the changes so far are merged


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
    lambda drawn: Period(BEGAN + timedelta(days=drawn[0]), BEGAN + timedelta(days=drawn[0] + drawn[1]))
)
everything: st.SearchStrategy[dict[str, set[int]]] = st.just({})
filters = everything | st.fixed_dictionaries({}, optional={name: st.sets(st.integers(0, 2)) for name in THINGS})


def request(company: Company, period: Period, group_by: set[Dimension], narrowed: dict[str, set[int]]) -> ReportRequest:
    """Return the question, its filter's places turned into rows."""
    lists = {
        name: tuple(sorted(company.keys[THINGS[name][place % len(THINGS[name])]] for place in places))
        for name, places in narrowed.items()
    }
    return ReportRequest(period, tuple(word for word in Dimension if word in group_by), ReportFilter(**lists))


async def stage(session: Session, company: Company, scene: Scene) -> None:
    """Write the scene, in this transaction."""
    for key, (application, site, again) in enumerate(scene.tickets, 1):
        await session.execute(insert(Ticket).values(_ticket(company, key, application, site, again)))
    for key, line in enumerate(scene.lines, 1):
        if key == scene.merged:
            await session.execute(text("SELECT osit_merge_reports(1000)"))
        await _write(session, company, key, line)
    for place, application, again in scene.moves:
        key = place + 1
        moved = update(Ticket).where(Ticket.id == key).values(version=Ticket.version + 1, reopen_count=int(again))
        application_id = company.keys[THINGS["application_ids"][application]]
        await session.execute(moved.values(application_id=application_id))


async def _write(session: Session, company: Company, key: int, line: Line) -> None:
    moment = datetime.combine(BEGAN, datetime.min.time(), UTC) + timedelta(days=line.day, hours=8, minutes=key)
    activity = {"id": key, "ticket_id": line.ticket + 1, "version": key, "kind": "COMMENT", "comment": "x"}
    await session.execute(insert(Activity).values(activity | {"created_at": moment}))
    values = {
        "activity_id": key,
        "ticket_id": line.ticket + 1,
        "service_id": company.keys[THINGS["service_ids"][line.service]],
        "cause_id": company.keys[THINGS["cause_ids"][line.cause]],
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
    moment = datetime.combine(BEGAN, datetime.min.time(), UTC)
    return {
        "id": key,
        "title": "Écran noir",
        "description": "Plus rien.",
        "status": Status.OPEN,
        "severity": Severity.MINOR,
        "criticality": Criticality.NON_BLOCKING,
        "priority": Priority.LOW,
        "requester_id": company.keys["requester"],
        "application_id": company.keys[THINGS["application_ids"][application]],
        "service_id": company.keys["Réseau"],
        "site_id": company.keys[THINGS["site_ids"][site]],
        "opened_at": moment,
        "updated_at": moment,
        "reopen_count": int(again),
    }
