"""Maintenance costs by any dimensions: from a rollup that has these dimensions, else from interventions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, cast, func, select, union_all

from osit_graphql.db import statements, visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import CostCell, Intervention, RecurrenceCell, ReportDelta
from osit_graphql.domain.errors import BadInput
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.reports import time_buckets
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
    by_month,
    intervention_sums,
    months_without_rows,
    order_by_cost,
    to_figures,
)
from osit_graphql.services.reports.rollup_sql import (
    PARTS,
    RollupQuery,
    any_of_param,
    bucket_values,
    day_values,
    filter_params,
    filter_values,
    grouping_dimensions,
    in_days,
    is_covered,
    monthly_bucket_values,
    service_scope,
)

RECURRENCE_DIMENSIONS = {Dimension.APPLICATION, Dimension.CAUSE}


@dataclass(frozen=True)
class CostReport:
    """The rows, in the order of `order_by_cost`, and their total."""

    total: Figures
    rows: Sequence[tuple[Group, Figures]]


async def maintenance_costs(
    session: Session, viewer: Viewer, request: ReportRequest, *, with_tickets: bool = False, fill_gaps: bool = False
) -> CostReport:
    """Return the cost of interventions.

    `with_tickets` also counts distinct tickets, which reads every intervention. `fill_gaps` adds rows of zeros for the
    months without interventions. Raises `BadInput` for too many rows.
    """
    request.check()
    fetch_rows = _fetch_from_rollup if _rollup_can_answer(request) else _fetch_from_interventions
    rows = await fetch_rows(session, viewer, request)
    counts = await count_tickets(session, viewer, request) if with_tickets else {}
    report_rows = []
    for row in rows:
        group = tuple(row[: len(request.group_by)])
        report_rows.append((group, to_figures(row, counts.get(group, 0) if with_tickets else None)))
    if fill_gaps and (missing := months_without_rows(request, [group for group, _ in report_rows])):
        empty = Figures(tickets=0 if with_tickets else None)
        report_rows += [(group, empty) for group in missing]
        report_rows.sort(key=lambda row: by_month(row[0], row[1].total))
    check_row_count(len(report_rows))
    total = _sum([figures for _, figures in report_rows])
    return CostReport(replace(total, tickets=counts.get(None, 0) if with_tickets else None), report_rows)


def check_row_count(number: int) -> None:
    """Raise `BadInput` for a report with too many rows."""
    if number > MAX_REPORT_ROWS:
        raise BadInput(
            "This report has more than {limit} rows: ask for a shorter period, fewer dimensions or a filter.",
            argument=("groupBy",),
            limit=MAX_REPORT_ROWS,
        )


def _sum(figures: Sequence[Figures]) -> Figures:
    """Return the sum of figures, without tickets: a ticket can be in several groups."""
    start = Figures()
    return Figures(
        sum(each.interventions for each in figures),
        sum(each.minutes for each in figures),
        sum(each.unpriced_minutes for each in figures),
        sum((each.labour for each in figures), start.labour),
        sum((each.expenses for each in figures), start.expenses),
    )


def dimension_columns(group_by: Sequence[Dimension]) -> list[ColumnElement[Any]]:
    """Return the columns that interventions are grouped by, each with its dimension's name."""
    return [DIMENSION_COLUMNS[name].label(name.value) for name in group_by]


