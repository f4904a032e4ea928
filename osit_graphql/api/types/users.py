"""People, as much of them as the viewer may read."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, ClassVar

import strawberry
from strawberry import UNSET

from osit_graphql.api import global_ids
from osit_graphql.api.arguments import After, Before, First, Last, window
from osit_graphql.api.context import Info
from osit_graphql.api.lookahead import selection_of
from osit_graphql.api.row_types import ConnectionBase, RequiredColumns, RowBacked, connection_of, row_backed
from osit_graphql.api.types import directory
from osit_graphql.api.types.api_tokens import ApiToken, list_tokens
from osit_graphql.api.types.directory import Service, Site
from osit_graphql.api.types.relay import CURSOR, EDGES, NODES, PAGE_INFO, TOTAL, Node, PageInfo
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import ApiArea, Role
from osit_graphql.services.auth import api_tokens
from osit_graphql.services.queries.keyset_pagination import Page

if TYPE_CHECKING:
    from osit_graphql.api.types.tickets import TicketConnection

HIDDEN = "Null if the viewer may not read people's details; one's own are visible."
Counter = Callable[[], Awaitable[int]]


@row_backed(global_ids.Kind.USER)
@strawberry.type(description="Person in the company.")
class User(RowBacked, Node):
    """The contract's `User`."""

    key: strawberry.Private[int]
    name: str = strawberry.field(description="Name.")
    email: str | None = strawberry.field(description=f"E-mail address. {HIDDEN}")
    phone: str | None = strawberry.field(description=f"Phone number. {HIDDEN}")
    roles: list[Role] | None = strawberry.field(description=f"Roles. {HIDDEN}")
    active: bool | None = strawberry.field(description=f"Whether the person is active. {HIDDEN}")
    service_id: strawberry.Private[int | None]
    site_id: strawberry.Private[int | None]
    required_columns: ClassVar[RequiredColumns] = {"service": ("service_id",), "site": ("site_id",)}

    @strawberry.field(description="Service of a technician.")
    async def service(self, info: Info) -> Service | None:
        """Null for everybody else."""
        return None if self.service_id is None else await directory.service(info, self.service_id)

    @strawberry.field(description=f"Site. {HIDDEN}")
    async def site(self, info: Info) -> Site | None:
        """Hidden with the other details."""
        return None if self.site_id is None else await directory.site(info, self.site_id)

    @strawberry.field(description="API tokens, latest first. Role: ADMIN, or one's own; null for others.")
    async def api_tokens(self, info: Info) -> list[ApiToken] | None:
        """Never the secrets."""
        return await list_tokens(info, self.key) if api_tokens.lists(info.context.viewer, self.key) else None

    @strawberry.field(description="Tickets requested by this person and visible to the viewer, last updated first.")
    async def requested_tickets(
        self, info: Info, first: First = UNSET, after: After = UNSET, last: Last = UNSET, before: Before = UNSET
    ) -> Annotated["TicketConnection", strawberry.lazy("osit_graphql.api.types.tickets")]:
        """One statement for everybody in the list around."""
        permissions.require_scope(info.context.viewer.scopes, ApiArea.TICKETS)
        from osit_graphql.api.types.tickets import connect, wanted_of_nodes  # noqa: PLC0415 - people and tickets hold each other

        loaders, asked = info.context.loaders, selection_of(info)
        wanted = asked.cached(wanted_of_nodes)
        found = await loaders.requested_tickets(self.key, window(first, after, last, before), wanted)
        return connect(found, lambda: loaders.requested_ticket_count(self.key))


@strawberry.type(description="Person in a list.")
class UserEdge:
    """Relay's."""

    cursor: str = strawberry.field(description=CURSOR)
    node: User = strawberry.field(description="Person.")


@connection_of(UserEdge, User)
@strawberry.type(description="Page of people.")
class UserConnection(ConnectionBase):
    """Relay's."""

    edges: list[UserEdge] = strawberry.field(description=EDGES)
    nodes: list[User] = strawberry.field(description=NODES)
    page_info: PageInfo = strawberry.field(description=PAGE_INFO)
    total: strawberry.Private[int | None]

    @strawberry.field(description=TOTAL)
    def total_count(self) -> int:
        """Counted with the page, because it was asked for."""
        if self.total is None:
            raise AssertionError("the count was not read ahead")
        return self.total


def connect(found: Page, total: int | None) -> UserConnection:
    """Make a page of people."""
    return UserConnection.of(found, User.from_row, total=total)


async def somebody(info: Info, key: int | None) -> User | None:
    """Return somebody who stands on a row that the viewer sees already."""
    row = None if key is None else await info.context.loaders.person_on_visible_row(key)
    return None if row is None else User.from_row(row)
