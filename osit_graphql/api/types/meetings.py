"""Decision meetings, their agendas and their minutes."""

from datetime import datetime
from typing import Any, Self

import strawberry

from osit_graphql.api import global_ids
from osit_graphql.api.context import Info
from osit_graphql.api.lookahead import selection_of
from osit_graphql.api.row_types import ConnectionBase, connection_of
from osit_graphql.api.types.relay import CURSOR, EDGES, NODES, PAGE_INFO, TOTAL, Node, PageInfo
from osit_graphql.api.types.tickets import Ticket, wanted_of
from osit_graphql.api.types.users import User, somebody
from osit_graphql.db import visibility
from osit_graphql.domain.enums import Decision
from osit_graphql.services.meeting_minutes import write_minutes
from osit_graphql.services.queries.keyset_pagination import Page


@strawberry.type(description="Evolution request on a meeting's agenda, with its decision.")
class AgendaItem:
    """The contract's `AgendaItem`."""

    ticket: Ticket = strawberry.field(description="Evolution request.")
    decision: Decision | None = strawberry.field(description="Decision. Null until one is recorded.")
    comment: str | None = strawberry.field(description="Comment on the decision.")
    author_id: strawberry.Private[int | None]
    decided_at: datetime | None = strawberry.field(description="Time of the decision.")

    @strawberry.field(description="Manager who recorded the decision.")
    async def decided_by(self, info: Info) -> User | None:
        """Whoever sees the request may know."""
        return await somebody(info, self.author_id)


@strawberry.type(description="Meeting that decides on evolution requests: « réunion ».")
class DecisionMeeting(Node):
    """The contract's `DecisionMeeting`."""

    key: strawberry.Private[int]
    title: str = strawberry.field(description="Name.")
    held_at: datetime = strawberry.field(description="Date and time of the meeting.")

    @classmethod
    def from_row(cls, row: Any) -> Self:
        """Make it from a row."""
        key = strawberry.ID(global_ids.encode(global_ids.Kind.MEETING, row.id))
        return cls(id=key, key=row.id, title=row.title, held_at=row.held_at)

    @strawberry.field(description="Agenda items in order. Only items whose ticket is visible to the viewer.")
    async def agenda(self, info: Info) -> list[AgendaItem]:
        """One statement for the items of every meeting in the list around, one for their tickets."""
        wanted = wanted_of(selection_of(info).within("ticket"))
        items = []
        for row in await info.context.loaders.agenda(self.key):
            found = await info.context.loaders.ticket(row.ticket_id, wanted)
            if found is not None:
                ticket = Ticket.from_row(found)
                items.append(
                    AgendaItem(
                        ticket=ticket,
                        decision=row.decision,
                        comment=row.comment,
                        author_id=row.author_id,
                        decided_at=row.created_at,
                    )
                )
        return items

    @strawberry.field(description="Minutes as Markdown, in the caller's language. Role: MANAGER; null for others.")
    async def record(self, info: Info) -> str | None:
        """A manager's."""
        context = info.context
        if not visibility.reads_records(context.viewer):
            return None
        agenda = await context.loaders.agenda(self.key)
        authors = {row.author_id: await somebody(info, row.author_id) for row in agenda if row.author_id}
        names = {key: author.name for key, author in authors.items() if author is not None}
        return write_minutes(self.title, self.held_at, agenda, names, context.language, context.settings.zone)


@strawberry.type(description="Meeting in a list.")
class DecisionMeetingEdge:
    """Relay's."""

    cursor: str = strawberry.field(description=CURSOR)
    node: DecisionMeeting = strawberry.field(description="Meeting.")


@connection_of(DecisionMeetingEdge)
@strawberry.type(description="Page of meetings.")
class DecisionMeetingConnection(ConnectionBase):
    """Relay's."""

    edges: list[DecisionMeetingEdge] = strawberry.field(description=EDGES)
    nodes: list[DecisionMeeting] = strawberry.field(description=NODES)
    page_info: PageInfo = strawberry.field(description=PAGE_INFO)
    total: strawberry.Private[int | None]

    @strawberry.field(description=TOTAL)
    def total_count(self) -> int:
        """Counted with the page, because it was asked for."""
        if self.total is None:
            raise AssertionError("the count was not read ahead")
        return self.total


def connect(found: Page, total: int | None) -> DecisionMeetingConnection:
    """Make a page of meetings."""
    return DecisionMeetingConnection.of(found, DecisionMeeting.from_row, total=total)


async def meeting(info: Info, key: int) -> DecisionMeeting | None:
    """Return a meeting by its row's number."""
    row = await info.context.loaders.meeting(key)
    return None if row is None else DecisionMeeting.from_row(row)
