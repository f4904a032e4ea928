"""A ticket with a page of its history, what is looked at all day: both in one statement."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, CompoundSelect, FromClause, Select, null, select, union_all

from osit_graphql.db import statements
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Ticket
from osit_graphql.db.statements import param
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.queries import activities
from osit_graphql.services.queries.activities import Kinds
from osit_graphql.services.queries.keyset_pagination import Page, PageArgs
from osit_graphql.services.queries.ticket_select import select_tickets

OF_TICKET = "ticket__"
HistoryPage = tuple[Kinds, PageArgs, frozenset[str]]  # of a history: of which kinds, and which columns


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A row that came among others unlike it: its own columns."""

    _mapping: dict[str, Any]


async def read(
    session: Session, viewer: Viewer, ticket_id: int, wanted: Collection[str], page: HistoryPage
) -> tuple[TicketRow, Page] | None:
    """Return a ticket and a page of its history, None when it is absent or not visible."""
    names, (kinds, window, told) = frozenset(wanted), page
    paging = activities.paging(kinds)

    def build(anybody: Viewer) -> CompoundSelect[Any]:
        number = param("id", BigInteger)
        ticket = select_tickets(anybody, names).where(Ticket.id == number).subquery("ticket")
        rows = activities.page(anybody, number, kinds, window, told).subquery("told")
        front = prefixed_columns(ticket)
        first: Select[Any] = select(*front, *(null().label(column.name) for column in rows.c))
        then: Select[Any] = select(*[*(null().label(column.name) for column in front), *rows.c])
        keys = [rows.c[f"key_{place}"] for place in range(len(paging.keys))]
        return union_all(first, then).order_by(*(key.nulls_first() for key in paging.order(keys, window)))

    values = {**paging.values(window), "id": ticket_id, "kinds": activities.words(kinds)}
    shape = ("dossiers", names, kinds is None, window.shape, told)
    found = await statements.fetch_as(session, viewer, shape, build, values)
    if not found:
        return None
    ticket = ticket_row(found[0])
    return None if ticket is None else (ticket, paging.slice(found[1:], window))


def prefixed_columns(ticket: FromClause) -> list[ColumnElement[Any]]:
    """Return a ticket's columns by the names that they have where others come after them."""
    return [column.label(f"{OF_TICKET}{column.name}") for column in ticket.c]


def ticket_row(row: Any) -> TicketRow | None:
    """Return what is a ticket's in a row that has it in front, None when there is none."""
    columns = _columns(row._fields)
    if row[f"{OF_TICKET}id"] is None:
        return None
    return TicketRow(dict(zip(columns, row[: len(columns)], strict=True)))


@lru_cache(1000)
def _columns(fields: tuple[str, ...]) -> list[str]:
    """Return the ticket's, by the names that they have without its history."""
    return [name.removeprefix(OF_TICKET) for name in fields if name.startswith(OF_TICKET)]
