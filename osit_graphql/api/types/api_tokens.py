"""API tokens, without their secrets, for viewers who may revoke them."""

from datetime import datetime
from typing import Any, Self

import strawberry

from osit_graphql.api import global_ids
from osit_graphql.api.context import Info
from osit_graphql.api.types.relay import Node
from osit_graphql.domain.enums import Scope
from osit_graphql.services.auth import api_tokens


@strawberry.type(description="API token of a program. It acts for its owner, within its scopes.")
class ApiToken(Node):
    name: str = strawberry.field(description="Purpose.")
    scopes: list[Scope] = strawberry.field(description="Scopes. The owner's roles limit the token too.")
    created_at: datetime = strawberry.field(description="Time of creation.")
    expires_at: datetime | None = strawberry.field(description="Time of expiry. Never null.")
    last_used_at: datetime | None = strawberry.field(description="Time of last use, to the minute. Null if never used.")

    @classmethod
    def from_row(cls, row: Any) -> Self:
        """Create an API token from its row."""
        return cls(
            id=strawberry.ID(global_ids.encode(global_ids.Kind.API_TOKEN, row.id)),
            name=row.name,
            scopes=[Scope(scope) for scope in row.scopes],
            created_at=row.created_at,
            expires_at=row.expires_at,
            last_used_at=row.last_used_at,
        )


async def find_token(info: Info, key: int) -> Node | None:
    """Return an API token that the viewer may revoke; None for any other."""
    async with info.context.reading() as session:
        row = (await api_tokens.by_ids(session, info.context.viewer, [key])).get(key)
    return None if row is None else ApiToken.from_row(row)


async def list_tokens(info: Info, person_id: int) -> list[ApiToken]:
    """Return a person's API tokens, latest first."""
    return [ApiToken.from_row(row) for row in await info.context.loaders.api_tokens(person_id)]
