"""Recurrences: groups of interventions with a minimum number of distinct tickets.

A ticket counts on the day of its first intervention in the group, in whichever period that was, so that counts add up
over periods. The cost of a group includes all its interventions in the period, on any ticket. In reports on services,
a ticket counts as reopened if it was before it last left a service of these interventions (docs/decisions/0042).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    cast,
    func,
    literal,
    select,
    true,
    union_all,
)

from osit_graphql.db import statements, visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Intervention, Occurrence, RecurrenceCell, ReportDelta
from osit_graphql.db.statements import param
from osit_graphql.domain.errors import BadInput
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.reports.costs import count_tickets, dimension_columns
from osit_graphql.services.reports.request import (
    DIMENSION_COLUMNS,
    INTERVENTION_FILTERS,
    MAX_REPORT_ROWS,
    MEASURES,
    TICKET_FILTERS,
    Dimension,
    Figures,
    Group,
    ReportRequest,
    intervention_sums,
    order_by_occurrences,
    to_figures,
)
from osit_graphql.services.reports.rollup_sql import (
    FilterNames,
    ParamValues,
    ScopeKind,
    ServiceScope,
    bucket_table,
    bucket_values,
    day_values,
    filter_params,
    filter_values,
    in_days,
    is_covered,
    service_scope,
)

TICKET_DIMENSIONS = frozenset({Dimension.APPLICATION, Dimension.SITE})
ROLLUP_DIMENSIONS = (Dimension.APPLICATION, Dimension.CAUSE)
ROLLUP_COLUMNS = {"application_ids": RecurrenceCell.application_id, "cause_ids": RecurrenceCell.cause_id}
DELTA_COLUMNS = {"application_ids": ReportDelta.application_id, "cause_ids": ReportDelta.cause_id}
GROUP_PARAMS = ("only_application", "only_cause")
SECONDS_PER_DAY = 86_400


@dataclass(frozen=True)
class Recurrence:
    """A group, its occurrences in the period and in the preceding one, its reopened tickets, and its figures."""

    group: Group
    occurrences: int
    first_at: datetime
    last_at: datetime
    previous: int
    reopened: int
    figures: Figures

    @property
    def mean_days_between(self) -> float | None:
        """Mean number of days between two successive occurrences; None when there is only one."""
        if self.occurrences == 1:
            return None
        return (self.last_at - self.first_at).total_seconds() / SECONDS_PER_DAY / (self.occurrences - 1)


async def recurrences(
    session: Session,
    viewer: Viewer,
    request: ReportRequest,
    *,
    min_occurrences: int = 1,
    first: int = MAX_REPORT_ROWS,
    with_tickets: bool = False,
    only: Group | None = None,
) -> list[Recurrence]:
    """Return the recurrences in the order of `order_by_occurrences`; `only`: those of this group."""
    request.check()
    check_numbers(min_occurrences, first)
    fetch_rows = _fetch_from_rollup if rollup_can_answer(viewer, request) else _fetch_from_interventions
    rows = await fetch_rows(session, viewer, request, min_occurrences, first, only)
    counts: dict[Group | None, int] = {}
    if with_tickets and rows:
        groups = [tuple(row[: len(request.group_by)]) for row in rows]
        counts = await count_tickets(session, viewer, request, groups)
    return [_recurrence(row, request, counts if with_tickets else None) for row in rows]


def check_numbers(min_occurrences: int, first: int) -> None:
    """Raise `BadInput` for arguments out of bounds."""
    if min_occurrences < 1:
        raise BadInput("A recurrence has at least 1 occurrence.", argument=("minOccurrences",))
    if not 0 <= first <= MAX_REPORT_ROWS:
        raise BadInput("A report has 0 to {limit} rows.", argument=("first",), limit=MAX_REPORT_ROWS)


def _recurrence(row: Row[Any], request: ReportRequest, ticket_counts: dict[Group | None, int] | None) -> Recurrence:
    group = tuple(row[: len(request.group_by)])
    figures = to_figures(row)
    if ticket_counts is not None:
        figures = replace(figures, tickets=ticket_counts.get(group, 0))
    return Recurrence(group, row.occurrences, row.first_at, row.last_at, row.previous, row.reopened, figures)


# From interventions: those of both periods, then the tickets without an earlier one.


async def _fetch_from_interventions(
    session: Session, viewer: Viewer, request: ReportRequest, min_occurrences: int, first: int, only: Group | None
) -> Sequence[Any]:
    of_one, on_services = only is not None, service_scope(viewer, request).kind is not ScopeKind.ALL

    def build(any_viewer: Viewer) -> Select[Any]:
        source = _from_interventions(any_viewer, request, on_services=on_services, of_one=of_one)
        enough = source.c.occurrences >= param("least", BigInteger)
        return order_by_occurrences(source, request.group_by).where(enough).limit(param("first", Integer))

    values = {"least": min_occurrences, "first": first, **request.filter.values}
    values |= {**day_values(request.period), **day_values(request.period.before, "before_")}
    if only is not None:
        values |= {_only(name): value for name, value in zip(request.group_by, only, strict=True)}
    key = ("recurrences", request.cache_key, on_services, of_one)
    return await statements.fetch_as(session, viewer, key, build, values)


def _only(name: Dimension) -> str:
    """Return the parameter for a dimension of the only group."""
    return f"only_{name.value}"


def _from_interventions(viewer: Viewer, request: ReportRequest, *, on_services: bool, of_one: bool) -> Any:
    in_both = Intervention.started_on.between(param("before_start", Date), param("end", Date))
    groups = dimension_columns(request.group_by)
    conditions = filter_params(frozenset(request.filter.values), {**TICKET_FILTERS, **INTERVENTION_FILTERS})
    conditions += [DIMENSION_COLUMNS[name] == param(_only(name)) for name in request.group_by if of_one]
    by_ticket = (
        visibility.reported_interventions(
            viewer,
            *groups,
            Intervention.ticket_id,
            func.bool_or(visibility.counts_as_reopened(on_services=on_services)).label("was_reopened"),
            func.min(Intervention.started_at).label("first_at"),
            func.min(Intervention.started_on).label("first_on"),
        )
        .where(in_both, *conditions)
        .group_by(*groups, Intervention.ticket_id)
        .cte("by_ticket")
    )
    counted = _count_occurrences(viewer, request, by_ticket)
    costs = visibility.reported_interventions(viewer, *groups, *intervention_sums())
    costs = costs.where(in_days(Intervention.started_on), *conditions).group_by(*groups)
    cost = costs.having(func.count() > 0).subquery("cost")
    same_group = [counted.c[name.value] == cost.c[name.value] for name in request.group_by] or [literal(1) == 1]
    more = [counted.c[name] for name in ("occurrences", "reopened", "previous", "first_at", "last_at")]
    return select(cost, *more).join(counted, and_(*same_group)).subquery("recurrence")


def _count_occurrences(viewer: Viewer, request: ReportRequest, by_ticket: Any) -> Any:
    """Count the tickets whose first intervention in the group is in the period, or in the preceding one."""
    columns = [by_ticket.c[name.value] for name in request.group_by]
    earlier = visibility.interventions_of(by_ticket.c.ticket_id, literal(1)).where(
        Intervention.started_on < param("before_start", Date),
        visibility.counts_in_reports(viewer),
        *filter_params(frozenset(request.filter.values), INTERVENTION_FILTERS),
        *(
            DIMENSION_COLUMNS[name] == by_ticket.c[name.value]
            for name in request.group_by
            if name not in TICKET_DIMENSIONS
        ),
    )
    in_this_period = by_ticket.c.first_on >= param("start", Date)
    counts = (
        func.count().filter(in_this_period).label("occurrences"),
        func.count().filter(in_this_period, by_ticket.c.was_reopened).label("reopened"),
        func.count().filter(~in_this_period).label("previous"),
        func.min(by_ticket.c.first_at).filter(in_this_period).label("first_at"),
        func.max(by_ticket.c.first_at).filter(in_this_period).label("last_at"),
    )
    # A scalar sub-select is executed per ticket; an anti-join could read every intervention.
    no_earlier = earlier.limit(1).scalar_subquery().is_(None)
    return select(*columns, *counts).where(no_earlier).group_by(*columns).subquery("counted")


# From the rollup: first the occurrences of every group, then the other columns of the groups with most of them. The
# first step does most of the work, so it reads one number per row.


def rollup_can_answer(viewer: Viewer, request: ReportRequest) -> bool:
    """Whether the rollup has these groups (application and cause), for one service at most or for all together."""
    grouped = request.group_by == ROLLUP_DIMENSIONS
    filtered = request.filter.only_uses("application_ids", "cause_ids", "service_ids")
    return grouped and filtered and is_covered(request.period) and len(service_scope(viewer, request).service_ids) <= 1


async def _fetch_from_rollup(
    session: Session, viewer: Viewer, request: ReportRequest, min_occurrences: int, first: int, only: Group | None
) -> Sequence[Any]:
    filters = filter_values(request)
    if only is not None:
        filters |= dict(zip(GROUP_PARAMS, ([value] for value in only), strict=True))
    scope = service_scope(viewer, request)
    values: ParamValues = {"least": min_occurrences, "first": first, **filters}
    values |= {"services": scope.service_ids, "service": scope.service_id}
    for prefix, period in (("", request.period), ("before_", request.period.before)):
        values |= {**bucket_values(period, prefix), **day_values(period, prefix)}
    names = frozenset(filters)
    key = ("recurrences from rollup", names, scope.kind)
    return await statements.fetch(session, key, lambda: _rollup_statement(names, scope.kind), values)


def _rollup_statement(filter_names: FilterNames, scope_kind: ScopeKind) -> Select[Any]:
    scope = ServiceScope(scope_kind)
    leading = _leading_groups(filter_names, scope).cte("leading")
    buckets, measures = bucket_table(), (*MEASURES, "reopened")
    rollup = (
        select(*(func.sum(buckets.c.sign * getattr(RecurrenceCell, name)).label(name) for name in measures))
        .join_from(buckets, RecurrenceCell, RecurrenceCell.span == buckets.c.span)
        .where(scope.in_rollup(RecurrenceCell.service_id))
        .where(*_same_group(leading, ROLLUP_COLUMNS))
        .lateral("rollup")
    )
    changes = [getattr(ReportDelta, name) for name in (*MEASURES, _delta_column("reopened", scope))]
    deltas = (
        select(*(func.sum(change).label(name) for name, change in zip(measures, changes, strict=True)))
        .where(in_days(ReportDelta.day), *scope.in_deltas(ReportDelta.service_id))
        .where(*_same_group(leading, DELTA_COLUMNS))
        .lateral("deltas")
    )
    sums = [
        cast(func.coalesce(rollup.c[name], 0) + func.coalesce(deltas.c[name], 0), BigInteger).label(name)
        for name in measures
    ]
    summed = select(leading, *sums).select_from(leading.join(rollup, true()).join(deltas, true())).subquery("summed")
    ordered = order_by_occurrences(summed, ROLLUP_DIMENSIONS)
    return _with_moments(ordered.limit(bindparam("first", type_=Integer)).subquery("recurrence"), scope)


def _delta_column(name: str, scope: ServiceScope) -> str:
    """Return the delta's column: occurrences among one service's interventions, or among all services'."""
    return f"own_{name}" if scope.kind is ScopeKind.SOME else name


