"""The viewer: person, roles, permitted actions, counts and API tokens."""

import strawberry

from osit_graphql.api import global_ids
from osit_graphql.api.context import Info
from osit_graphql.api.enums import ViewerAction
from osit_graphql.api.types.api_tokens import ApiToken, list_tokens
from osit_graphql.api.types.users import User, load_named_user
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import ApiArea, Role, TicketList
from osit_graphql.domain.errors import Unauthenticated
from osit_graphql.services.queries import tickets
from osit_graphql.services.queries.ticket_ordering import Listing

COUNT_LIMIT = "exact up to 10,000; 10,001 means more."


@strawberry.type(description="The viewer.")
class Viewer:
    @strawberry.field(description="Opaque ID, not the user's. `node` returns null for it.")
    def id(self, info: Info) -> strawberry.ID:
        return strawberry.ID(global_ids.encode(global_ids.Kind.VIEWER, info.context.viewer.user_id))

    @strawberry.field(description="Person.")
    async def user(self, info: Info) -> User:
        user = await load_named_user(info, info.context.viewer.user_id)
        if user is None:
            raise Unauthenticated
        return user

    @strawberry.field(description="Roles.")
    def roles(self, info: Info) -> list[Role]:
        """Return the roles in the order of the enumeration."""
        return [role for role in Role if role in info.context.viewer.roles]

    @strawberry.field(description="Actions that concern no particular ticket.")
    def allowed_actions(self, info: Info) -> list[ViewerAction]:
        """Return the actions that the roles, and a token's scopes, permit."""
        permitted = {
            str(permission)
            for permission in permissions.viewer_permissions(info.context.viewer.roles, info.context.viewer.scopes)
        }
        return [action for action in ViewerAction if str(action) in permitted]

    @strawberry.field(description=f"Number of open tickets visible to the viewer: {COUNT_LIMIT}")
    async def open_ticket_count(self, info: Info) -> int:
        return await _count(info, TicketList.OPEN)

    @strawberry.field(description=f"Number of evolution requests visible to the viewer: {COUNT_LIMIT}")
    async def evolution_request_count(self, info: Info) -> int:
        return await _count(info, TicketList.EVOLUTION_REQUESTS)

    @strawberry.field(
        description="The viewer's API tokens, latest first, expired ones included. Token scopes: MANAGE_DIRECTORY."
    )
    async def api_tokens(self, info: Info) -> list[ApiToken]:
        permissions.require_scope(info.context.viewer.scopes, ApiArea.DIRECTORY)
        return await list_tokens(info, info.context.viewer.user_id)


async def _count(info: Info, name: TicketList) -> int:
    permissions.require_scope(info.context.viewer.scopes, ApiArea.TICKETS)
    async with info.context.reading() as session:
        return await tickets.total_count(session, info.context.viewer, Listing(name))
