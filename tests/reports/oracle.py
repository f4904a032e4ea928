"""The expected reports, computed in Python from the rows as the contract states."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from sqlalchemy import text

from osit_graphql.db.engine import Session
from osit_graphql.domain.date_range import Period
from osit_graphql.services.reports.request import Dimension, Figures, Group, ReportRequest
from tests.reports.departures import is_on_services, read_departures

LINES = """
    SELECT i.ticket_id, i.service_id, i.cause_id, i.started_at, i.started_on, i.minutes, i.labour, i.expenses,
        t.application_id, t.site_id, t.service_id AS now_at, t.reopen_count
    FROM intervention i JOIN ticket t ON t.id = i.ticket_id WHERE i.voided_by IS NULL
"""
KEYS = {
    Dimension.APPLICATION: "application_id",
    Dimension.SERVICE: "service_id",
    Dimension.SITE: "site_id",
    Dimension.CAUSE: "cause_id",
}


@dataclass(frozen=True)
class ExpectedRecurrence:
    """An expected recurrence: its tickets, first and last time, previous and reopened tickets."""

    tickets: frozenset[int]
    first_at: datetime
    last_at: datetime
    previous: int
    reopened: int


async def read_lines(session: Session) -> Sequence[Any]:
    """Return each intervention that is not voided, with its ticket.

    `own_reopened`: the ticket was reopened before it last left the intervention's service, or at all.
    """
    departures, lines = await read_departures(session), []
    for row in await session.execute(text(LINES)):
        left = departures.get((row.ticket_id, row.service_id))
        lines.append(SimpleNamespace(**row.mapping, own_reopened=left.reopened if left else row.reopen_count > 0))
    return lines


def reported_lines(lines: Iterable[Any], request: ReportRequest, service_id: int | None) -> list[Any]:
    """Return the lines of a report, on any day; `service_id` is a technician's service, None for a manager."""
    narrowed = request.filter
    lists = {
        "application_id": narrowed.application_ids,
        "service_id": narrowed.service_ids,
        "site_id": narrowed.site_ids,
        "cause_id": narrowed.cause_ids,
    }
    return [
        line
        for line in lines
        if (service_id is None or line.service_id == service_id)
        and all(values is None or getattr(line, name) in values for name, values in lists.items())
    ]


def group_of(line: Any, group_by: Sequence[Dimension]) -> Group:
    """Return the group of a line."""
    return tuple(
        line.started_on.replace(day=1) if name is Dimension.MONTH else getattr(line, KEYS[name]) for name in group_by
    )


def within(day: date, period: Period) -> bool:
    """Whether a day is in a period."""
    return period.start <= day <= period.end


def add_up(lines: Sequence[Any]) -> Figures:
    """Return the sum of lines."""
    return Figures(
        len(lines),
        sum(line.minutes for line in lines),
        sum(line.minutes for line in lines if line.labour is None),
        sum((line.labour or Decimal(0) for line in lines), Decimal(0)),
        sum((line.expenses for line in lines), Decimal(0)),
        len({line.ticket_id for line in lines}),
    )


def costs(lines: Iterable[Any], request: ReportRequest, service_id: int | None = None) -> dict[Group, Figures]:
    """Return the costs of each group."""
    grouped: dict[Group, list[Any]] = defaultdict(list)
    for line in reported_lines(lines, request, service_id):
        if within(line.started_on, request.period):
            grouped[group_of(line, request.group_by)].append(line)
    return {group: add_up(group_lines) for group, group_lines in grouped.items()}


def recurrences(
    lines: Iterable[Any], request: ReportRequest, service_id: int | None = None
) -> dict[Group, ExpectedRecurrence]:
    """Return the recurrences: each ticket of a group counts once, on the day of its first line."""
    firsts: dict[tuple[Group, int], Any] = {}
    for line in sorted(reported_lines(lines, request, service_id), key=lambda line: line.started_at):
        firsts.setdefault((group_of(line, request.group_by), line.ticket_id), line)
    own_reopened = {
        (group_of(line, request.group_by), line.ticket_id)
        for line in reported_lines(lines, request, service_id)
        if line.own_reopened and within(line.started_on, request.period)
    }
    on_services = is_on_services(request, service_id)
    grouped: dict[Group, list[Any]] = defaultdict(list)
    before: dict[Group, int] = defaultdict(int)
    for (group, _), line in firsts.items():
        if within(line.started_on, request.period):
            grouped[group].append(line)
        elif within(line.started_on, request.period.before):
            before[group] += 1
    return {
        group: ExpectedRecurrence(
            frozenset(line.ticket_id for line in group_lines),
            min(line.started_at for line in group_lines),
            max(line.started_at for line in group_lines),
            before[group],
            sum(
                (group, line.ticket_id) in own_reopened if on_services else line.reopen_count > 0
                for line in group_lines
            ),
        )
        for group, group_lines in grouped.items()
    }
