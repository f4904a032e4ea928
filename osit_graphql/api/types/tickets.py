"""Tickets, as the viewer sees them."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import strawberry
from strawberry import UNSET

from osit_graphql.api import global_ids
from osit_graphql.api.arguments import After, Before, First, Last, said, window
from osit_graphql.api.context import Info
from osit_graphql.api.dataloaders import HistoryPage
from osit_graphql.api.enums import TicketAction
from osit_graphql.api.lookahead import Selection, selection_of
from osit_graphql.api.row_fields import ColumnField, JoinedField
from osit_graphql.api.row_types import (
    ConnectionBase,
    FieldSources,
    RequiredColumns,
    RowBacked,
    columns_of,
    connection_of,
    row_backed,
)
from osit_graphql.api.types.activity import wanted_of as of_history
from osit_graphql.api.types.directory import Application, Cause, Service, Site
from osit_graphql.api.types.money import Money, money
from osit_graphql.api.types.relay import CURSOR, EDGES, NODES, PAGE_INFO, TOTAL, Node, PageInfo
from osit_graphql.api.types.users import User
from osit_graphql.domain.enums import ActivityKind, Criticality, Priority, Severity, Status
from osit_graphql.services.queries import tickets as reads
from osit_graphql.services.queries.keyset_pagination import Page, PageArgs

if TYPE_CHECKING:
    from osit_graphql.api.types.activities import ActivityConnection

COSTS = "Null if the viewer may not see costs."
NO_WINDOW: dict[str, Any] = dict.fromkeys(("first", "after", "last", "before"), UNSET)
JOINED: dict[str, Any] = {
    "requester": User,
    "operator": User,
    "assignee": User,
    "suspected_cause": Cause,
    "application": Application,
    "service": Service,
    "site": Site,
}
Counter = Callable[[], Awaitable[int]]


def wanted_of(asked: Selection) -> frozenset[str]:
    """Return which columns a ticket's statement has to fetch."""
    return frozenset(columns_of(Ticket, asked))


def wanted_of_nodes(asked: Selection) -> frozenset[str]:
    """Return which columns the statement of a page has to fetch."""
    return wanted_of(asked.within("nodes").merged(asked.within("edges", "node")))


@row_backed(global_ids.Kind.TICKET)
@strawberry.type(description="Incident or evolution request: « ticket ».")
class Ticket(RowBacked, Node):
    """The contract's `Ticket`; what was not asked for is not there."""

    key: strawberry.Private[int]
    number: int = strawberry.field(description="Ticket number.")
    title: str = strawberry.field(description="Summary.")
    description: str = strawberry.field(description="Description, as the caller gave it.")
    status: Status = strawberry.field(description="Status: « statut ».")
    severity: Severity = strawberry.field(description="Severity: « gravité ».")
    criticality: Criticality = strawberry.field(description="Criticality: « criticité ».")
    priority: Priority = strawberry.field(description="Priority: « priorité ».")
    requester: User = strawberry.field(description="Requester, the employee who called: « utilisateur ».")
    operator: User | None = strawberry.field(description="Operator who opened it. Null if imported.")
    assignee: User | None = strawberry.field(description="Assigned technician.")
    suspected_cause: Cause | None = strawberry.field(description="Cause suspected by the operator: « cause probable ».")
    impact: str | None = strawberry.field(description="Impact on users: « impact sur les utilisateurs ».")
    application: Application = strawberry.field(description="Application concerned.")
    service: Service = strawberry.field(description="Assigned service.")
    site: Site = strawberry.field(description="Site concerned.")
    opened_at: datetime = strawberry.field(description="Time of opening.")
    updated_at: datetime = strawberry.field(description="Time of the last activity.")
    closed_at: datetime | None = strawberry.field(description="Time of closing. Null unless closed.")
    version: int = strawberry.field(description="Version, incremented by every action. For `expectedVersion`.")
    reopen_count: int = strawberry.field(description="Number of reopenings.")
    reroute_count: int = strawberry.field(description="Number of re-routings.")
    minutes_spent: int | None = strawberry.field(description=f"Duration of its interventions in minutes. {COSTS}")
    field_sources: ClassVar[FieldSources] = {
        "number": ColumnField("id"),
        "minutes_spent": ColumnField("minutes_spent", always_selected=False),
        **{name: JoinedField(kind, f"{name}__") for name, kind in JOINED.items()},
    }
    required_columns: ClassVar[RequiredColumns] = {"cost": ("cost",), "allowed_actions": ("allowed_actions", "status")}

    @strawberry.field(description=f"Cost of its interventions. {COSTS}")
    def cost(self, info: Info) -> Money | None:
        """Worked out only when it is asked for."""
        return money(info, self.row.get("cost"))

    @strawberry.field(description="Actions that the viewer may take now.")
    def allowed_actions(self) -> list[TicketAction]:
        """Worked out only when it is asked for."""
        return [TicketAction(str(action)) for action in reads.allowed(self.row)]

    @strawberry.field(description="History, oldest first: « historique ».")
    async def activities(
        self,
        info: Info,
        kinds: Annotated[
            list[ActivityKind] | None, strawberry.argument(description="Filter by kind. Default: all.")
        ] = UNSET,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
    ) -> Annotated["ActivityConnection", strawberry.lazy("osit_graphql.api.types.activities")]:
        """One statement for every ticket in the list around."""
        from osit_graphql.api.types.activities import connect as connect_activities  # noqa: PLC0415 - they hold each other

        loaders, page = (
            info.context.loaders,
            history_page(selection_of(info), kinds, window(first, after, last, before)),
        )
        found = await loaders.activities(self.key, page)
        return connect_activities(found, lambda: loaders.activity_count(self.key, page[0]))


def history_page(asked: Selection, kinds: Any, page: PageArgs) -> HistoryPage:
    """Return which page of a history is asked for, and what of its rows."""
    only = tuple(sorted({ActivityKind(kind) for kind in kinds})) if said(kinds) else None
    return only, page, asked.cached(_of_history_nodes)


def _of_history_nodes(asked: Selection) -> frozenset[str]:
    return of_history(asked.within("nodes").merged(asked.within("edges", "node")))


def history_ahead(info: Info, asked: Selection) -> HistoryPage | None:
    """Return the page of a ticket's history that is asked for with it, when there is one, and one only."""
    return asked.prefetch(info, ("Ticket", "activities"), _page_ahead)


def _page_ahead(asked: Selection, said_: dict[str, Any]) -> HistoryPage:
    kinds = said_.pop("kinds", UNSET)
    return history_page(asked.cached(_activities), kinds, window(**{**NO_WINDOW, **said_}))


def _activities(asked: Selection) -> Selection:
    return asked.within("activities")


@strawberry.type(description="Ticket in a list.")
class TicketEdge:
    """Relay's."""

    cursor: str = strawberry.field(description=CURSOR)
    node: Ticket = strawberry.field(description="Ticket.")


@connection_of(TicketEdge, Ticket)
@strawberry.type(description="Page of tickets.")
class TicketConnection(ConnectionBase):
    """Relay's."""

    edges: list[TicketEdge] = strawberry.field(description=EDGES)
    nodes: list[Ticket] = strawberry.field(description=NODES)
    page_info: PageInfo = strawberry.field(description=PAGE_INFO)
    counter: strawberry.Private[Counter]

    @strawberry.field(description=TOTAL)
    async def total_count(self) -> int:
        """Only when it is asked for."""
        return await self.counter()


def connect(found: Page, counter: Counter) -> TicketConnection:
    """Make a page of tickets."""
    return TicketConnection.of(found, Ticket.from_row, counter=counter)
