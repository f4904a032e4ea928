"""The meetings of the demo company: one for each day on which requests were decided, and the next to come."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from osit_graphql.db import visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Ticket
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import TicketList
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services import meetings

BEGINS = time(10)


class Sittings:
    """Calls a meeting when the first of its day's decisions is taken."""

    def __init__(self, session: Session, zone: ZoneInfo) -> None:
        self.session = session
        self.zone = zone
        self.called: dict[date, int] = {}
        self.count = 0

    async def meeting_of(self, viewer: Viewer, moment: datetime) -> int:
        """Return the meeting of that day."""
        day = moment.astimezone(self.zone).date()
        if day not in self.called:
            self.called[day] = await self._call(viewer, day, [])
        return self.called[day]

    async def call_next(self, viewer: Viewer, now: datetime) -> None:
        """Call the meeting of next Tuesday, with every request that waits on its agenda."""
        day = now.astimezone(self.zone).date()
        day += timedelta(days=(1 - day.weekday()) % 7 or 7)
        pending = visibility.tickets(viewer, Ticket.id).where(
            Ticket.status == permissions.LISTS[TicketList.EVOLUTION_REQUESTS]
        )
        waiting = list((await self.session.execute(pending.order_by(Ticket.id))).scalars())
        await self._call(viewer, day, waiting)

    async def _call(self, viewer: Viewer, day: date, ticket_ids: list[int]) -> int:
        self.count += 1
        title = f"Réunion des évolutions nº {self.count}"
        held_at = datetime.combine(day, BEGINS, self.zone)
        return await meetings.schedule(self.session, viewer, title=title, held_at=held_at, ticket_ids=ticket_ids)
