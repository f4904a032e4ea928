"""What is asked of the cells: statements built once a shape, since building one costs more than running it.

Each adds the cells of the period's spans to the changes that they don't have yet. Parameters are the spans, and the
days for the changes; `before_…` those of the period just before.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Select,
    any_,
    bindparam,
    cast,
    column,
    func,
    select,
    union_all,
)

from osit_graphql import visibility
from osit_graphql.models import CostCell, Occurrence, RecurrenceCell, ReportDelta
from osit_graphql.services.reports import spans
from osit_graphql.services.reports.questions import (
    MEASURES,
    ROWS,
    Dimension,
    Group,
    Period,
    Question,
    cell_sums,
    dearest_first,
    most_first,
)
from osit_graphql.viewer import Viewer

Names = frozenset[str]
Values = dict[str, Any]
COSTS = {Dimension.APPLICATION, Dimension.MONTH}
RECURRENCES = (Dimension.APPLICATION, Dimension.CAUSE)
OCCURRING = ("occurrences", "reopened")


def hold_costs(viewer: Viewer, question: Question) -> bool:
    """Whether they hold a cost: on everything, by application or month, narrowed to applications at most."""
    asked = COSTS.issuperset(question.group_by) and not question.narrowed.narrows("application_ids")
    return asked and visibility.reads_all_work(viewer)


def hold_recurrences(viewer: Viewer, question: Question) -> bool:
    """Whether they hold recurrences: on everything, by application and cause, narrowed to these at most."""
    asked = question.group_by == RECURRENCES and not question.narrowed.narrows("application_ids", "cause_ids")
    return asked and visibility.reads_all_work(viewer)


@cache
def _costs(group_by: tuple[Dimension, ...], narrowed: Names) -> Select[Any]:
    stretch = (
        func.unnest(bindparam("spans", type_=ARRAY(Integer)), bindparam("months", type_=ARRAY(Date)))
        .table_valued(column("span", Integer), column("month", Date), name="stretch")
        .render_derived()
    )
    cells = select(CostCell.application_id, stretch.c.month, *(getattr(CostCell, name) for name in MEASURES))
    cells = cells.join(stretch, CostCell.span == stretch.c.span)
    month = cast(func.date_trunc("month", ReportDelta.day), Date)
    pending = select(ReportDelta.application_id, month, *(getattr(ReportDelta, name) for name in MEASURES))
    sources = (
        cells.where(*_chosen(narrowed, {"application_ids": CostCell.application_id})),
        pending.where(_days(ReportDelta.day), *_chosen(narrowed, {"application_ids": ReportDelta.application_id})),
    )
    cell = union_all(*sources).subquery("cell")
    columns = {Dimension.APPLICATION: cell.c.application_id, Dimension.MONTH: cell.c.month}
    groups = [columns[name].label(name.value) for name in group_by]
    summed = select(*groups, *cell_sums(cell)).group_by(*groups).having(func.sum(cell.c.interventions) > 0)
    return dearest_first(summed, group_by).limit(ROWS + 1)


def costs(question: Question) -> tuple[Select[Any], Values]:
    """Return the statement of a cost that they hold, and its values."""
    parts = _parts(question.period, monthly=Dimension.MONTH in question.group_by)
    values: Values = {"spans": [span for span, _ in parts], "months": [month for _, month in parts]}
    values |= {"start": question.period.start, "end": question.period.end}
    narrowed = _narrowed(question)
    return _costs(question.group_by, frozenset(narrowed)), values | narrowed


def _parts(period: Period, *, monthly: bool) -> list[tuple[int, date]]:
    """Return the period's spans, each with the first day of its month when months are told apart."""
    if not monthly:
        return [(span, period.start) for span in spans.covering(period.start, period.end)]
    found: list[tuple[int, date]] = []
    first = period.start
    while first <= period.end:
        month = first.replace(day=1)
        following = (month + timedelta(days=32)).replace(day=1)
        last = min(following - timedelta(days=1), period.end)
        found += [(span, month) for span in spans.covering(first, last)]
        first = following
    return found


