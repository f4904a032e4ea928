"""Mutations of sessions, passwords and API tokens."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import UNSET

from osit_graphql.api import global_ids
from osit_graphql.api.authorization import authorized_mutation
from osit_graphql.api.context import Info
from osit_graphql.api.payloads import Payload, user_errors
from osit_graphql.api.strawberry_adapter import value_or_none
from osit_graphql.api.types.api_tokens import ApiToken
from osit_graphql.api.types.viewer import Viewer
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import ApiArea, Permission, Scope
from osit_graphql.domain.errors import Refused, Unauthenticated
from osit_graphql.services.auth import api_tokens, sessions


@strawberry.input(description="Credentials of a local account.")
class SignInInput:
    email: str = strawberry.field(description="E-mail address.")
    password: str = strawberry.field(description="Password.")


@strawberry.input(description="Change of the viewer's password.")
class ViewerPasswordChangeInput:
    current_password: str = strawberry.field(description="Current password.")
    new_password: str = strawberry.field(description="New password, 8 to 200 characters.")


@strawberry.input(description="New API token.")
class ApiTokenCreateInput:
    name: str = strawberry.field(description="Purpose, 1 to 200 characters.")
    scopes: list[Scope] = strawberry.field(description="Scopes, at least one.")
    expires_at: datetime | None = strawberry.field(
        default=UNSET, description="Time of expiry, within a year. Default: 90 days from now."
    )
    user_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="Owner, if it is not the viewer. Role: ADMIN."
    )


@strawberry.type(description="Result of `signIn`.")
class SignInPayload(Payload):
    token: str | None = strawberry.field(
        default=None, description="Bearer token for `Authorization: Bearer …`. Shown once."
    )
    expires_at: datetime | None = strawberry.field(default=None, description="Time of expiry.")
    viewer: Viewer | None = strawberry.field(default=None, description="Viewer.")


@strawberry.type(description="Result of `signOut`.")
class SignOutPayload(Payload):
    """Result of signing out."""


@strawberry.type(description="Result of `viewerPasswordChange`.")
class ViewerPasswordChangePayload(Payload):
    viewer: Viewer | None = strawberry.field(default=None, description="Viewer.")


@strawberry.type(description="Result of `apiTokenCreate`.")
class ApiTokenCreatePayload(Payload):
    api_token: ApiToken | None = strawberry.field(default=None, description="New token. Null if refused.")
    token: str | None = strawberry.field(default=None, description="Secret for `Authorization: Bearer …`. Shown once.")


@strawberry.type(description="Result of `apiTokenRevoke`.")
class ApiTokenRevokePayload(Payload):
    api_token: ApiToken | None = strawberry.field(default=None, description="Revoked token. Null if refused.")


@strawberry.type
class SessionMutations:
    @authorized_mutation("Sign in with an e-mail address and a password.", anonymous=True)
    async def sign_in(
        self, info: Info, input: Annotated[SignInInput, strawberry.argument(description="Credentials.")]
    ) -> SignInPayload:
        context = info.context
        try:
            signed_in = await sessions.sign_in(
                context.database,
                input.email,
                input.password,
                hours=context.settings.session_hours,
                address=context.caller.address,
            )
        except Refused as refused:
            return SignInPayload(user_errors=user_errors(context, refused))
        context.act_as(signed_in.viewer)
        return SignInPayload(token=signed_in.token, expires_at=signed_in.expires_at, viewer=Viewer(), user_errors=[])

    @authorized_mutation("Sign out: end the session of this request's bearer token.", area=ApiArea.SIGN_INS)
    async def sign_out(self, info: Info) -> SignOutPayload:
        async with info.context.database.transaction(info.context.viewer) as session:
            await sessions.sign_out(session, _bearer_token(info))
        return SignOutPayload(user_errors=[])

    @authorized_mutation(
        "Change the viewer's password. This ends the viewer's other sessions and API tokens.", area=ApiArea.SIGN_INS
    )
    async def viewer_password_change(
        self,
        info: Info,
        input: Annotated[ViewerPasswordChangeInput, strawberry.argument(description="Current and new password.")],
    ) -> ViewerPasswordChangePayload:
        context = info.context
        try:
            await sessions.change_password(
                context.database,
                context.viewer,
                _bearer_token(info),
                current=input.current_password,
                new=input.new_password,
                address=context.caller.address,
            )
        except Refused as refused:
            return ViewerPasswordChangePayload(user_errors=user_errors(context, refused))
        return ViewerPasswordChangePayload(viewer=Viewer(), user_errors=[])


@strawberry.type
class ApiTokenMutations:
    @authorized_mutation(
        "Create an API token for a program. Its scopes and its owner's current roles limit it. A new password ends it.",
        area=ApiArea.SIGN_INS,
    )
    async def api_token_create(
        self, info: Info, input: Annotated[ApiTokenCreateInput, strawberry.argument(description="Purpose.")]
    ) -> ApiTokenCreatePayload:
        context = info.context
        owner_id = value_or_none(input.user_id)
        key = context.viewer.user_id if owner_id is None else _decode_owner(info, owner_id)
        new = api_tokens.NewToken(key, input.name, input.scopes, value_or_none(input.expires_at))
        try:
            async with context.database.transaction(context.viewer) as session:
                secret, row = await api_tokens.create(session, context.viewer, new)
        except Refused as refused:
            return ApiTokenCreatePayload(user_errors=user_errors(context, refused))
        return ApiTokenCreatePayload(api_token=ApiToken.from_row(row), token=secret, user_errors=[])

    @authorized_mutation(
        "Revoke an API token of the viewer, or any token with the role ADMIN. Its next request is refused.",
        area=ApiArea.DIRECTORY,
    )
    async def api_token_revoke(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="API token.")]
    ) -> ApiTokenRevokePayload:
        context, key = info.context, global_ids.decode(global_ids.Kind.API_TOKEN, id, ("id",))
        try:
            async with context.database.transaction(context.viewer) as session:
                row = await api_tokens.revoke(session, context.viewer, key)
        except Refused as refused:
            return ApiTokenRevokePayload(user_errors=user_errors(context, refused))
        return ApiTokenRevokePayload(api_token=ApiToken.from_row(row), user_errors=[])


def _bearer_token(info: Info) -> str:
    if info.context.caller.token is None:
        raise Unauthenticated
    return info.context.caller.token


def _decode_owner(info: Info, owner_id: str) -> int:
    """Decode the owner's ID; viewers who may not create tokens for others are refused before it is decoded."""
    viewer = info.context.viewer
    if owner_id != global_ids.encode(global_ids.Kind.USER, viewer.user_id):
        permissions.authorize(viewer.roles, Permission.MANAGE_DIRECTORY)
    return global_ids.decode(global_ids.Kind.USER, owner_id, ("input", "userId"))
