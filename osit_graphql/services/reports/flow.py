"""Ticket flow: opened, closed, reopened, re-routed, sent to decision, and the hours from opening to closing.

An event belongs to the service that had the ticket then, and to the ticket's current application and site. Reports on
services have those of the ticket when it last left the service (docs/decisions/0042). The report reads the rollups
where they cover it, else the events. Durations are whole minutes, rounded to seven binary digits:
exact up to two hours, within one per cent beyond (docs/decisions/0014).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Date,
    Float,
    Integer,
    Select,
    String,
    and_,
    cast,
    func,
    literal,
    null,
    select,
    true,
    union_all,
)

from osit_graphql.db import statements, visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import FlowCell, FlowDelta, FlowEvent
from osit_graphql.db.statements import param
from osit_graphql.domain.date_range import Period
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.reports import percentiles, time_buckets
from osit_graphql.services.reports.costs import check_row_count
from osit_graphql.services.reports.request import (
    INTERVENTION_FILTERS,
    MAX_REPORT_ROWS,
    Dimension,
    Group,
    ReportRequest,
    by_month,
    months_without_rows,
)
from osit_graphql.services.reports.rollup_sql import (
    FILTER_DIMENSIONS,
    PARTS,
    RollupQuery,
    ScopeKind,
    any_of_param,
    day_values,
    dimension_column,
    filter_params,
    filter_values,
    grouping_dimensions,
    in_days,
    is_covered,
    monthly_bucket_values,
    service_scope,
)

EVENT_COUNTS = ("opened", "closed", "reopened", "rerouted", "pending_decision")


@dataclass(frozen=True)
class FlowRow:
    """The events of a group. Hours are from a ticket's opening to each of its closings; None without any closing."""

    group: Group
    opened: int
    closed: int
    reopened: int
    rerouted: int
    pending_decision: int
    median_hours: float | None
    p90_hours: float | None


async def ticket_flow(
    session: Session,
    viewer: Viewer,
    request: ReportRequest,
    *,
    zone: ZoneInfo,
    with_hours: bool = True,
    fill_gaps: bool = False,
) -> Sequence[FlowRow]:
    """Return the flow of the period, by month, oldest first, then most opened first; days are in `zone`.

    `with_hours` also computes the hours from opening to closing. `fill_gaps` adds rows of zeros for the months without
    events. Raises `BadInput` for too many rows.
    """
    request.check()
    width, rows, rollup_zone = len(request.group_by), None, None
    if rollup_can_answer(request):
        rows = await _fetch_from_rollup(session, viewer, request, with_hours=with_hours)
        rollup_zone = rows[0].zone if rows else None
    rollup_zone = rollup_zone or await _fetch_rollup_zone(session)
    if rows is None or rollup_zone != zone.key:
        other_zone = None if rollup_zone == zone.key else zone
        rows = await _fetch_from_events(session, viewer, request, other_zone, with_hours=with_hours)
    report_rows = [FlowRow(tuple(row[:width]), *row[width : width + len(fields(FlowRow)) - 1]) for row in rows]
    if fill_gaps and (missing := months_without_rows(request, [row.group for row in report_rows])):
        report_rows += [FlowRow(group, 0, 0, 0, 0, 0, None, None) for group in missing]
        report_rows.sort(key=lambda row: by_month(row.group, row.opened))
    check_row_count(len(report_rows))
    return report_rows


async def _fetch_rollup_zone(session: Session) -> str | None:
    """Return the time zone whose days the rollups and the events have; None until one is set."""
    [row] = await statements.fetch(session, "rollup zone", lambda: select(func.osit_zone().label("zone")))
    zone: str | None = row.zone
    return zone


# From the events. `zone` is None when the events' days are in that zone already.


async def _fetch_from_events(
    session: Session, viewer: Viewer, request: ReportRequest, zone: ZoneInfo | None, *, with_hours: bool
) -> Sequence[Any]:
    in_zone, scope = zone is not None, service_scope(viewer, request)

    def build(any_viewer: Viewer) -> Select[Any]:
        columns = _event_columns(scope.kind, in_zone=in_zone)
        return _from_events(any_viewer, request, columns, in_zone=in_zone, with_hours=with_hours)

    values = {**day_values(request.period), **request.filter.values}
    if zone is not None:
        start, end = request.period.moments(zone)
        values |= day_values(Period(start.date() - timedelta(days=1), end.date()))
        values |= {"zone": zone.key, "since": start, "until": end}
    key = ("flow", request.cache_key, scope.kind, in_zone, with_hours)
    return await statements.fetch_as(session, viewer, key, build, values)


def _from_events(
    viewer: Viewer, request: ReportRequest, columns: Mapping[Dimension, Any], *, in_zone: bool, with_hours: bool
) -> Select[Any]:
    groups = [columns[name].label(name.value) for name in request.group_by]
    months = [column for column in groups if column.name == Dimension.MONTH.value]
    others = [column for column in groups if column.name != Dimension.MONTH.value]
    sums = [func.sum(getattr(FlowEvent, name)).label(name) for name in EVENT_COUNTS]
    shares = percentiles.SHARES.items()
    hours = [(_percentile(share) if with_hours else null()).label(name) for name, share in shares]
    statement = visibility.flow_events(viewer, *groups, *sums, *hours)
    statement = statement.where(*_conditions(viewer, request, columns, in_zone=in_zone))
    statement = statement.group_by(*groups).having(func.count() > 0)
    return statement.order_by(*months, sums[0].desc(), *others).limit(MAX_REPORT_ROWS + 1)


