"""A ticket and a page of its history in one statement: the most frequent read."""

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

TICKET_PREFIX = "ticket__"
HistoryPage = tuple[Kinds, PageArgs, frozenset[str]]
"""A page of a history: the kinds, the page arguments, the column names."""


@dataclass(frozen=True, slots=True)
class TicketRow:
    """The ticket's columns of a row that has other columns too."""

    mapping: dict[str, Any]


async def get_ticket_with_history(
    session: Session, viewer: Viewer, ticket_id: int, column_names: Collection[str], history: HistoryPage
) -> tuple[TicketRow, Page] | None:
    """Return a ticket and a page of its history; None when the ticket is absent or not visible."""
    ticket_columns, (kinds, page_args, history_columns) = frozenset(column_names), history
    paging = activities.paging(kinds)

    def build(any_viewer: Viewer) -> CompoundSelect[Any]:
        id_param = param("id", BigInteger)
        ticket = select_tickets(any_viewer, ticket_columns).where(Ticket.id == id_param).subquery("ticket")
        rows = activities.select_page(any_viewer, id_param, kinds, page_args, history_columns).subquery("activity")
        prefixed = prefixed_columns(ticket)
        first: Select[Any] = select(*prefixed, *(null().label(column.name) for column in rows.c))
        others: Select[Any] = select(*[*(null().label(column.name) for column in prefixed), *rows.c])
        keys = [rows.c[f"key_{index}"] for index in range(len(paging.keys))]
        return union_all(first, others).order_by(*(key.nulls_first() for key in paging.order_by(keys, page_args)))

    values = {**paging.param_values(page_args), "id": ticket_id, "kinds": activities.kind_values(kinds)}
    key = ("ticket with history", ticket_columns, kinds is None, page_args.cache_key, history_columns)
    rows = await statements.fetch_as(session, viewer, key, build, values)
    if not rows:
        return None
    ticket = ticket_row(rows[0])
    return None if ticket is None else (ticket, paging.to_page(rows[1:], page_args))


def prefixed_columns(ticket: FromClause) -> list[ColumnElement[Any]]:
    """Return a ticket's columns, labelled with `TICKET_PREFIX`; other columns must come after them."""
    return [column.label(f"{TICKET_PREFIX}{column.name}") for column in ticket.c]


def ticket_row(row: Any) -> TicketRow | None:
    """Return the ticket of a row that starts with `prefixed_columns`; None when it has no ticket."""
    names = _ticket_columns(tuple(row.keys()))
    if row[f"{TICKET_PREFIX}id"] is None:
        return None
    return TicketRow(dict(zip(names, row[: len(names)], strict=True)))


@lru_cache(1000)
def _ticket_columns(fields: tuple[str, ...]) -> list[str]:
    """Return the names of the ticket's columns, without the prefix."""
    return [name.removeprefix(TICKET_PREFIX) for name in fields if name.startswith(TICKET_PREFIX)]