def _leading_groups(filter_names: FilterNames, scope: ServiceScope) -> Select[Any]:
    """Count the occurrences of every group, and select those with most, including ties for the last place."""
    buckets = bucket_table()
    rollup_columns = {**ROLLUP_COLUMNS, **dict(zip(GROUP_PARAMS, ROLLUP_COLUMNS.values(), strict=True))}
    delta_columns = {**DELTA_COLUMNS, **dict(zip(GROUP_PARAMS, DELTA_COLUMNS.values(), strict=True))}
    signed = (buckets.c.sign * RecurrenceCell.occurrences).label("occurrences")
    rollup = select(*ROLLUP_COLUMNS.values(), signed)
    rollup = rollup.join_from(buckets, RecurrenceCell, RecurrenceCell.span == buckets.c.span)
    deltas = select(*DELTA_COLUMNS.values(), getattr(ReportDelta, _delta_column("occurrences", scope)))
    deltas = deltas.where(in_days(ReportDelta.day), *scope.in_deltas(ReportDelta.service_id))
    cell = union_all(
        rollup.where(scope.in_rollup(RecurrenceCell.service_id), *filter_params(filter_names, rollup_columns)),
        deltas.where(*filter_params(filter_names, delta_columns)),
    ).subquery("cell")
    occurrences = func.sum(cell.c.occurrences)
    groups = (cell.c.application_id.label("APPLICATION"), cell.c.cause_id.label("CAUSE"))
    counted = select(*groups, occurrences.label("occurrences")).group_by(*groups)
    counted = counted.having(occurrences >= bindparam("least", type_=BigInteger)).order_by(occurrences.desc())
    return counted.fetch(bindparam("first", type_=Integer), with_ties=True)