async def count_tickets(
    session: Session, viewer: Viewer, request: ReportRequest, only: Sequence[Group] | None = None
) -> dict[Group | None, int]:
    """Return the number of distinct tickets in each group, and in all groups together under None.

    `only`: restrict each dimension to the values that it has in these groups.
    """
    distinct = func.count(Intervention.ticket_id.distinct()).label("tickets")
    groups = dimension_columns(request.group_by)
    conditions = _conditions(request)
    values = _values(request)
    if only is not None:
        conditions += [any_of_param(DIMENSION_COLUMNS[name], f"only_{name.value}") for name in request.group_by]
        members = [list({group[index] for group in only}) for index in range(len(request.group_by))]
        values |= {f"only_{name.value}": ids for name, ids in zip(request.group_by, members, strict=True)}

    def in_all_groups(any_viewer: Viewer) -> Select[Any]:
        return visibility.reported_interventions(any_viewer, distinct).where(*conditions)

    def by_group(any_viewer: Viewer) -> Select[Any]:
        return visibility.reported_interventions(any_viewer, *groups, distinct).where(*conditions).group_by(*groups)

    key = (request.cache_key, only is not None)
    [total] = await statements.fetch_as(session, viewer, ("tickets in a report", key), in_all_groups, values)
    if not groups:
        return {None: total.tickets, (): total.tickets}
    rows = await statements.fetch_as(session, viewer, ("tickets by group", key), by_group, values)
    return {None: total.tickets, **{tuple(row[:-1]): row.tickets for row in rows}}


# From interventions.


async def _fetch_from_interventions(session: Session, viewer: Viewer, request: ReportRequest) -> Sequence[Any]:
    def build(any_viewer: Viewer) -> Select[Any]:
        groups = dimension_columns(request.group_by)
        statement = visibility.reported_interventions(any_viewer, *groups, *intervention_sums()).where(
            *_conditions(request)
        )
        statement = statement.group_by(*groups).having(func.count() > 0)
        return order_by_cost(statement, request.group_by).limit(MAX_REPORT_ROWS + 1)

    return await statements.fetch_as(session, viewer, ("costs", request.cache_key), build, _values(request))


def _conditions(request: ReportRequest) -> list[ColumnElement[bool]]:
    filters = filter_params(frozenset(request.filter.values), {**TICKET_FILTERS, **INTERVENTION_FILTERS})
    return [in_days(Intervention.started_on), *filters]


def _values(request: ReportRequest) -> dict[str, Any]:
    return {**day_values(request.period), **request.filter.values}


# From the rollups.


def _rollup_can_answer(request: ReportRequest) -> bool:
    """Whether a rollup has these groups: application and cause, or site, beside service and month."""
    dimensions = grouping_dimensions(request)
    return is_covered(request.period) and (dimensions in PARTS or dimensions <= RECURRENCE_DIMENSIONS)


async def _fetch_from_rollup(session: Session, viewer: Viewer, request: ReportRequest) -> Sequence[Any]:
    filters, period, scope = filter_values(request), request.period, service_scope(viewer, request)
    part = PARTS.get(grouping_dimensions(request))
    if Dimension.MONTH in request.group_by:
        buckets = monthly_bucket_values(time_buckets.cover_by_month(period.start, period.end))
    else:
        buckets = bucket_values(period)
    query = RollupQuery(request.group_by, part, frozenset(filters), scope.kind)
    values = {**buckets, **day_values(period), **filters, "services": scope.service_ids}
    return await statements.fetch(session, ("costs from rollup", query), lambda: _rollup_statement(query), values)


def _rollup_statement(query: RollupQuery) -> Select[Any]:
    table: Any = RecurrenceCell if query.part is None else CostCell
    columns: dict[Dimension, Any] = {Dimension.SERVICE: table.service_id}
    if query.part is None:
        columns |= {Dimension.APPLICATION: table.application_id, Dimension.CAUSE: table.cause_id}
    else:
        columns |= {Dimension.APPLICATION: table.part_id, Dimension.SITE: table.part_id}
    monthly = Dimension.MONTH in query.group_by
    cell = union_all(
        query.from_rollup(table, columns, MEASURES, monthly=monthly), query.from_deltas(ReportDelta, MEASURES)
    ).subquery()
    groups = [cell.c[name.value] for name in query.group_by]
    sums = [cast(func.sum(cell.c.sign * cell.c[name]), BigInteger).label(name) for name in MEASURES]
    statement = select(*groups, *sums).group_by(*groups).having(func.sum(cell.c.sign * cell.c.interventions) > 0)
    return order_by_cost(statement, query.group_by).limit(MAX_REPORT_ROWS + 1)
