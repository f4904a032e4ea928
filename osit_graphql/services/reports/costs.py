"""Maintenance costs, grouped by any dimensions: from the rollups where they have them, else from interventions."""

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
    filter_conditions,
    in_period,
    intervention_sums,
    order_by_cost,
    to_figures,
)
from osit_graphql.services.reports.rollup_sql import (
    PARTS,
    ParamValues,
    RollupQuery,
    bucket_values,
    day_values,
    filter_values,
    grouping_dimensions,
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
    session: Session, viewer: Viewer, request: ReportRequest, *, with_tickets: bool = False
) -> CostReport:
    """Return the cost of interventions. `with_tickets` also counts distinct tickets, which reads every intervention."""
    request.check()
    rows: Sequence[Any]
    if _rollup_can_answer(request):
        query, values = _from_rollup(viewer, request)
        rows = await statements.fetch(session, ("costs", query), lambda: _rollup_statement(query), values)
    else:
        rows = (await session.execute(_from_interventions(viewer, request))).all()
    check_row_count(len(rows))
    counts = await count_tickets(session, viewer, request) if with_tickets else {}
    report_rows = []
    for row in rows:
        group = tuple(row[: len(request.group_by)])
        report_rows.append((group, to_figures(row, counts.get(group, 0) if with_tickets else None)))
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
    session: Session, viewer: Viewer, request: ReportRequest, *conditions: ColumnElement[bool]
) -> dict[Group | None, int]:
    """Return the number of distinct tickets in each group, and in all groups together under None."""
    distinct = func.count(Intervention.ticket_id.distinct())
    groups = dimension_columns(request.group_by)
    all_groups = visibility.reported_interventions(viewer, distinct).where(*_conditions(request), *conditions)
    counts: dict[Group | None, int] = {None: (await session.execute(all_groups)).scalar_one()}
    by_group = visibility.reported_interventions(viewer, *groups, distinct).where(*_conditions(request), *conditions)
    for row in await session.execute(by_group.group_by(*groups)) if groups else ():
        counts[tuple(row[:-1])] = row[-1]
    return counts if groups else {**counts, (): counts[None]}


# From interventions.


def _from_interventions(viewer: Viewer, request: ReportRequest) -> Select[Any]:
    groups = dimension_columns(request.group_by)
    statement = visibility.reported_interventions(viewer, *groups, *intervention_sums()).where(*_conditions(request))
    statement = statement.group_by(*groups).having(func.count() > 0)
    return order_by_cost(statement, request.group_by).limit(MAX_REPORT_ROWS + 1)


def _conditions(request: ReportRequest) -> list[ColumnElement[bool]]:
    filters = filter_conditions(request.filter, {**TICKET_FILTERS, **INTERVENTION_FILTERS})
    return [in_period(Intervention.started_on, request.period), *filters]


# From the rollups.


def _rollup_can_answer(request: ReportRequest) -> bool:
    """Whether a rollup has these groups: application and cause, or site, beside service and month."""
    dimensions = grouping_dimensions(request)
    return is_covered(request.period) and (dimensions in PARTS or dimensions <= RECURRENCE_DIMENSIONS)


def _from_rollup(viewer: Viewer, request: ReportRequest) -> tuple[RollupQuery, ParamValues]:
    filters, period, scope = filter_values(request), request.period, service_scope(viewer, request)
    part = PARTS.get(grouping_dimensions(request))
    if Dimension.MONTH in request.group_by:
        buckets = monthly_bucket_values(time_buckets.cover_by_month(period.start, period.end))
    else:
        buckets = bucket_values(period)
    query = RollupQuery(request.group_by, part, frozenset(filters), scope.kind)
    return query, {**buckets, **day_values(period), **filters, "services": scope.service_ids}


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