def _same_group(group: Any, columns: dict[str, Any]) -> list[ColumnElement[bool]]:
    return [columns["application_ids"] == group.c.APPLICATION, columns["cause_ids"] == group.c.CAUSE]


def _with_moments(group: Any, scope: ServiceScope) -> Select[Any]:
    """Add the first and last occurrence, and the occurrences of the preceding period, to the selected groups."""
    buckets = bucket_table("before_")
    rollup = select(func.coalesce(func.sum(buckets.c.sign * RecurrenceCell.occurrences), 0))
    rollup = rollup.join_from(buckets, RecurrenceCell, RecurrenceCell.span == buckets.c.span)
    rollup = rollup.where(scope.in_rollup(RecurrenceCell.service_id), *_same_group(group, ROLLUP_COLUMNS))
    deltas = select(func.coalesce(func.sum(getattr(ReportDelta, _delta_column("occurrences", scope))), 0))
    deltas = deltas.where(in_days(ReportDelta.day, "before_"), *scope.in_deltas(ReportDelta.service_id))
    deltas = deltas.where(*_same_group(group, DELTA_COLUMNS))
    moments = [
        select(Occurrence.first_at)
        .where(Occurrence.application_id == group.c.APPLICATION, Occurrence.cause_id == group.c.CAUSE)
        .where(in_scope(scope), in_days(Occurrence.first_on))
        .order_by(*order)
        .limit(1)
        .scalar_subquery()
        for order in (
            (Occurrence.first_on, Occurrence.first_at),
            (Occurrence.first_on.desc(), Occurrence.first_at.desc()),
        )
    ]
    previous = cast(rollup.correlate(group).scalar_subquery() + deltas.correlate(group).scalar_subquery(), BigInteger)
    columns = (previous.label("previous"), moments[0].label("first_at"), moments[1].label("last_at"))
    return order_by_occurrences(group, ROLLUP_DIMENSIONS).add_columns(*columns)


def in_scope(scope: ServiceScope) -> Any:
    """Return the condition for occurrences: among one service's interventions, or among all services'."""
    if scope.kind is ScopeKind.SOME:
        return Occurrence.service_id == bindparam("service", type_=Integer)
    return Occurrence.of_all
