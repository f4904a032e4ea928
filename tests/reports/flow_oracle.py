"""The expected flow of tickets, computed in Python from the history as the contract states."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import text

from osit_graphql.db.engine import Session
from osit_graphql.services.reports.flow import FlowRow
from osit_graphql.services.reports.request import Dimension, Group, ReportRequest
from tests.reports.departures import is_on_services, read_departures

HISTORY = """
    SELECT a.ticket_id, a.kind, a.created_at, a.from_status, a.to_status, a.from_service_id, a.to_service_id,
        t.application_id, t.site_id, t.opened_at, t.status
    FROM activity a JOIN ticket t ON t.id = a.ticket_id WHERE a.kind IN ('OPENED', 'REROUTING', 'STATUS_CHANGE')
    ORDER BY a.ticket_id, a.version, a.id
"""
CAUSES = "SELECT DISTINCT ticket_id, service_id, cause_id FROM intervention WHERE voided_by IS NULL"
DIGITS = 7  # binary ones, that a closing's minutes keep


@dataclass(frozen=True)
class Event:
    """An event: its ticket, service and day, and the minutes since the opening for a closing.

    `own`: the application and site of the ticket as it last left the service, or of today.
    """

    ticket_id: int
    service_id: int
    application_id: int
    site_id: int
    own: tuple[int, int]
    day: date
    opened: bool
    closed: bool
    reopened: bool
    rerouted: bool
    pending_decision: bool
    minutes: int | None


def rounded(minutes: int) -> int:
    """Return minutes rounded half up to the stored binary digits."""
    step = 1 << max(minutes.bit_length() - DIGITS, 0)
    return (minutes + step // 2) // step * step


async def read_events(session: Session, zone: ZoneInfo) -> list[Event]:
    """Return every event of every ticket."""
    had: dict[int, int] = {}
    departures = await read_departures(session)
    rows = (await session.execute(text(HISTORY))).all()
    born = {row.ticket_id: row.status for row in rows}
    born |= {row.ticket_id: row.from_status for row in reversed(rows) if row.from_status is not None}
    events = []
    for row in rows:
        service = row.to_service_id if row.kind == "OPENED" else had[row.ticket_id]
        had[row.ticket_id] = row.to_service_id or had[row.ticket_id]
        left = departures.get((row.ticket_id, service))
        closed = row.to_status == "CLOSED" != row.from_status
        lasted = max(math.floor((row.created_at - row.opened_at).total_seconds() / 60 + 0.5), 0)
        waits = row.to_status == "PENDING_DECISION" != row.from_status
        events.append(
            Event(
                row.ticket_id,
                service,
                row.application_id,
                row.site_id,
                ((left and left.application_id) or row.application_id, (left and left.site_id) or row.site_id),
                row.created_at.astimezone(zone).date(),
                row.kind == "OPENED",
                closed,
                row.from_status == "CLOSED" != row.to_status,
                row.kind == "REROUTING",
                waits if row.kind != "OPENED" else born[row.ticket_id] == "PENDING_DECISION",
                rounded(lasted) if closed else None,
            )
        )  # fmt: skip
    return events


async def read_causes(session: Session) -> set[tuple[int, int, int]]:
    """Return (ticket, service of the work, cause) of the interventions that are not voided."""
    return {(row.ticket_id, row.service_id, row.cause_id) for row in await session.execute(text(CAUSES))}


def flow(
    events: Iterable[Event], causes: set[tuple[int, int, int]], request: ReportRequest, service_id: int | None
) -> dict[Group, FlowRow]:
    """Return the flow of each group; `service_id` is a technician's service, None for a manager."""
    narrowed, grouped = request.filter, defaultdict(list)
    lists = {
        "application_id": narrowed.application_ids, "service_id": narrowed.service_ids, "site_id": narrowed.site_ids,
    }  # fmt: skip
    caused = None
    if narrowed.cause_ids is not None:
        caused = {key for key, of, cause in causes if cause in narrowed.cause_ids and service_id in {None, of}}
    on_services = is_on_services(request, service_id)
    for today in events:
        event = replace(today, application_id=today.own[0], site_id=today.own[1]) if on_services else today
        if (
            request.period.start <= event.day <= request.period.end
            and service_id in {None, event.service_id}
            and (caused is None or event.ticket_id in caused)
            and all(values is None or getattr(event, name) in values for name, values in lists.items())
        ):
            grouped[_group(event, request.group_by)].append(event)
    return {group: _sum(group, events) for group, events in grouped.items()}


def _group(event: Event, group_by: Sequence[Dimension]) -> Group:
    return tuple(
        event.day.replace(day=1) if name is Dimension.MONTH else getattr(event, f"{name.value.lower()}_id")
        for name in group_by
    )


def _sum(group: Group, events: Sequence[Event]) -> FlowRow:
    names = ("opened", "closed", "reopened", "rerouted", "pending_decision")
    minutes = sorted(event.minutes for event in events if event.minutes is not None)
    counts = (sum(getattr(event, name) for event in events) for name in names)
    return FlowRow(group, *counts, *(_percentile(minutes, share) for share in (0.5, 0.9)))


def _percentile(minutes: Sequence[int], share: float) -> float | None:
    """Return a percentile in hours, interpolated between the two nearest values."""
    if not minutes:
        return None
    place = share * (len(minutes) - 1)
    below, above = minutes[math.floor(place)], minutes[math.ceil(place)]
    return (below + (above - below) * (place - math.floor(place))) / 60
