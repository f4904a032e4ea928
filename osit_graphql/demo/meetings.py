"""Schedules the demo company's meetings: one for each day with decisions, and the next one."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from osit_graphql.db import visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Ticket
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import TicketList
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services import meetings

_START = time(10)
_TUESDAY = 1


class MeetingScheduler:
    """Schedules a meeting at the first decision of its day."""

    def __init__(self, session: Session, zone: ZoneInfo) -> None:
        self._session = session
        self._zone = zone
        self._ids: dict[date, int] = {}

    async def meeting_on_day_of(self, viewer: Viewer, moment: datetime) -> int:
        """Return the id of that day's meeting."""
        day = moment.astimezone(self._zone).date()
        return self._ids.get(day) or await self._schedule(viewer, day, [])

    async def schedule_next(self, viewer: Viewer, now: datetime) -> None:
        """Schedule next Tuesday's meeting, with all undecided requests on its agenda."""
        day = now.astimezone(self._zone).date()
        day += timedelta(days=(_TUESDAY - day.weekday()) % 7 or 7)
        undecided = visibility.tickets(viewer, Ticket.id).where(
            Ticket.status == permissions.LISTS[TicketList.EVOLUTION_REQUESTS]
        )
        ticket_ids = list((await self._session.execute(undecided.order_by(Ticket.id))).scalars())
        await self._schedule(viewer, day, ticket_ids)

    async def _schedule(self, viewer: Viewer, day: date, ticket_ids: list[int]) -> int:
        title = f"Réunion des évolutions nº {len(self._ids) + 1}"
        held_at = datetime.combine(day, _START, self._zone)
        self._ids[day] = await meetings.schedule(
            self._session, viewer, title=title, held_at=held_at, ticket_ids=ticket_ids
        )
        return self._ids[day]
