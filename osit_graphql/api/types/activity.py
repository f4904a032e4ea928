"""What every row of a ticket's history has."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, ClassVar, TypeVar

import strawberry

from osit_graphql.api.context import Info
from osit_graphql.api.lookahead import Selection, selection_of
from osit_graphql.api.row_fields import JoinedField
from osit_graphql.api.row_types import FieldSources, RequiredColumns, RowBacked, columns_of
from osit_graphql.api.types.relay import Node
from osit_graphql.api.types.users import User
from osit_graphql.domain.enums import ActivityKind

if TYPE_CHECKING:
    from osit_graphql.api.types.tickets import Ticket

T = TypeVar("T")


def wanted_of(asked: Selection) -> frozenset[str]:
    """Return which columns a history's statement has to fetch, whatever kinds its rows are of."""
    return frozenset(column for kind in Activity.__subclasses__() for column in columns_of(kind, asked))


@strawberry.interface(description="Activity: one row of a ticket's append-only history.")
class Activity(RowBacked, Node):
    """The contract's `Activity`; its row is one of `services.reads.history`'s."""

    kind: ActivityKind = strawberry.field(description="Kind of activity.")
    created_at: datetime = strawberry.field(description="Time of the activity.")
    comment: str | None = strawberry.field(description="Comment: « commentaire ».")
    author: User | None = strawberry.field(description="Author. Null if unknown (imported tickets).")
    field_sources: ClassVar[FieldSources] = {"author": JoinedField(User, "author__")}
    required_columns: ClassVar[RequiredColumns] = {"ticket": ("ticket_id",)}

    @strawberry.field(description="Ticket. Null if it is no longer visible to the viewer.")
    async def ticket(self, info: Info) -> Annotated["Ticket", strawberry.lazy("osit_graphql.api.types.tickets")] | None:
        """Through the law, once more."""
        from osit_graphql.api.types import tickets  # noqa: PLC0415 - tickets and histories hold each other

        row = await info.context.loaders.ticket(self.row["ticket_id"], tickets.wanted_of(selection_of(info)))
        return None if row is None else tickets.Ticket.from_row(row)

    async def _of(self, find: Callable[[Info, int], Awaitable[T | None]], info: Info, column: str) -> T:
        """Return what one of the row's columns refers to: nothing in the directory is ever deleted."""
        found = await find(info, self.row[column])
        if found is None:
            raise AssertionError(f"{column} refers to nothing")
        return found
