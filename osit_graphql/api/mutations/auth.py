"""Signing in and out, and one's own password."""

from datetime import datetime
from typing import Annotated

import strawberry

from osit_graphql.api.authorization import authorized_mutation
from osit_graphql.api.context import Info
from osit_graphql.api.payloads import ERRORS, UserErrorType, user_errors
from osit_graphql.api.types.viewer import Viewer
from osit_graphql.domain.enums import ApiArea
from osit_graphql.domain.errors import Refused, Unauthenticated
from osit_graphql.services.auth import sessions


@strawberry.input(description="Credentials of a local account.")
class SignInInput:
    """The contract's."""

    email: str = strawberry.field(description="E-mail address.")
    password: str = strawberry.field(description="Password.")


@strawberry.input(description="Change of one's own password.")
class ViewerPasswordChangeInput:
    """The contract's."""

    current_password: str = strawberry.field(description="Current password.")
    new_password: str = strawberry.field(description="New password, 8 to 200 characters.")


@strawberry.type(description="Result of `signIn`.")
class SignInPayload:
    """The contract's."""

    token: str | None = strawberry.field(description="Bearer token for `Authorization: Bearer …`. Shown once.")
    expires_at: datetime | None = strawberry.field(description="Time of expiry.")
    viewer: Viewer | None = strawberry.field(description="Viewer.")
    user_errors: list[UserErrorType] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of `signOut`.")
class SignOutPayload:
    """The contract's."""

    user_errors: list[UserErrorType] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of `viewerPasswordChange`.")
class ViewerPasswordChangePayload:
    """The contract's."""

    viewer: Viewer | None = strawberry.field(description="Viewer.")
    user_errors: list[UserErrorType] = strawberry.field(description=ERRORS)


@strawberry.type
class AccountMutations:
    """Mixed into `Mutation`."""

    @authorized_mutation("Sign in with an e-mail address and a password.", anonymous=True)
    async def sign_in(
        self, info: Info, input: Annotated[SignInInput, strawberry.argument(description="Credentials.")]
    ) -> SignInPayload:
        """See `services.accounts.sign_in`."""
        context = info.context
        try:
            opened = await sessions.sign_in(
                context.database,
                input.email,
                input.password,
                hours=context.settings.session_hours,
                address=context.caller.address,
            )
        except Refused as refused:
            return SignInPayload(token=None, expires_at=None, viewer=None, user_errors=user_errors(context, refused))
        context.act_as(opened.viewer)
        return SignInPayload(token=opened.token, expires_at=opened.expires_at, viewer=Viewer(), user_errors=[])

    @authorized_mutation("Sign out: end the session of this request's bearer token.", area=ApiArea.SIGN_INS)
    async def sign_out(self, info: Info) -> SignOutPayload:
        """See `services.accounts.sign_out`."""
        async with info.context.database.transaction(info.context.viewer) as session:
            await sessions.sign_out(session, _token(info))
        return SignOutPayload(user_errors=[])

    @authorized_mutation(
        "Change one's own password. This ends one's other sessions and one's API tokens.", area=ApiArea.SIGN_INS
    )
    async def viewer_password_change(
        self,
        info: Info,
        input: Annotated[ViewerPasswordChangeInput, strawberry.argument(description="Current and new password.")],
    ) -> ViewerPasswordChangePayload:
        """See `services.accounts.change_password`."""
        context = info.context
        try:
            await sessions.change_password(
                context.database,
                context.viewer,
                _token(info),
                current=input.current_password,
                new=input.new_password,
                address=context.caller.address,
            )
        except Refused as refused:
            return ViewerPasswordChangePayload(viewer=None, user_errors=user_errors(context, refused))
        return ViewerPasswordChangePayload(viewer=Viewer(), user_errors=[])


def _token(info: Info) -> str:
    if info.context.caller.token is None:
        raise Unauthenticated
    return info.context.caller.token
