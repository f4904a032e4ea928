"""What maintenance costs, asked of the cells."""

from functools import cache
from typing import Any

from sqlalchemy import Date, Select, cast, func, literal, select, union_all

from osit_graphql.db.models import CostCell, RecurrenceCell, ReportDelta
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.reports import time_buckets
from osit_graphql.services.reports.request import MEASURES, ROWS, Dimension, Question, dearest_first, signed_sums
from osit_graphql.services.reports.rollup_sql import (
    PARTS,
    Names,
    Part,
    Scope,
    Values,
    Whose,
    apart,
    chosen,
    days_of,
    held,
    monthly_spans_of,
    narrowed,
    scope,
    spans_of,
    stretches,
    within_days,
)

CAUSES = {Dimension.APPLICATION, Dimension.CAUSE}


def hold(question: Question) -> bool:
    """Whether they hold a cost: by application and cause, or by site, beside service and month."""
    parts = apart(question)
    return held(question.period) and (parts in PARTS or parts <= CAUSES)


def costs(viewer: Viewer, question: Question) -> tuple[Select[Any], Values]:
    """Return the statement of a cost that they hold, and its values."""
    asked, period = narrowed(question), question.period
    monthly, whose = Dimension.MONTH in question.group_by, scope(viewer, question)
    parts = monthly_spans_of(time_buckets.covering_months(period.start, period.end)) if monthly else spans_of(period)
    statement = _costs(question.group_by, PARTS.get(apart(question)), frozenset(asked), whose.whose)
    return statement, {**parts, **days_of(period), **asked, "services": whose.services}


@cache
def _costs(group_by: tuple[Dimension, ...], part: Part | None, names: Names, whose: Whose) -> Select[Any]:
    cell = union_all(_kept(group_by, part, names, Scope(whose)), _waiting(group_by, names, Scope(whose))).subquery()
    groups = [cell.c[name.value] for name in group_by]
    summed = select(*groups, *signed_sums(cell)).group_by(*groups)
    return dearest_first(summed.having(func.sum(cell.c.sign * cell.c.interventions) > 0), group_by).limit(ROWS + 1)


def _kept(group_by: tuple[Dimension, ...], part: Part | None, names: Names, whose: Scope) -> Select[Any]:
    table: Any = RecurrenceCell if part is None else CostCell
    stretch = stretches(monthly=Dimension.MONTH in group_by)
    columns = {Dimension.SERVICE: table.service_id}
    if part is None:
        columns |= {Dimension.APPLICATION: table.application_id, Dimension.CAUSE: table.cause_id}
    else:
        columns |= {Dimension.APPLICATION: table.part_id, Dimension.SITE: table.part_id}
    by_name = {f"{name.value.lower()}_ids": column for name, column in columns.items()}
    if Dimension.MONTH in group_by:
        columns[Dimension.MONTH] = stretch.c.month
    groups = [columns[name].label(name.value) for name in group_by]
    started = select(*groups, stretch.c.sign, *(getattr(table, name) for name in MEASURES))
    joined = started.join_from(stretch, table, stretch.c.span == table.span)
    of_part = [] if part is None else [table.part == int(part)]
    return joined.where(*of_part, whose.kept(table.service_id), *chosen(names, by_name))


def _waiting(group_by: tuple[Dimension, ...], names: Names, whose: Scope) -> Select[Any]:
    columns: dict[Dimension, Any] = {
        Dimension.APPLICATION: ReportDelta.application_id,
        Dimension.SERVICE: ReportDelta.service_id,
        Dimension.SITE: ReportDelta.site_id,
        Dimension.CAUSE: ReportDelta.cause_id,
        Dimension.MONTH: cast(func.date_trunc("month", ReportDelta.day), Date),
    }
    groups = [columns[name].label(name.value) for name in group_by]
    by_name = {f"{name.value.lower()}_ids": column for name, column in columns.items()}
    started = select(*groups, literal(1).label("sign"), *(getattr(ReportDelta, name) for name in MEASURES))
    kept = chosen(names, by_name)
    return started.where(within_days(ReportDelta.day), *whose.waiting(ReportDelta.service_id), *kept)
