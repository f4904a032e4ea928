"""The expected state of tickets when they last left a service, computed in Python from the history."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from osit_graphql.db.engine import Session
from osit_graphql.services.reports.request import Dimension, ReportRequest

HISTORY = """
    SELECT ticket_id, kind, from_status, to_status, from_service_id, to_service_id, from_application_id, from_site_id
    FROM activity ORDER BY ticket_id, version, id
"""


@dataclass(frozen=True)
class Departure:
    """A ticket as it last left a service; without a later qualification its application and site are today's: None."""

    application_id: int | None
    site_id: int | None
    reopened: bool


Departures = Mapping[tuple[int, int], Departure]
"""By ticket and service, without services that have the ticket now or never had it."""


async def read_departures(session: Session) -> Departures:
    """Return every last departure."""
    history: dict[int, list[Any]] = defaultdict(list)
    for row in await session.execute(text(HISTORY)):
        history[row.ticket_id].append(row)
    departures = {}
    for ticket_id, rows in history.items():
        last: dict[int, tuple[int, bool]] = {}  # the last re-routing from or to each service
        for position, row in enumerate(rows):
            if row.kind == "REROUTING":
                last |= {row.from_service_id: (position, True), row.to_service_id: (position, False)}
        for service_id, (position, left) in last.items():
            if left:
                departures[ticket_id, service_id] = _departure(rows[:position], rows[position:])
    return departures


def _departure(before: Sequence[Any], after: Sequence[Any]) -> Departure:
    corrections = [row for row in after if row.kind == "QUALIFICATION"]
    return Departure(
        corrections[0].from_application_id if corrections else None,
        corrections[0].from_site_id if corrections else None,
        any(row.from_status == "CLOSED" != row.to_status for row in before),
    )


def is_on_services(request: ReportRequest, service_id: int | None) -> bool:
    """Whether a report is on services, instead of all together; `service_id` is a technician's service."""
    return service_id is not None or request.filter.service_ids is not None or Dimension.SERVICE in request.group_by
