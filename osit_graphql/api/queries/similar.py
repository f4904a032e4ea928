"""Likely duplicates, of a ticket or of one that is being typed."""

from typing import Annotated

import strawberry
from strawberry import UNSET

from osit_graphql.api import global_ids
from osit_graphql.api.arguments import given, said
from osit_graphql.api.authorization import guarded
from osit_graphql.api.context import Info
from osit_graphql.api.lookahead import selection_of
from osit_graphql.api.types.tickets import Ticket, wanted_of
from osit_graphql.domain import clock, permissions
from osit_graphql.domain.enums import ApiArea
from osit_graphql.domain.errors import BadInput
from osit_graphql.services.queries import similar_tickets, ticket_search, tickets

MOST = 50
First = Annotated[int, strawberry.argument(description="How many at most: 50 at most.")]


@strawberry.input(description="What an operator has typed so far, the caller on the line.")
class TicketDraft:
    """The contract's `TicketDraft`."""

    title: str = strawberry.field(description="It, in one line.")
    description: str | None = strawberry.field(default=UNSET, description="It, as the caller tells it.")
    application_id: strawberry.ID | None = strawberry.field(default=UNSET, description="What it is about, if known.")

    def taken(self) -> similar_tickets.Draft:
        """Return what the services take."""
        path = ("to", "draft")
        described = self.description if said(self.description) and self.description is not None else ""
        return similar_tickets.Draft(
            title=ticket_search.read(self.title, (*path, "title"), permissions.TITLE_LIMIT) or "",
            description=ticket_search.read(described, (*path, "description"), permissions.DESCRIPTION_LIMIT) or "",
            application_id=global_ids.decode_optional(
                global_ids.Kind.APPLICATION, given(self.application_id), (*path, "applicationId")
            ),
            at=clock.now(),
        )


@strawberry.input(one_of=True, description="What is compared with the others: a ticket, or a draft of one.")
class SimilarTo:
    """The contract's `SimilarTo`."""

    ticket_id: strawberry.ID | None = strawberry.field(default=UNSET, description="A ticket that the viewer sees.")
    draft: TicketDraft | None = strawberry.field(default=UNSET, description="A ticket that isn't one yet.")


@strawberry.type(description="A likely duplicate.")
class SimilarTicket:
    """The contract's `SimilarTicket`."""

    ticket: Ticket = strawberry.field(description="One that the viewer sees.")
    score: float = strawberry.field(
        description="From 0 to 1: the rarer words that both have in common, more for the same application and for "
        "what happened near in time."
    )


@strawberry.type
class SimilarQueries:
    """Mixed into `Query`."""

    @guarded(
        "The likeliest duplicates among the tickets that the viewer sees, best first; fewer when fewer look alike. "
        "Null when the ticket is absent or not visible: the two look the same.",
        reach=ApiArea.TICKETS,
    )
    async def similar_tickets(
        self,
        info: Info,
        to: Annotated[SimilarTo, strawberry.argument(description="What they would be duplicates of.")],
        first: First = 5,
    ) -> list[SimilarTicket] | None:
        """A few statements, however many tickets there are."""
        if not 0 <= first <= MOST:
            raise BadInput("A page has 0 to {limit} items.", argument=("first",), limit=MOST)
        wanted, viewer = wanted_of(selection_of(info).within("ticket")), info.context.viewer
        draft = to.draft.taken() if said(to.draft) and to.draft is not None else None
        key = 0 if draft else global_ids.decode(global_ids.Kind.TICKET, given(to.ticket_id) or "", ("to", "ticketId"))
        async with info.context.database.reading(info.context.viewer) as session:
            draft = draft or await similar_tickets.drafted(session, viewer, key)
            if draft is None:
                return None
            alike = await similar_tickets.likenesses(session, viewer, draft, first)
            rows = await tickets.by_ids(session, viewer, [like.ticket_id for like in alike], wanted)
        return [SimilarTicket(ticket=Ticket.from_row(rows[like.ticket_id]), score=like.score) for like in alike]
