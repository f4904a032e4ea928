"""Query of likely duplicates of a ticket, or of a draft."""

from typing import Annotated

import strawberry
from strawberry import UNSET

from osit_graphql.api import global_ids
from osit_graphql.api.authorization import authorized_field
from osit_graphql.api.context import Info
from osit_graphql.api.lookahead import selection_of
from osit_graphql.api.strawberry_adapter import is_set, value_or_none
from osit_graphql.api.types.tickets import Ticket, ticket_columns
from osit_graphql.domain import clock, permissions
from osit_graphql.domain.enums import ApiArea
from osit_graphql.domain.errors import BadInput
from osit_graphql.services.queries import similar_tickets, ticket_search, tickets

MAX_RESULTS = 50
First = Annotated[int, strawberry.argument(description="Maximum number of results, at most 50.")]


@strawberry.input(description="Draft of a ticket, as typed so far during a call.")
class TicketDraft:
    title: str = strawberry.field(description="Summary.")
    description: str | None = strawberry.field(default=UNSET, description="Description, as the caller gives it.")
    application_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="Application concerned, if known."
    )

    def to_service(self) -> similar_tickets.Draft:
        """Return the draft for the services; raises `BadInput` for invalid values."""
        path = ("to", "draft")
        description = self.description if is_set(self.description) else ""
        return similar_tickets.Draft(
            title=ticket_search.parse_text(self.title, (*path, "title"), permissions.TITLE_LIMIT) or "",
            description=ticket_search.parse_text(description, (*path, "description"), permissions.DESCRIPTION_LIMIT)
            or "",
            application_id=global_ids.decode_optional(
                global_ids.Kind.APPLICATION, value_or_none(self.application_id), (*path, "applicationId")
            ),
            at=clock.now(),
        )


@strawberry.input(one_of=True, description="Ticket or draft to compare with other tickets.")
class SimilarTo:
    ticket_id: strawberry.ID | None = strawberry.field(default=UNSET, description="Ticket visible to the viewer.")
    draft: TicketDraft | None = strawberry.field(default=UNSET, description="Draft of a ticket.")


@strawberry.type(description="Likely duplicate.")
class SimilarTicket:
    ticket: Ticket = strawberry.field(description="Ticket visible to the viewer.")
    score: float = strawberry.field(
        description="Similarity from 0 to 1: shared words, rare ones weighted higher; more for the same application "
        "and for times close together."
    )


@strawberry.type
class SimilarQueries:
    @authorized_field(
        "Likely duplicates among the tickets visible to the viewer, best first. Null if the ticket is "
        "missing or hidden; both look identical.",
        area=ApiArea.TICKETS,
    )
    async def similar_tickets(
        self,
        info: Info,
        to: Annotated[SimilarTo, strawberry.argument(description="Ticket or draft to compare.")],
        first: First = 5,
    ) -> list[SimilarTicket] | None:
        """Find duplicates with a fixed number of statements."""
        if not 0 <= first <= MAX_RESULTS:
            raise BadInput("A page has 0 to {limit} items.", argument=("first",), limit=MAX_RESULTS)
        columns, viewer = ticket_columns(selection_of(info).within("ticket")), info.context.viewer
        draft = to.draft.to_service() if is_set(to.draft) else None
        ticket_id = value_or_none(to.ticket_id) or ""
        key = 0 if draft else global_ids.decode(global_ids.Kind.TICKET, ticket_id, ("to", "ticketId"))
        async with info.context.reading() as session:
            draft = draft or await similar_tickets.get_draft(session, viewer, key)
            if draft is None:
                return None
            similar = await similar_tickets.find_similar(session, viewer, draft, first)
            rows = await tickets.by_ids(session, viewer, [each.ticket_id for each in similar], columns)
        return [SimilarTicket(ticket=Ticket.from_row(rows[each.ticket_id]), score=each.score) for each in similar]