def _percentile(share: float) -> ColumnElement[Any]:
    minutes = cast(FlowEvent.minutes, Float)
    return func.percentile_cont(share).within_group(minutes) / literal(percentiles.MINUTES_PER_HOUR, Float)


def _event_columns(kind: ScopeKind, *, in_zone: bool) -> Mapping[Dimension, Any]:
    day = func.timezone(param("zone", String), FlowEvent.happened_at) if in_zone else FlowEvent.day
    names = (Dimension.APPLICATION, Dimension.SERVICE, Dimension.SITE)
    columns = {name: dimension_column(FlowEvent, name, kind) for name in names}
    return {**columns, Dimension.MONTH: cast(func.date_trunc("month", day), Date)}


def _conditions(
    viewer: Viewer, request: ReportRequest, columns: Mapping[Dimension, Any], *, in_zone: bool
) -> list[ColumnElement[bool]]:
    filter_names = frozenset(request.filter.values)
    filtered = {name: columns[dimension] for name, dimension in FILTER_DIMENSIONS.items() if dimension in columns}
    conditions = [in_days(FlowEvent.day), *filter_params(filter_names, filtered)]
    if in_zone:
        moment = FlowEvent.happened_at.type
        conditions += [FlowEvent.happened_at >= param("since", moment), FlowEvent.happened_at < param("until", moment)]
    if "cause_ids" in filter_names:
        lines = visibility.interventions_of(FlowEvent.ticket_id, literal(1, Integer)).where(
            visibility.counts_in_reports(viewer)
        )
        conditions.append(lines.where(any_of_param(INTERVENTION_FILTERS["cause_ids"], "cause_ids")).exists())
    return conditions


# From the rollups.


def rollup_can_answer(request: ReportRequest) -> bool:
    """Whether the rollup has these groups: application or site, beside service and month."""
    return is_covered(request.period) and grouping_dimensions(request) in PARTS


async def _fetch_from_rollup(
    session: Session, viewer: Viewer, request: ReportRequest, *, with_hours: bool
) -> Sequence[Any]:
    filters, period, scope = filter_values(request), request.period, service_scope(viewer, request)
    buckets = monthly_bucket_values(time_buckets.cover_flow(period.start, period.end))
    query = RollupQuery(request.group_by, PARTS[grouping_dimensions(request)], frozenset(filters), scope.kind)
    values = {**buckets, **day_values(period), **filters, "services": scope.service_ids}
    key = ("flow from rollup", query, with_hours)
    return await statements.fetch(session, key, lambda: _rollup_statement(query, with_hours=with_hours), values)


def _rollup_statement(query: RollupQuery, *, with_hours: bool) -> Select[Any]:
    columns: dict[Dimension, Any] = {
        Dimension.APPLICATION: FlowCell.part_id,
        Dimension.SERVICE: FlowCell.service_id,
        Dimension.SITE: FlowCell.part_id,
    }
    measures = ("events", *EVENT_COUNTS, "minutes")
    rollup = query.from_rollup(FlowCell, columns, (*measures, "up_to"), monthly=True).cte("rollup")
    deltas = query.from_deltas(FlowDelta, measures).cte("deltas")
    keys = [name.value for name in query.group_by]
    summed = (*keys, "sign", "events", *EVENT_COUNTS)
    cell = union_all(*(select(*(source.c[name] for name in summed)) for source in (rollup, deltas))).subquery("cell")
    groups = [cell.c[key] for key in keys]
    sums = [func.sum(cell.c.sign * cell.c[name]).label(name) for name in EVENT_COUNTS]
    totals = select(*groups, *sums).group_by(*groups).having(func.sum(cell.c.sign * cell.c.events) > 0).cte("flow")
    selected = [totals.c[name] for name in (*keys, *EVENT_COUNTS)]
    if with_hours:
        hours = percentiles.closing_hours(keys, rollup, deltas, totals)
        same_group = and_(true(), *(totals.c[key] == hours.c[key] for key in keys))
        statement = select(*selected, *(hours.c[name] for name in percentiles.SHARES))
        statement = statement.select_from(totals.outerjoin(hours, same_group))
    else:
        statement = select(*selected, *(null().label(name) for name in percentiles.SHARES))
    # The rollup's time zone in every row saves a statement.
    statement = statement.add_columns(select(func.osit_zone()).scalar_subquery().label("zone"))
    months = [totals.c[key] for key in keys if key == Dimension.MONTH.value]
    others = [totals.c[key] for key in keys if key != Dimension.MONTH.value]
    return statement.order_by(*months, totals.c.opened.desc(), *others).limit(MAX_REPORT_ROWS + 1)
