"""What keeps coming back, asked of the cells: first how often, of all groups; then the rest, of those that come back.

Most of the work is in the first step, so it reads one number of each cell.
"""

from functools import cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, Select, bindparam, cast, func, select, true, union_all

from osit_graphql.db.models import Occurrence, RecurrenceCell, ReportDelta
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.reports.request import MEASURES, Dimension, Group, Question, most_first
from osit_graphql.services.reports.rollup_sql import (
    Names,
    Scope,
    Values,
    Whose,
    chosen,
    days_of,
    held,
    narrowed,
    scope,
    spans_of,
    stretches,
    within_days,
)

BY = (Dimension.APPLICATION, Dimension.CAUSE)
OF_CELL = {"application_ids": RecurrenceCell.application_id, "cause_ids": RecurrenceCell.cause_id}
OF_CHANGE = {"application_ids": ReportDelta.application_id, "cause_ids": ReportDelta.cause_id}
ONLY = ("only_application", "only_cause")
COUNTED = (*MEASURES, "reopened")


def hold(viewer: Viewer, question: Question) -> bool:
    """Whether they hold recurrences: by application and cause, narrowed to these and to one service at most."""
    asked = question.group_by == BY and not question.narrowed.narrows("application_ids", "cause_ids", "service_ids")
    return asked and held(question.period) and len(scope(viewer, question).services) <= 1


def recurrences(
    viewer: Viewer, question: Question, least: int, first: int, only: Group | None
) -> tuple[Select[Any], Values]:
    """Return the statement of recurrences that they hold, and its values; `only`: of this group."""
    asked = narrowed(question)
    if only is not None:
        asked |= dict(zip(ONLY, ([value] for value in only), strict=True))
    whose = scope(viewer, question)
    values: Values = {"least": least, "first": first, "services": whose.services, "service": whose.service, **asked}
    for prefix, period in (("", question.period), ("before_", question.period.before)):
        values |= {**spans_of(period, prefix), **days_of(period, prefix)}
    return _recurrences(frozenset(asked), whose.whose), values


@cache
def _recurrences(names: Names, whose: Whose) -> Select[Any]:
    leading = _leading(names, Scope(whose)).cte("leading")
    stretch, own = stretches(), "own_" if whose is Whose.SOME else ""
    kept = (
        select(*(func.sum(stretch.c.sign * getattr(RecurrenceCell, name)).label(name) for name in COUNTED))
        .join_from(stretch, RecurrenceCell, RecurrenceCell.span == stretch.c.span)
        .where(Scope(whose).kept(RecurrenceCell.service_id))
        .where(*_same(leading, OF_CELL))
        .lateral("kept")
    )
    changed = [getattr(ReportDelta, name) for name in (*MEASURES, f"{own}reopened")]
    waiting = (
        select(*(func.sum(change).label(name) for name, change in zip(COUNTED, changed, strict=True)))
        .where(within_days(ReportDelta.day), *Scope(whose).waiting(ReportDelta.service_id))
        .where(*_same(leading, OF_CHANGE))
        .lateral("waiting")
    )
    figures = [
        cast(func.coalesce(kept.c[name], 0) + func.coalesce(waiting.c[name], 0), BigInteger).label(name)
        for name in COUNTED
    ]
    summed = select(leading, *figures).select_from(leading.join(kept, true()).join(waiting, true())).subquery("summed")
    best = most_first(summed, BY).limit(bindparam("first", type_=Integer)).subquery("recurrence")
    return _detailed(best, Scope(whose), own)


def _leading(names: Names, whose: Scope) -> Select[Any]:
    """Count every group, and keep those with most; all of those that tie for the last place."""
    stretch, change = stretches(), "own_occurrences" if whose.whose is Whose.SOME else "occurrences"
    of_cell = {**OF_CELL, **dict(zip(ONLY, OF_CELL.values(), strict=True))}
    of_change = {**OF_CHANGE, **dict(zip(ONLY, OF_CHANGE.values(), strict=True))}
    kept = select(*OF_CELL.values(), (stretch.c.sign * RecurrenceCell.occurrences).label("occurrences"))
    kept = kept.join_from(stretch, RecurrenceCell, RecurrenceCell.span == stretch.c.span)
    waiting = select(*OF_CHANGE.values(), getattr(ReportDelta, change))
    waiting = waiting.where(within_days(ReportDelta.day), *whose.waiting(ReportDelta.service_id))
    cell = union_all(
        kept.where(whose.kept(RecurrenceCell.service_id), *chosen(names, of_cell)),
        waiting.where(*chosen(names, of_change)),
    ).subquery("cell")
    occurrences = func.sum(cell.c.occurrences)
    groups = (cell.c.application_id.label("APPLICATION"), cell.c.cause_id.label("CAUSE"))
    counted = select(*groups, occurrences.label("occurrences")).group_by(*groups)
    enough = counted.having(occurrences >= bindparam("least", type_=BigInteger)).order_by(occurrences.desc())
    return enough.fetch(bindparam("first", type_=Integer), with_ties=True)


def _same(group: Any, columns: dict[str, Any]) -> list[ColumnElement[bool]]:
    return [columns["application_ids"] == group.c.APPLICATION, columns["cause_ids"] == group.c.CAUSE]


def _detailed(group: Any, whose: Scope, own: str) -> Select[Any]:
    """Add, to the rows that come back and to no others, when their first and last occurrences were, and before."""
    stretch = stretches("before_")
    kept = select(func.coalesce(func.sum(stretch.c.sign * RecurrenceCell.occurrences), 0))
    kept = kept.join_from(stretch, RecurrenceCell, RecurrenceCell.span == stretch.c.span)
    kept = kept.where(whose.kept(RecurrenceCell.service_id), *_same(group, OF_CELL))
    waiting = select(func.coalesce(func.sum(getattr(ReportDelta, f"{own}occurrences")), 0))
    waiting = waiting.where(within_days(ReportDelta.day, "before_"), *whose.waiting(ReportDelta.service_id))
    waiting = waiting.where(*_same(group, OF_CHANGE))
    moments = [
        select(Occurrence.first_at)
        .where(Occurrence.application_id == group.c.APPLICATION, Occurrence.cause_id == group.c.CAUSE)
        .where(_of_scope(whose), within_days(Occurrence.first_on))
        .order_by(*order)
        .limit(1)
        .scalar_subquery()
        for order in (
            (Occurrence.first_on, Occurrence.first_at),
            (Occurrence.first_on.desc(), Occurrence.first_at.desc()),
        )
    ]
    previous = cast(kept.correlate(group).scalar_subquery() + waiting.correlate(group).scalar_subquery(), BigInteger)
    added = (previous.label("previous"), moments[0].label("first_at"), moments[1].label("last_at"))
    return most_first(group, BY).add_columns(*added)


def _of_scope(whose: Scope) -> Any:
    """Return which first interventions count: a service's own, or the first of all services'."""
    if whose.whose is Whose.SOME:
        return Occurrence.service_id == bindparam("service", type_=Integer)
    return Occurrence.of_all
