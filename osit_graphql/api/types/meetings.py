"""Decision meetings, their agendas and their minutes."""

import asyncio
from datetime import datetime

import strawberry

from osit_graphql.api import global_ids
from osit_graphql.api.context import Info
from osit_graphql.api.lookahead import selection_of
from osit_graphql.api.row_types import ConnectionBase, RowBacked, connection_of, row_backed
from osit_graphql.api.types.relay import Node
from osit_graphql.api.types.tickets import Ticket, ticket_columns
from osit_graphql.api.types.users import User, load_named_user
from osit_graphql.db import visibility
from osit_graphql.domain.enums import Decision
from osit_graphql.services.meeting_minutes import write_minutes


@strawberry.type(description="Evolution request on a meeting's agenda, with its decision.")
class AgendaItem:
    ticket: Ticket = strawberry.field(description="Evolution request.")
    decision: Decision | None = strawberry.field(description="Decision. Null until one is recorded.")
    comment: str | None = strawberry.field(description="Comment on the decision.")
    author_id: strawberry.Private[int | None]
    decided_at: datetime | None = strawberry.field(description="Time of the decision.")

    @strawberry.field(description="Manager who recorded the decision.")
    async def decided_by(self, info: Info) -> User | None:
        """Load the author of the decision; viewers who see the ticket may read the name."""
        return await load_named_user(info, self.author_id)


@row_backed(global_ids.Kind.MEETING)
@strawberry.type(description="Meeting that decides on evolution requests: « réunion ».")
class DecisionMeeting(RowBacked, Node):
    key: strawberry.Private[int]
    title: str = strawberry.field(description="Name.")
    held_at: datetime = strawberry.field(description="Date and time of the meeting.")

    @strawberry.field(description="Agenda items in order. Only items whose ticket is visible to the viewer.")
    async def agenda(self, info: Info) -> list[AgendaItem]:
        """Load the items; one statement serves all meetings of a list, another their tickets."""
        loaders, columns = info.context.loaders, ticket_columns(selection_of(info).within("ticket"))
        rows = await loaders.agenda(self.key)
        tickets = await asyncio.gather(*(loaders.ticket(row.ticket_id, columns) for row in rows))
        return [
            AgendaItem(
                ticket=Ticket.from_row(ticket),
                decision=row.decision,
                comment=row.comment,
                author_id=row.author_id,
                decided_at=row.created_at,
            )
            for row, ticket in zip(rows, tickets, strict=True)
            if ticket is not None
        ]

    @strawberry.field(description="Minutes as Markdown, in the caller's language. Role: MANAGER; null for others.")
    async def record(self, info: Info) -> str | None:
        context = info.context
        if not visibility.reads_minutes(context.viewer):
            return None
        agenda = await context.loaders.agenda(self.key)
        authors = await asyncio.gather(*(load_named_user(info, key) for key in {row.author_id for row in agenda}))
        names = {author.key: author.name for author in authors if author is not None}
        return write_minutes(self.title, self.held_at, agenda, names, context.language, context.settings.zone)


@connection_of(DecisionMeeting, "Meeting", "Page of meetings.")
class DecisionMeetingConnection(ConnectionBase):
    """Page of meetings."""


async def load_meeting(info: Info, key: int) -> DecisionMeeting | None:
    """Return the meeting with a row number; None when it is missing or hidden."""
    row = await info.context.loaders.meeting(key)
    return None if row is None else DecisionMeeting.from_row(row)
