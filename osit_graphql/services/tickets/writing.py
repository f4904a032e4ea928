"""What an action writes, in one statement: the ticket as it is from now on, the row of its history, and its receipt.

The row is made from what the change of the ticket returns, so that there is neither without the other.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Integer, Row, Select, cast, insert, literal_column, select, update

from osit_graphql import statements, visibility
from osit_graphql.database import Session
from osit_graphql.models import Activity, Ticket
from osit_graphql.services.idempotency import noting
from osit_graphql.services.reads import history
from osit_graphql.statements import Built, Values, boxes, filled, given
from osit_graphql.viewer import Viewer

TOLD = "told_"
AS_WRITTEN: tuple[Any, ...] = (Ticket.id, Ticket.version)
# Whose trigger indexes the ticket anew, its history too: a row whose own trigger adds its words comes after.
REWRITTEN = frozenset({"title", "description"})


async def open_ticket(session: Session, viewer: Viewer, ticket: Values, told: Values) -> Row[Any]:
    """Write a new ticket and the row that opens it; return the receipt.

    Its number is known to PostgreSQL alone until then, which tells itself that this is the ticket acted on.
    """

    def made() -> Select[Any]:
        opened = insert(Ticket).values(boxes(ticket)).returning(visibility.acting_on(Ticket.id), Ticket.version)
        row = opened.cte("opened").c
        return select(cast(row.acting, Integer), row.version)

    return await _write(session, viewer, ("ticket opened", *ticket), made, filled(ticket), told)


async def change_ticket(session: Session, viewer: Viewer, held: Row[Any], change: Values, told: Values) -> Row[Any]:
    """Write a ticket's new values on the version that was read, raised by one, and their row; return the receipt."""
    values = {"id": held.id, "held": held.version, **filled(change)}

    def raised() -> Built:
        same = Ticket.id == given("id"), Ticket.version == given("held")
        new = {"version": Ticket.version + literal_column("1"), **boxes(change)}
        return update(Ticket).where(*same).values(new).returning(*AS_WRITTEN)

    def made() -> Select[Any]:
        row = raised().cte("changed").c
        return select(row.id, row.version)

    if REWRITTEN.isdisjoint(change):
        return await _write(session, viewer, ("ticket changed", *change), made, values, told)
    await statements.asked(session, ("ticket rewritten", *change), raised, values)
    return await add_row(session, viewer, held, told)


async def add_row(session: Session, viewer: Viewer, held: Row[Any], told: Values) -> Row[Any]:
    """Write a row about a change that is written; return the receipt."""

    def made() -> Select[Any]:
        return select(given("id", Integer), given("version", Integer))

    values = {"id": held.id, "version": held.version + 1}
    return await _write(session, viewer, ("history written",), made, values, told)


async def _write(
    session: Session,
    viewer: Viewer,
    shape: tuple[str, ...],
    made: Callable[[], Select[Any]],
    values: Values,
    told: Values,
) -> Row[Any]:
    """Write a row of history, of the ticket and version that `made` selects, and note it under the key, if any."""
    key = session.key

    def build(anybody: Viewer) -> Select[Any]:
        table = Activity.__table__.c
        named = made().add_columns(*(given(f"{TOLD}{name}", table[name].type) for name in told))
        row = insert(Activity).from_select(["ticket_id", "version", *told], named).returning(*table).cte("written")
        shown = history.receipt(anybody, row)
        return shown if key is None else shown.add_cte(noting(anybody, row))

    whole = {**values, **{f"{TOLD}{name}": value for name, value in told.items()}, "noted": key}
    receipt: Row[Any]
    [receipt] = await statements.seen(session, viewer, (*shape, TOLD, *told, key is None), build, whole)
    return receipt
