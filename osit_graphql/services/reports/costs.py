"""What maintenance costs, by any set of dimensions: from the cells where they hold it, else from the lines."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, func

from osit_graphql.db import visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Intervention
from osit_graphql.domain.errors import BadInput
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.reports import cost_cells
from osit_graphql.services.reports.request import (
    COLUMNS,
    ON_LINE,
    ON_TICKET,
    ROWS,
    Dimension,
    Figures,
    Group,
    Question,
    dearest_first,
    figures_of,
    line_sums,
    narrowing,
    within,
)


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
    kept = cost_cells.hold(question)
    statement, values = cost_cells.costs(viewer, question) if kept else (_lines(viewer, question), {})
    rows = (await session.execute(statement, values)).all()
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


def dimensions(group_by: Sequence[Dimension]) -> list[ColumnElement[Any]]:
    """Return the columns that lines are grouped by, each named after its dimension."""
    return [COLUMNS[name].label(name.value) for name in group_by]


def _lines(viewer: Viewer, question: Question) -> Select[Any]:
    groups = dimensions(question.group_by)
    statement = visibility.worked(viewer, *groups, *line_sums()).where(*_conditions(question))
    return dearest_first(statement.group_by(*groups).having(func.count() > 0), question.group_by).limit(ROWS + 1)


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
