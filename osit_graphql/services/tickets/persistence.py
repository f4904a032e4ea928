"""What an action writes, in one statement: the ticket as it is from now on, the row of its history, and its receipt.

The row is made from what the change of the ticket returns, so that there is neither without the other. Where that is
all that the action has to do, what is answered of it is in the same statement too, and COMMIT goes with it.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, Integer, Row, Select, cast, insert, literal_column, select, true, update

from osit_graphql.db import statements, visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Activity, Ticket
from osit_graphql.db.statements import Built, Values, boxes, filled, given
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.idempotency import noting
from osit_graphql.services.queries import activities
from osit_graphql.services.queries.ticket_select import as_written
from osit_graphql.services.queries.ticket_with_history import TicketRow, in_front, its

TOLD = "told_"
AS_WRITTEN: tuple[Any, ...] = (Ticket.id, Ticket.version)
WHOLE: tuple[Any, ...] = tuple(Ticket.__table__.c)
# Whose trigger indexes the ticket anew, its history too: a row whose own trigger adds its words comes after.
REWRITTEN = frozenset({"title", "description"})


@dataclass(frozen=True, slots=True)
class Asked:
    """Which columns an action's answer has: of the ticket, None when it isn't asked for, and of the history's rows."""

    ticket: frozenset[str] | None
    rows: frozenset[str]


@dataclass(frozen=True, slots=True)
class Written:
    """A row of history that was written; `whole`: with all that is answered of the action, which is kept already."""

    row: Row[Any]
    whole: bool = False
    ticket: TicketRow | None = None
    """As the viewer sees it from now on, when it was asked for."""


# Gives what a ticket's row is from now on, those columns of it, and selects its number and version.
Made = Callable[[Sequence[Any]], tuple[CTE | None, Select[Any]]]


def open_ticket(session: Session, viewer: Viewer, ticket: Values, told: Values) -> Awaitable[Written]:
    """Write a new ticket and the row that opens it, and nothing more.

    Its number is known to PostgreSQL alone until then, which tells itself that this is the ticket acted on.
    """

    def made(returned: Sequence[Any]) -> tuple[CTE, Select[Any]]:
        acting = visibility.acting_on(Ticket.id)
        opened = insert(Ticket).values(boxes(ticket)).returning(*returned, acting).cte("opened")
        return opened, select(cast(opened.c.acting, Integer), opened.c.version)

    return _write(session, viewer, ("ticket opened", *ticket), made, filled(ticket), told, last=True)


async def change_ticket(
    session: Session, viewer: Viewer, held: Row[Any], change: Values, told: Values, *, last: bool = False
) -> Written:
    """Write a ticket's new values on the version that was read, raised by one, and their row.

    `last`: the action has nothing more to write.
    """
    values = {"id": held.id, "held": held.version, **filled(change)}

    def raised(returned: Sequence[Any]) -> Built:
        same = Ticket.id == given("id"), Ticket.version == given("held")
        new = {"version": Ticket.version + literal_column("1"), **boxes(change)}
        return update(Ticket).where(*same).values(new).returning(*returned)

    def made(returned: Sequence[Any]) -> tuple[CTE, Select[Any]]:
        changed = raised(returned).cte("changed")
        return changed, select(changed.c.id, changed.c.version)

    if REWRITTEN.isdisjoint(change):
        return await _write(session, viewer, ("ticket changed", *change), made, values, told, last=last)
    await statements.asked(session, ("ticket rewritten", *change), lambda: raised(AS_WRITTEN), values)
    return await add_row(session, viewer, held, told)


def add_row(session: Session, viewer: Viewer, held: Row[Any], told: Values) -> Awaitable[Written]:
    """Write a row about a change that is written."""

    def made(_returned: Sequence[Any]) -> tuple[None, Select[Any]]:
        return None, select(given("id", Integer), given("version", Integer))

    values = {"id": held.id, "version": held.version + 1}
    return _write(session, viewer, ("history written",), made, values, told, last=False)


async def _write(
    session: Session, viewer: Viewer, shape: tuple[str, ...], made: Made, values: Values, told: Values, *, last: bool
) -> Written:
    """Write a row of history, of the ticket and version that `made` selects, and note it under the key, if any."""
    key = session.key
    asked: Asked | None = session.asked if last else None
    of_ticket, rows = (None, activities.ALL) if asked is None else (asked.ticket, asked.rows)

    def build(anybody: Viewer) -> Select[Any]:
        table = Activity.__table__.c
        ticket, named = made(AS_WRITTEN if of_ticket is None else WHOLE)
        named = named.add_columns(*(given(f"{TOLD}{name}", table[name].type) for name in told))
        row = insert(Activity).from_select(["ticket_id", "version", *told], named).returning(*table).cte("written")
        shown = activities.receipt(anybody, row, rows)
        if ticket is not None and of_ticket is not None:
            shown = _beside(shown, as_written(anybody, of_ticket, ticket))
        return shown if key is None else shown.add_cte(noting(anybody, row))

    session.closing = asked is not None
    whole = {**values, **filled(told, TOLD), "noted": key}
    [row] = await statements.seen(session, viewer, (*shape, TOLD, *told, key is None, asked), build, whole)
    return Written(row, asked is not None, its(row) if of_ticket is not None else None)


def _beside(receipt: Select[Any], ticket: Select[Any]) -> Select[Any]:
    """Return the receipt with what the viewer sees of the ticket in front, nothing where they see it no more."""
    told, seen = receipt.subquery("told"), ticket.subquery("seen")
    return select(*in_front(seen), *told.c).select_from(told.outerjoin(seen, true()))