@cache
def _recurrences(narrowed: Names) -> Select[Any]:
    sources = []
    for table, chosen in ((RecurrenceCell, _spans(RecurrenceCell.span)), (ReportDelta, _days(ReportDelta.day))):
        columns = {"application_ids": table.application_id, "cause_ids": table.cause_id}
        columns |= {"only_application": table.application_id, "only_cause": table.cause_id}
        measures = (getattr(table, name) for name in (*MEASURES, *OCCURRING))
        part = select(table.application_id, table.cause_id, *measures)
        sources.append(part.where(chosen, *_chosen(narrowed, columns)))
    cell = union_all(*sources).subquery("cell")
    groups = [cell.c.application_id.label("APPLICATION"), cell.c.cause_id.label("CAUSE")]
    more = [cast(func.sum(cell.c[name]), BigInteger).label(name) for name in OCCURRING]
    summed = select(*groups, *cell_sums(cell), *more).group_by(*groups).subquery("summed")
    enough = most_first(summed, RECURRENCES).where(summed.c.occurrences >= bindparam("least", type_=BigInteger))
    return _detailed(enough.limit(bindparam("first", type_=Integer)).subquery("recurrence"))


def _detailed(group: Any) -> Select[Any]:
    """Add, to the rows that come back and to no others, when their first and last occurrences were, and before."""
    earlier = [
        select(func.coalesce(func.sum(table.occurrences), 0))
        .where(table.application_id == group.c.APPLICATION, table.cause_id == group.c.CAUSE, chosen)
        .scalar_subquery()
        for table, chosen in (
            (RecurrenceCell, _spans(RecurrenceCell.span, "before_")),
            (ReportDelta, _days(ReportDelta.day, "before_")),
        )
    ]
    moments = [
        select(Occurrence.first_at)
        .where(Occurrence.application_id == group.c.APPLICATION, Occurrence.cause_id == group.c.CAUSE)
        .where(_days(Occurrence.first_on))
        .order_by(*order)
        .limit(1)
        .scalar_subquery()
        for order in (
            (Occurrence.first_on, Occurrence.first_at),
            (Occurrence.first_on.desc(), Occurrence.first_at.desc()),
        )
    ]
    previous = cast(earlier[0] + earlier[1], BigInteger)
    added = (previous.label("previous"), moments[0].label("first_at"), moments[1].label("last_at"))
    return most_first(group, RECURRENCES).add_columns(*added)


def recurrences(question: Question, least: int, first: int, only: Group | None) -> tuple[Select[Any], Values]:
    """Return the statement of recurrences that they hold, and its values; `only`: of this group."""
    narrowed = _narrowed(question)
    if only is not None:
        narrowed |= {"only_application": [only[0]], "only_cause": [only[1]]}
    values: Values = {"least": least, "first": first, **narrowed}
    for prefix, period in (("", question.period), ("before_", question.period.before)):
        values |= {f"{prefix}spans": spans.covering(period.start, period.end)}
        values |= {f"{prefix}start": period.start, f"{prefix}end": period.end}
    return _recurrences(frozenset(narrowed)), values


def _narrowed(question: Question) -> dict[str, list[int]]:
    said = {name: getattr(question.narrowed, name) for name in ("application_ids", "cause_ids")}
    return {name: list(values) for name, values in said.items() if values is not None}


def _chosen(narrowed: Names, columns: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    kept = [name for name in columns if name in narrowed]
    return [columns[name] == any_(bindparam(name, type_=ARRAY(BigInteger))) for name in kept]


def _spans(span: Any, prefix: str = "") -> ColumnElement[bool]:
    found: ColumnElement[bool] = span == any_(bindparam(f"{prefix}spans", type_=ARRAY(Integer)))
    return found


def _days(day: Any, prefix: str = "") -> ColumnElement[bool]:
    found: ColumnElement[bool] = day.between(
        bindparam(f"{prefix}start", type_=Date), bindparam(f"{prefix}end", type_=Date)
    )
    return found
