"""How tickets flow: opened, closed, reopened, re-routed, sent to decision, and how long it took to close them.

An event belongs to the service that had the ticket then, and to the application and the site that the ticket has now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, Float, and_, cast, func, literal, or_

from osit_graphql import moments, visibility
from osit_graphql.database import Session
from osit_graphql.models import Activity, Ticket
from osit_graphql.services.reports.costs import check_rows
from osit_graphql.services.reports.questions import (
    ON_LINE,
    ON_TICKET,
    ROWS,
    Dimension,
    Group,
    Period,
    Question,
    among,
    narrowing,
)
from osit_graphql.viewer import Viewer
from osit_graphql.vocabulary import ActivityKind, Status

HOUR = 3600  # seconds


@dataclass(frozen=True)
class Flow:
    """What happened to a group's tickets; hours from opening to closing, of each closing, None without any."""

    group: Group
    opened: int
    closed: int
    reopened: int
    rerouted: int
    pending_decision: int
    median_hours: float | None
    p90_hours: float | None


async def ticket_flow(session: Session, viewer: Viewer, question: Question, *, zone: ZoneInfo) -> Sequence[Flow]:
    """Return what happened in the period: by month, oldest first; else most opened first."""
    question.check()
    columns = _columns(zone)
    groups = [columns[name].label(name.value) for name in question.group_by]
    month = [column for column in groups if column.name == Dimension.MONTH.value]
    figures = _figures()
    statement = visibility.flow(viewer, *groups, *figures).where(*_conditions(viewer, question, zone))
    statement = statement.group_by(*groups).having(func.count() > 0)
    rest = [column for column in groups if column.name != Dimension.MONTH.value]
    statement = statement.order_by(*month, figures[0].desc(), *rest).limit(ROWS + 1)
    rows = (await session.execute(statement)).all()
    check_rows(len(rows))
    width = len(groups)
    return [Flow(tuple(row[:width]), *row[width:]) for row in rows]


def _columns(zone: ZoneInfo) -> Mapping[Dimension, Any]:
    there = func.timezone(zone.key, Activity.created_at)
    return {
        Dimension.APPLICATION: Ticket.application_id,
        Dimension.SERVICE: moments.service_then(),
        Dimension.SITE: Ticket.site_id,
        Dimension.MONTH: cast(func.date_trunc("month", there), Date),
    }


def _conditions(viewer: Viewer, question: Question, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    start, end = _moments(question.period, zone)
    narrowed = question.narrowed
    kept = [Activity.created_at >= start, Activity.created_at < end, *narrowing(narrowed, ON_TICKET)]
    if narrowed.service_ids is not None:
        kept.append(among(moments.service_then(), narrowed.service_ids))
    if narrowed.cause_ids is not None:
        lines = visibility.lines(Ticket.id, literal(1)).where(visibility.works(viewer))
        kept.append(lines.where(among(ON_LINE["cause_ids"], narrowed.cause_ids)).exists())
    return kept


def _moments(period: Period, zone: ZoneInfo) -> tuple[datetime, datetime]:
    midnight = time(tzinfo=zone)
    return datetime.combine(period.start, midnight), datetime.combine(period.end + timedelta(days=1), midnight)


def _figures() -> list[ColumnElement[Any]]:
    opened = Activity.kind == ActivityKind.OPENED
    closed = and_(Activity.to_status == Status.CLOSED, Activity.from_status != Status.CLOSED)
    reopened = and_(Activity.from_status == Status.CLOSED, Activity.to_status != Status.CLOSED)
    sent = and_(Activity.to_status == Status.PENDING_DECISION, Activity.from_status != Status.PENDING_DECISION)
    born = and_(opened, moments.opening_status() == Status.PENDING_DECISION)
    hours = func.extract("epoch", Activity.created_at - Ticket.opened_at) / HOUR
    counts = {
        "opened": opened,
        "closed": closed,
        "reopened": reopened,
        "rerouted": Activity.kind == ActivityKind.REROUTING,
        "pending_decision": or_(sent, born),
    }
    shares = {"median_hours": 0.5, "p90_hours": 0.9}
    return [
        *(func.count().filter(condition).label(name) for name, condition in counts.items()),
        *(
            func.percentile_cont(share).within_group(cast(hours, Float)).filter(closed).label(name)
            for name, share in shares.items()
        ),
    ]
