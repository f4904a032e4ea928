"""Queries of one ticket, and of lists of tickets."""

from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from osit_graphql.api import global_ids
from osit_graphql.api.authorization import authorized_field
from osit_graphql.api.context import Info
from osit_graphql.api.inputs.tickets_filter import TicketFilter, TicketOrder, order_of
from osit_graphql.api.lookahead import is_only_root_field, selection_of
from osit_graphql.api.row_types import counted
from osit_graphql.api.strawberry_adapter import is_set
from osit_graphql.api.types.relay import After, Before, First, Last, page_args
from osit_graphql.api.types.tickets import Ticket, TicketConnection, prefetched_history, ticket_columns
from osit_graphql.domain.enums import ApiArea, TicketList
from osit_graphql.domain.errors import BadInput
from osit_graphql.services.queries import ticket_filter
from osit_graphql.services.queries import tickets as queries
from osit_graphql.services.queries.ticket_ordering import Listing

Filter = Annotated[TicketFilter | None, strawberry.argument(description="Filter.")]
Orders = Annotated[
    list[TicketOrder] | None,
    strawberry.argument(description="Sort keys, most significant first. Default: the list's own order."),
]


@strawberry.input(one_of=True, description="Identifier of a ticket.")
class TicketBy:
    id: strawberry.ID | None = strawberry.field(default=UNSET, description="Global ID.")
    number: int | None = strawberry.field(default=UNSET, description="Ticket number.")

    def key(self) -> int:
        """Return the row number; 0, which no ticket has, for an impossible one."""
        if is_set(self.number):
            return max(self.number, 0)
        if is_set(self.id):
            return global_ids.decode(global_ids.Kind.TICKET, self.id, ("by", "id"))
        raise BadInput(argument=("by",))


def ticket_list(name: TicketList | None, description: str) -> Any:
    """Return the root field of a list; None: tickets of every status."""

    async def resolve(
        info: Info,
        filter: Filter = UNSET,
        order_by: Orders = UNSET,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
    ) -> TicketConnection:
        page = page_args(first, after, last, before)
        conditions = filter.to_service() if is_set(filter) else ticket_filter.NO_FILTER
        listing = Listing(name, conditions, order_of(order_by))
        selection, viewer, total = selection_of(info), info.context.viewer, None
        columns = selection.cached(TicketConnection.node_columns)
        async with info.context.reading() as session:
            tickets = await queries.page(session, viewer, listing, page, columns)
            if "totalCount" in selection:
                total = await queries.total_count(session, viewer, listing)
        return TicketConnection.of(tickets, counted(total))

    return authorized_field(description, area=ApiArea.TICKETS)(resolve)


@strawberry.type
class TicketQueries:
    open_tickets = ticket_list(TicketList.OPEN, "Open tickets, most urgent first, then oldest: « tickets en cours ».")
    evolution_requests = ticket_list(
        TicketList.EVOLUTION_REQUESTS,
        "Evolution requests pending a decision, oldest first: « demandes d'évolution ».",
    )
    closed_tickets = ticket_list(TicketList.CLOSED, "Closed tickets, last closed first: « tickets clôturés ».")
    tickets = ticket_list(None, "Tickets of every status, last updated first.")

    @authorized_field("One ticket. Null if missing or hidden; both look identical.", area=ApiArea.TICKETS)
    async def ticket(
        self, info: Info, by: Annotated[TicketBy, strawberry.argument(description="Identifier of the ticket.")]
    ) -> Ticket | None:
        selection = selection_of(info)
        columns, history = selection.cached(ticket_columns), prefetched_history(info, selection)
        row = await info.context.loaders.ticket(by.key(), columns, history, immediately=is_only_root_field(info))
        return None if row is None else Ticket.from_row(row)
