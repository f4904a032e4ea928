"""Making API tokens, and ending them."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import UNSET

from osit_graphql.api import global_ids
from osit_graphql.api.arguments import given
from osit_graphql.api.authorization import authorized_mutation
from osit_graphql.api.context import Info
from osit_graphql.api.payloads import ERRORS, UserErrorType, user_errors
from osit_graphql.api.types.api_tokens import ApiToken
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import ApiArea, Permission, Scope
from osit_graphql.domain.errors import Refused
from osit_graphql.services.auth import api_tokens


@strawberry.input(description="New API token.")
class ApiTokenCreateInput:
    """The contract's."""

    name: str = strawberry.field(description="Purpose, 1 to 200 characters.")
    scopes: list[Scope] = strawberry.field(description="Scopes, at least one.")
    expires_at: datetime | None = strawberry.field(
        default=UNSET, description="Time of expiry, within a year. Default: 90 days from now."
    )
    user_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="Owner, if somebody else than the viewer. Role: ADMIN."
    )


@strawberry.type(description="Result of `apiTokenCreate`.")
class ApiTokenCreatePayload:
    """The contract's."""

    api_token: ApiToken | None = strawberry.field(description="New token. Null if refused.")
    token: str | None = strawberry.field(description="Secret for `Authorization: Bearer …`. Shown once.")
    user_errors: list[UserErrorType] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of `apiTokenRevoke`.")
class ApiTokenRevokePayload:
    """The contract's."""

    api_token: ApiToken | None = strawberry.field(description="Revoked token. Null if refused.")
    user_errors: list[UserErrorType] = strawberry.field(description=ERRORS)


@strawberry.type
class TokenMutations:
    """Mixed into `Mutation`."""

    @authorized_mutation(
        "Create an API token for a program. Its scopes and its owner's current roles limit it. A new password ends it.",
        area=ApiArea.SIGN_INS,
    )
    async def api_token_create(
        self, info: Info, input: Annotated[ApiTokenCreateInput, strawberry.argument(description="Purpose.")]
    ) -> ApiTokenCreatePayload:
        """See `services.tokens.create`; who may not is told so before any id is read."""
        context = info.context
        owner = given(input.user_id)
        key = context.viewer.user_id if owner is None else _owner(info, owner)
        new = api_tokens.NewToken(key, input.name, input.scopes, given(input.expires_at))
        try:
            async with context.database.transaction(context.viewer) as session:
                secret, row = await api_tokens.create(session, context.viewer, new)
        except Refused as refused:
            return ApiTokenCreatePayload(api_token=None, token=None, user_errors=user_errors(context, refused))
        return ApiTokenCreatePayload(api_token=ApiToken.from_row(row), token=secret, user_errors=[])

    @authorized_mutation(
        "Revoke one's own API token, or anybody's with the role ADMIN. The next request with it is refused.",
        area=ApiArea.DIRECTORY,
    )
    async def api_token_revoke(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="API token.")]
    ) -> ApiTokenRevokePayload:
        """See `services.tokens.revoke`."""
        context, key = info.context, global_ids.decode(global_ids.Kind.API_TOKEN, id, ("id",))
        try:
            async with context.database.transaction(context.viewer) as session:
                row = await api_tokens.revoke(session, context.viewer, key)
        except Refused as refused:
            return ApiTokenRevokePayload(api_token=None, user_errors=user_errors(context, refused))
        return ApiTokenRevokePayload(api_token=ApiToken.from_row(row), user_errors=[])


def _owner(info: Info, text: str) -> int:
    """Read whose it is to be; somebody else's is refused before the id is read, unless it is one's own."""
    viewer = info.context.viewer
    if text != global_ids.encode(global_ids.Kind.USER, viewer.user_id):
        permissions.authorize(viewer.roles, Permission.MANAGE_DIRECTORY)
    return global_ids.decode(global_ids.Kind.USER, text, ("input", "userId"))
