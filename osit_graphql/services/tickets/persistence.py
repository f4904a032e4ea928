"""Updates the ticket, inserts its activity and returns the response columns in one statement.

The activity is inserted from the rows that the UPDATE returns, so neither is written without the other. If it is the
command's last write, the statement also returns the columns of the response.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, Integer, Row, Select, cast, insert, literal_column, select, true, update

from osit_graphql.db import statements, visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Activity, Ticket
from osit_graphql.db.statements import Statement, Values, column_params, param, param_values
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.idempotency import store_activity
from osit_graphql.services.queries import activities
from osit_graphql.services.queries.ticket_select import select_tickets_from
from osit_graphql.services.queries.ticket_with_history import TicketRow, prefixed_columns, ticket_row

ACTIVITY = "activity_"  # prefix of the parameters of an activity's columns
KEY_COLUMNS: tuple[Any, ...] = (Ticket.id, Ticket.version)
TICKET_COLUMNS: tuple[Any, ...] = tuple(Ticket.__table__.c)
# A trigger indexes these columns together with the history: the activity is inserted in a later statement.
INDEXED_COLUMNS = frozenset({"title", "description"})


@dataclass(frozen=True, slots=True)
class ResponseColumns:
    """The columns of a command's response; `ticket` is None when the response has no ticket."""

    ticket: frozenset[str] | None
    activities: frozenset[str]


@dataclass(frozen=True, slots=True)
class CommandContext:
    """The transaction and the viewer of a command, and the options of its caller.

    `response`: the columns of the response, when the statement that writes may return them.
    `idempotency_key`: the key of this transaction; the ids of the written rows are stored under it.
    """

    session: Session
    viewer: Viewer
    response: ResponseColumns | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class WrittenActivity:
    """An activity that was inserted; `has_response`: together with every column of the response."""

    row: Row[Any]
    has_response: bool = False
    ticket: TicketRow | None = None
    """The ticket as the viewer sees it now, when the response has it."""


Source = Callable[[Sequence[Any]], tuple[CTE | None, Select[Any]]]
"""Returns the CTE that writes the ticket and returns these columns, and a SELECT of the ticket's id and version."""


def insert_ticket(context: CommandContext, ticket: Values, activity_values: Values) -> Awaitable[WrittenActivity]:
    """Insert a ticket and the activity that opens it.

    PostgreSQL assigns the ticket's id, so the same statement sets the acting ticket.
    """

    def source(columns: Sequence[Any]) -> tuple[CTE, Select[Any]]:
        acting = visibility.set_acting_ticket(Ticket.id)
        opened = insert(Ticket).values(column_params(ticket)).returning(*columns, acting).cte("opened")
        return opened, select(cast(opened.c.acting, Integer), opened.c.version)

    return _write(
        context,
        ("insert ticket", *ticket),
        source=source,
        values=param_values(ticket),
        activity_values=activity_values,
        last=True,
    )


async def update_ticket(
    context: CommandContext, ticket: Row[Any], *, change: Values, activity_values: Values, last: bool = False
) -> WrittenActivity:
    """Update the ticket if it still has the version that was read, raise the version by one, and insert the activity.

    `last`: this is the command's last write.
    """
    values = {"id": ticket.id, "read_version": ticket.version, **param_values(change)}

    def updating(columns: Sequence[Any]) -> Statement:
        same = Ticket.id == param("id"), Ticket.version == param("read_version")
        new = {"version": Ticket.version + literal_column("1"), **column_params(change)}
        return update(Ticket).where(*same).values(new).returning(*columns)

    def source(columns: Sequence[Any]) -> tuple[CTE, Select[Any]]:
        changed = updating(columns).cte("changed")
        return changed, select(changed.c.id, changed.c.version)

    if INDEXED_COLUMNS.isdisjoint(change):
        key = ("update ticket", *change)
        return await _write(context, key, source=source, values=values, activity_values=activity_values, last=last)
    await statements.fetch(context.session, ("update ticket alone", *change), lambda: updating(KEY_COLUMNS), values)
    return await add_activity(context, ticket, activity_values)


def add_activity(context: CommandContext, ticket: Row[Any], activity_values: Values) -> Awaitable[WrittenActivity]:
    """Insert another activity about a change that is already written."""

    def source(_columns: Sequence[Any]) -> tuple[None, Select[Any]]:
        return None, select(param("id", Integer), param("version", Integer))

    return _write(
        context,
        ("add activity",),
        source=source,
        values={"id": ticket.id, "version": ticket.version + 1},
        activity_values=activity_values,
        last=False,
    )


async def _write(
    context: CommandContext,
    cache_key: tuple[str, ...],
    *,
    source: Source,
    values: Values,
    activity_values: Values,
    last: bool,
) -> WrittenActivity:
    """Insert an activity of the ticket and version that `source` selects; store its id under an idempotency key."""
    key, response = context.idempotency_key, context.response if last else None
    ticket_columns, columns = (
        (None, activities.ALL_COLUMNS) if response is None else (response.ticket, response.activities)
    )

    def build(viewer: Viewer) -> Select[Any]:
        table = Activity.__table__.c
        ticket, selected = source(KEY_COLUMNS if ticket_columns is None else TICKET_COLUMNS)
        selected = selected.add_columns(*(param(f"{ACTIVITY}{name}", table[name].type) for name in activity_values))
        into = ["ticket_id", "version", *activity_values]
        row = insert(Activity).from_select(into, selected).returning(*table).cte("written")
        returned = activities.select_written(viewer, row, columns)
        if ticket is not None and ticket_columns is not None:
            returned = _with_ticket(returned, select_tickets_from(viewer, ticket_columns, ticket))
        return returned if key is None else returned.add_cte(store_activity(viewer, row))

    [row] = await statements.fetch_as(
        context.session,
        context.viewer,
        (*cache_key, ACTIVITY, *activity_values, key is None, response),
        build,
        {**values, **param_values(activity_values, ACTIVITY), "stored_key": key},
    )
    return WrittenActivity(row, response is not None, None if ticket_columns is None else ticket_row(row))


def _with_ticket(activity: Select[Any], ticket: Select[Any]) -> Select[Any]:
    """Return the SELECT of the activity, preceded by the ticket's columns: all null if it is no longer visible."""
    inner, seen = activity.subquery("activity_row"), ticket.subquery("ticket_row")
    return select(*prefixed_columns(seen), *inner.c).select_from(inner.outerjoin(seen, true()))
