"""What mutations answer: the thing as it is now, or everything that is wrong with what was asked for."""

from collections.abc import Sequence

import strawberry

from osit_graphql.api.context import Context
from osit_graphql.api.types.activity import Activity
from osit_graphql.api.types.tickets import Ticket
from osit_graphql.domain.errors import Refused
from osit_graphql.domain.user_errors import UserErrorCode

ERRORS = "User errors. If there are any, nothing changed."


@strawberry.type(name="UserError", description="User error.")
class UserErrorType:
    """The contract's `UserErrorType`."""

    code: UserErrorCode = strawberry.field(description="Code, for clients to switch on.")
    message: str = strawberry.field(description="Message in the caller's language.")
    field: list[str] | None = strawberry.field(description='Path of the argument: `["input", "comment"]`.')


def user_errors(context: Context, refused: Refused) -> list[UserErrorType]:
    """Say what is wrong."""
    return [
        UserErrorType(code=error.code, message=context.translate_error(error), field=list(error.field))
        for error in refused.user_errors
    ]


@strawberry.type(description="Result of a mutation on a ticket.")
class TicketPayload:
    """The contract's `TicketPayload`."""

    ticket: Ticket | None = strawberry.field(
        description="Current state. Null if no longer visible to the viewer, or if refused for another reason than "
        "STALE_VERSION."
    )
    activity: Activity | None = strawberry.field(description="Main activity of the mutation.")
    activities: list[Activity] = strawberry.field(description="All activities that the mutation wrote.")
    user_errors: list[UserErrorType] = strawberry.field(description=ERRORS)


def done(ticket: Ticket | None, activities: Sequence[Activity]) -> TicketPayload:
    """Answer what was done."""
    return TicketPayload(ticket=ticket, activity=activities[0], activities=list(activities), user_errors=[])


def refused_ticket(context: Context, refused: Refused, ticket: Ticket | None = None) -> TicketPayload:
    """Answer what was refused."""
    return TicketPayload(ticket=ticket, activity=None, activities=[], user_errors=user_errors(context, refused))
