"""What maintenance costs, by any set of dimensions: from the cells where they hold it, else from the lines."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Date, Integer, Select, cast, column, func, literal, select, union_all

from osit_graphql import visibility
from osit_graphql.database import Session
from osit_graphql.errors import BadInput
from osit_graphql.models import CostCell, Intervention, ReportDelta
from osit_graphql.services.reports import spans
from osit_graphql.services.reports.questions import (
    COLUMNS,
    MEASURES,
    ON_LINE,
    ON_TICKET,
    ROWS,
    Dimension,
    Figures,
    Group,
    Period,
    Question,
    cell_sums,
    figures_of,
    line_sums,
    narrowing,
    spans_array,
    within,
)
from osit_graphql.viewer import Viewer

KEPT = {Dimension.APPLICATION, Dimension.MONTH}


@dataclass(frozen=True)
class CostReport:
    """Rows in the contract's order, and what they come to together."""

    total: Figures
    rows: Sequence[tuple[Group, Figures]]


async def maintenance_costs(
    session: Session, viewer: Viewer, question: Question, *, tickets: bool = False
) -> CostReport:
    """Return what interventions cost; `tickets` counts distinct ones too, which is in proportion to the lines."""
    question.check()
    statement = _kept(question) if is_kept(viewer, question) else _lines(viewer, question)
    rows = (await session.execute(ordered(statement, question.group_by).limit(ROWS + 1))).all()
    check_rows(len(rows))
    counted = await count_tickets(session, viewer, question) if tickets else {}
    found = []
    for row in rows:
        group = tuple(row[: len(question.group_by)])
        found.append((group, figures_of(row, counted.get(group, 0) if tickets else None)))
    total = add([figures for _, figures in found])
    return CostReport(replace(total, tickets=counted.get(None, 0) if tickets else None), found)


def check_rows(number: int) -> None:
    """Refuse a report beyond the contract's bound."""
    if number > ROWS:
        raise BadInput(
            "This report has more than {limit} rows: ask for a shorter period, fewer dimensions or a filter.",
            argument=("groupBy",),
            limit=ROWS,
        )


def add(figures: Sequence[Figures]) -> Figures:
    """Return what several come to together; tickets don't add up."""
    start = Figures()
    return Figures(
        sum(each.interventions for each in figures),
        sum(each.minutes for each in figures),
        sum(each.unpriced_minutes for each in figures),
        sum((each.labour for each in figures), start.labour),
        sum((each.expenses for each in figures), start.expenses),
    )


def is_kept(viewer: Viewer, question: Question) -> bool:
    """Whether the cells hold the answer: on everything, by application or month, narrowed to applications at most."""
    asked = KEPT.issuperset(question.group_by) and not question.narrowed.narrows("application_ids")
    return asked and visibility.reads_all_work(viewer)


def ordered(statement: Select[Any], group_by: Sequence[Dimension]) -> Select[Any]:
    """Put rows in the contract's order: by month, oldest first; else dearest first; ties by what came first."""
    source = statement.subquery("figure")
    first = [source.c[name.value] for name in group_by if name is Dimension.MONTH]
    last = [source.c[name.value] for name in group_by if name is not Dimension.MONTH]
    dearest = (source.c.labour_cents + source.c.expenses_cents).desc()
    return select(source).order_by(*first, dearest, *last)


def dimensions(group_by: Sequence[Dimension]) -> list[ColumnElement[Any]]:
    """Return the columns that lines are grouped by, each named after its dimension."""
    return [COLUMNS[name].label(name.value) for name in group_by]


def _lines(viewer: Viewer, question: Question) -> Select[Any]:
    groups = dimensions(question.group_by)
    statement = visibility.worked(viewer, *groups, *line_sums()).where(*_conditions(question))
    return statement.group_by(*groups).having(func.count() > 0)


def _conditions(question: Question) -> list[ColumnElement[bool]]:
    narrowed = narrowing(question.narrowed, {**ON_TICKET, **ON_LINE})
    return [within(Intervention.started_on, question.period), *narrowed]


async def count_tickets(
    session: Session, viewer: Viewer, question: Question, *conditions: ColumnElement[bool]
) -> dict[Group | None, int]:
    """Return how many distinct tickets each group has, and under None how many there are together."""
    distinct = func.count(Intervention.ticket_id.distinct())
    groups = dimensions(question.group_by)
    together = visibility.worked(viewer, distinct).where(*_conditions(question), *conditions)
    counted: dict[Group | None, int] = {None: (await session.execute(together)).scalar_one()}
    apart = visibility.worked(viewer, *groups, distinct).where(*_conditions(question), *conditions)
    for row in await session.execute(apart.group_by(*groups)) if groups else ():
        counted[tuple(row[:-1])] = row[-1]
    return counted if groups else {**counted, (): counted[None]}


def _kept(question: Question) -> Select[Any]:
    """Add up the cells of the period's spans, and the changes that they don't have yet."""
    parts = _parts(question.period, monthly=Dimension.MONTH in question.group_by)
    stretch = (
        func.unnest(spans_array([span for span, _ in parts]), literal([month for _, month in parts], ARRAY(Date)))
        .table_valued(column("span", Integer), column("month", Date), name="stretch")
        .render_derived()
    )
    cells = select(CostCell.application_id, stretch.c.month, *(getattr(CostCell, name) for name in MEASURES))
    cells = cells.join(stretch, CostCell.span == stretch.c.span)
    month = cast(func.date_trunc("month", ReportDelta.day), Date)
    pending = select(ReportDelta.application_id, month, *(getattr(ReportDelta, name) for name in MEASURES))
    pending = pending.where(within(ReportDelta.day, question.period))
    sources = (
        cells.where(*narrowing(question.narrowed, {"application_ids": CostCell.application_id})),
        pending.where(*narrowing(question.narrowed, {"application_ids": ReportDelta.application_id})),
    )
    cell = union_all(*sources).subquery("cell")
    columns = {Dimension.APPLICATION: cell.c.application_id, Dimension.MONTH: cell.c.month}
    groups = [columns[name].label(name.value) for name in question.group_by]
    return select(*groups, *cell_sums(cell)).group_by(*groups).having(func.sum(cell.c.interventions) > 0)


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
