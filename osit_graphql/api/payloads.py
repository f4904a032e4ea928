"""Payloads: the results of mutations, with the current object, or the user errors of a refusal."""

import strawberry

from osit_graphql.api.context import Context
from osit_graphql.api.types.activities import Activity
from osit_graphql.api.types.tickets import Ticket
from osit_graphql.domain.errors import Refused
from osit_graphql.domain.user_errors import UserErrorCode

ERRORS = "User errors. If there are any, nothing changed."


@strawberry.type(name="UserError", description="User error.")
class UserErrorType:
    code: UserErrorCode = strawberry.field(description="Code, for clients to switch on.")
    message: str = strawberry.field(description="Message in the caller's language.")
    field: list[str] | None = strawberry.field(description='Path of the argument: `["input", "comment"]`.')


@strawberry.type
class Payload:
    user_errors: list[UserErrorType] = strawberry.field(description=ERRORS)


def user_errors(context: Context, refused: Refused) -> list[UserErrorType]:
    """Return the user errors of a refusal, in the caller's language; note their codes for the log."""
    context.user_error_codes.update(str(error.code) for error in refused.user_errors)
    return [
        UserErrorType(code=error.code, message=context.translate_error(error), field=list(error.field))
        for error in refused.user_errors
    ]


@strawberry.type(description="Result of a mutation on a ticket.")
class TicketPayload(Payload):
    ticket: Ticket | None = strawberry.field(
        description="Current state. Null if no longer visible to the viewer, or if refused for another reason than "
        "STALE_VERSION."
    )
    activity: Activity | None = strawberry.field(description="Main activity of the mutation.")
    activities: list[Activity] = strawberry.field(description="All activities that the mutation wrote.")
