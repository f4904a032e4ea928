"""People; their details are null unless the viewer may read them."""

from typing import TYPE_CHECKING, Annotated, ClassVar

import strawberry
from strawberry import UNSET

from osit_graphql.api import global_ids
from osit_graphql.api.context import Info
from osit_graphql.api.lookahead import selection_of
from osit_graphql.api.row_types import REGISTERED, ConnectionBase, RequiredColumns, RowBacked, connection_of, row_backed
from osit_graphql.api.types.api_tokens import ApiToken, list_tokens
from osit_graphql.api.types.directory import Service, Site, load_entry
from osit_graphql.api.types.relay import After, Before, First, Last, Node, page_args
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import ApiArea, Role
from osit_graphql.services.auth import api_tokens

if TYPE_CHECKING:
    from osit_graphql.api.types.tickets import TicketConnection

HIDDEN = "Null if the viewer may not read people's details; the viewer's own are visible."


@row_backed(global_ids.Kind.USER)
@strawberry.type(description="Person in the company.")
class User(RowBacked, Node):
    key: strawberry.Private[int]
    name: str = strawberry.field(description="Name.")
    email: str | None = strawberry.field(description=f"E-mail address. {HIDDEN}")
    phone: str | None = strawberry.field(description=f"Phone number. {HIDDEN}")
    roles: list[Role] | None = strawberry.field(description=f"Roles. {HIDDEN}")
    active: bool | None = strawberry.field(description="Whether the person is active.")
    service_id: strawberry.Private[int | None]
    site_id: strawberry.Private[int | None]
    required_columns: ClassVar[RequiredColumns] = {"service": ("service_id",), "site": ("site_id",)}

    @strawberry.field(description="Service of a technician.")
    async def service(self, info: Info) -> Service | None:
        return None if self.service_id is None else await load_entry(info, Service, self.service_id)

    @strawberry.field(description=f"Site. {HIDDEN}")
    async def site(self, info: Info) -> Site | None:
        return None if self.site_id is None else await load_entry(info, Site, self.site_id)

    @strawberry.field(description="API tokens, latest first. Role: ADMIN, or the viewer's own; null for others.")
    async def api_tokens(self, info: Info) -> list[ApiToken] | None:
        return await list_tokens(info, self.key) if api_tokens.can_list(info.context.viewer, self.key) else None

    @strawberry.field(description="Tickets requested by this person and visible to the viewer, last updated first.")
    async def requested_tickets(
        self, info: Info, first: First = UNSET, after: After = UNSET, last: Last = UNSET, before: Before = UNSET
    ) -> Annotated["TicketConnection", strawberry.lazy("osit_graphql.api.types.tickets")]:
        """Load a page; one statement serves all users of a list."""
        permissions.require_scope(info.context.viewer.scopes, ApiArea.TICKETS)
        loaders, connection = info.context.loaders, REGISTERED["TicketConnection"]
        columns = selection_of(info).cached(connection.node_columns)
        page = await loaders.requested_tickets(self.key, page_args(first, after, last, before), columns)
        return connection.of(page, lambda: loaders.requested_ticket_count(self.key))  # type: ignore[no-any-return]


@connection_of(User, "Person", "Page of people.")
class UserConnection(ConnectionBase):
    """Page of people."""


async def load_named_user(info: Info, key: int | None) -> User | None:
    """Return the user with a row number; the caller read the number from a row that is visible to the viewer."""
    row = None if key is None else await info.context.loaders.person_on_visible_row(key)
    return None if row is None else User.from_row(row)
