"""How tickets flow: opened, closed, reopened, re-routed, sent to decision, and how long it took to close them.

An event belongs to the service that had the ticket then, and to the application and the site that the ticket has now.
From the cells where they hold it, else from the events themselves. Hours from opening to closing are those of whole
minutes, kept to seven binary digits: exact up to two hours, within a hundredth beyond (docs/decisions/0014).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, Float, Integer, Select, cast, func, literal, null, select

from osit_graphql.db import report_visibility, visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import FlowEvent
from osit_graphql.domain.date_range import Period
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.reports import flow_cells, percentiles
from osit_graphql.services.reports.costs import check_rows
from osit_graphql.services.reports.request import ON_LINE, ROWS, Dimension, Group, Question, among, narrowing, within

MINUTES = 60.0  # of an hour


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


async def ticket_flow(
    session: Session, viewer: Viewer, question: Question, *, zone: ZoneInfo, hours: bool = True
) -> Sequence[Flow]:
    """Return what happened in the period: by month, oldest first; else most opened first.

    `hours`: whether how long closings took is worked out too. Days are the company's: `zone`'s.
    """
    question.check()
    width, rows, told = len(question.group_by), None, None
    if flow_cells.hold(question):
        statement, values = flow_cells.flow(viewer, question, hours=hours)
        rows = (await session.execute(statement, values)).all()
        told = rows[0].zone if rows else None
    told = told or await session.scalar(select(func.osit_zone()))
    if rows is None or told != zone.key:
        statement = _events(viewer, question, None if told == zone.key else zone, hours=hours)
        rows = (await session.execute(statement)).all()
    check_rows(len(rows))
    return [Flow(tuple(row[:width]), *row[width : width + len(fields(Flow)) - 1]) for row in rows]


# From the events: `zone` when it isn't the one that their days were noted in.


def _events(viewer: Viewer, question: Question, zone: ZoneInfo | None, *, hours: bool) -> Select[Any]:
    columns = _columns(zone)
    groups = [columns[name].label(name.value) for name in question.group_by]
    month = [column for column in groups if column.name == Dimension.MONTH.value]
    rest = [column for column in groups if column.name != Dimension.MONTH.value]
    sums = [func.sum(getattr(FlowEvent, name)).label(name) for name in flow_cells.COUNTS]
    shares = [_percentile(share) if hours else null() for share in percentiles.SHARES.values()]
    statement = report_visibility.flow(viewer, *groups, *sums, *shares).where(*_conditions(viewer, question, zone))
    statement = statement.group_by(*groups).having(func.count() > 0)
    return statement.order_by(*month, sums[0].desc(), *rest).limit(ROWS + 1)


def _percentile(share: float) -> ColumnElement[Any]:
    minutes = cast(FlowEvent.minutes, Float)
    return func.percentile_cont(share).within_group(minutes) / literal(MINUTES, Float)


def _columns(zone: ZoneInfo | None) -> Mapping[Dimension, Any]:
    day = FlowEvent.day if zone is None else func.timezone(zone.key, FlowEvent.happened_at)
    return {
        Dimension.APPLICATION: FlowEvent.application_id,
        Dimension.SERVICE: FlowEvent.service_id,
        Dimension.SITE: FlowEvent.site_id,
        Dimension.MONTH: cast(func.date_trunc("month", day), Date),
    }


def _conditions(viewer: Viewer, question: Question, zone: ZoneInfo | None) -> list[ColumnElement[bool]]:
    period, narrowed = question.period, question.narrowed
    on_event = {
        "application_ids": FlowEvent.application_id,
        "service_ids": FlowEvent.service_id,
        "site_ids": FlowEvent.site_id,
    }
    kept = [within(FlowEvent.day, period), *narrowing(narrowed, on_event)]
    if zone is not None:
        start, end = period.moments(zone)
        wider = Period(start.date() - timedelta(days=1), end.date())
        kept[0] = within(FlowEvent.day, wider)
        kept += [FlowEvent.happened_at >= start, FlowEvent.happened_at < end]
    if narrowed.cause_ids is not None:
        lines = visibility.lines(FlowEvent.ticket_id, literal(1, Integer)).where(visibility.works(viewer))
        kept.append(lines.where(among(ON_LINE["cause_ids"], narrowed.cause_ids)).exists())
    return kept
