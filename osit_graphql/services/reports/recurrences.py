"""What keeps coming back: groups whose interventions at least so many tickets share, each counted once.

A ticket is counted on the day of its first standing intervention in the group, whenever that was: so counts add up
over periods. What a group cost is what its interventions in the period cost, whichever tickets they were on.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, literal, select

from osit_graphql.db import visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Intervention, Ticket
from osit_graphql.domain.date_range import Period
from osit_graphql.domain.errors import BadInput
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.reports import recurrence_cells
from osit_graphql.services.reports.costs import count_tickets, dimensions
from osit_graphql.services.reports.request import (
    COLUMNS,
    ON_LINE,
    ON_TICKET,
    ROWS,
    Dimension,
    Figures,
    Group,
    Question,
    figures_of,
    line_sums,
    most_first,
    narrowing,
    within,
)

ON_TICKETS = frozenset({Dimension.APPLICATION, Dimension.SITE})
DAY = 86_400  # seconds


@dataclass(frozen=True)
class Recurrence:
    """A group that came back: how often, from when to when, before, how many were reopened, and what it cost."""

    group: Group
    occurrences: int
    first_at: datetime
    last_at: datetime
    previous: int
    reopened: int
    figures: Figures

    @property
    def mean_days_between(self) -> float | None:
        """Days from one first intervention to the next, on average; None when there is one only."""
        if self.occurrences == 1:
            return None
        return (self.last_at - self.first_at).total_seconds() / DAY / (self.occurrences - 1)


async def recurrences(
    session: Session,
    viewer: Viewer,
    question: Question,
    *,
    least: int = 1,
    first: int = ROWS,
    tickets: bool = False,
    only: Group | None = None,
) -> list[Recurrence]:
    """Return what came back at least so many times, most occurrences first, then dearest; `only`: this group."""
    question.check()
    check_numbers(least, first)
    if recurrence_cells.hold(viewer, question):
        statement, values = recurrence_cells.recurrences(viewer, question, least, first, only)
    else:
        source = _lines(viewer, question, only)
        statement, values = most_first(source, question.group_by).where(source.c.occurrences >= least), {}
        statement = statement.limit(first)
    rows = (await session.execute(statement, values)).all()
    counted: dict[Group | None, int] = {}
    if tickets and rows:
        groups = [tuple(row[: len(question.group_by)]) for row in rows]
        among = [COLUMNS[name].in_({group[at] for group in groups}) for at, name in enumerate(question.group_by)]
        counted = await count_tickets(session, viewer, question, *among)
    return [_made(row, question, counted if tickets else None) for row in rows]


def check_numbers(least: int, first: int) -> None:
    """Refuse numbers that can't be."""
    if least < 1:
        raise BadInput("A recurrence has at least 1 occurrence.", argument=("minOccurrences",))
    if not 0 <= first <= ROWS:
        raise BadInput("A report has 0 to {limit} rows.", argument=("first",), limit=ROWS)


def _made(row: Row[Any], question: Question, counted: dict[Group | None, int] | None) -> Recurrence:
    group = tuple(row[: len(question.group_by)])
    figures = figures_of(row)
    if counted is not None:
        figures = replace(figures, tickets=counted.get(group, 0))
    return Recurrence(group, row.occurrences, row.first_at, row.last_at, row.previous, row.reopened, figures)


# From the lines: of both periods, then those tickets that had no such line before.


def _lines(viewer: Viewer, question: Question, only: Group | None) -> Any:
    both = Period(question.period.before.start, question.period.end)
    groups = dimensions(question.group_by)
    conditions = narrowing(question.narrowed, {**ON_TICKET, **ON_LINE})
    conditions += [
        COLUMNS[name] == value for name, value in zip(question.group_by, only or (), strict=only is not None)
    ]
    firsts = (
        visibility.worked(
            viewer,
            *groups,
            Intervention.ticket_id,
            func.bool_or(Ticket.reopen_count > 0).label("again"),
            func.min(Intervention.started_at).label("first_at"),
            func.min(Intervention.started_on).label("first_on"),
        )
        .where(within(Intervention.started_on, both), *conditions)
        .group_by(*groups, Intervention.ticket_id)
        .cte("first_line")
    )
    counted = _counted(viewer, question, firsts)
    costs = visibility.worked(viewer, *groups, *line_sums())
    costs = costs.where(within(Intervention.started_on, question.period), *conditions).group_by(*groups)
    cost = costs.having(func.count() > 0).subquery("cost")
    same = [counted.c[name.value] == cost.c[name.value] for name in question.group_by] or [literal(1) == 1]
    more = [counted.c[name] for name in ("occurrences", "reopened", "previous", "first_at", "last_at")]
    return select(cost, *more).join(counted, and_(*same)).subquery("worked")


def _counted(viewer: Viewer, question: Question, firsts: Any) -> Any:
    """Count the tickets that had no line in the group before these, in the period and in the one before."""
    columns = [firsts.c[name.value] for name in question.group_by]
    sooner = visibility.lines(firsts.c.ticket_id, literal(1)).where(
        Intervention.started_on < question.period.before.start,
        visibility.works(viewer),
        *narrowing(question.narrowed, ON_LINE),
        *(COLUMNS[name] == firsts.c[name.value] for name in question.group_by if name not in ON_TICKETS),
    )
    now = firsts.c.first_on >= question.period.start
    counts = (
        func.count().filter(now).label("occurrences"),
        func.count().filter(now, firsts.c.again).label("reopened"),
        func.count().filter(~now).label("previous"),
        func.min(firsts.c.first_at).filter(now).label("first_at"),
        func.max(firsts.c.first_at).filter(now).label("last_at"),
    )
    # Looked up ticket by ticket: as an anti-join it could read every line there is.
    none = sooner.limit(1).scalar_subquery().is_(None)
    return select(*columns, *counts).where(none).group_by(*columns).subquery("counted")
