"""The one statement of tickets: their own columns, and of what stands beside them what is wanted."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, cast

from sqlalchemy import CTE, Column, ColumnElement, Select, Table, func, literal, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.visitors import replacement_traverse

from osit_graphql.db import visibility
from osit_graphql.db.models import Application, Cause, Intervention, Person, Service, Site, Ticket
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.queries import people

TABLE = Ticket.__table__
PLAIN = (
    "id", "title", "description", "status", "severity", "criticality", "priority", "impact", "opened_at", "updated_at",
    "closed_at", "version", "reopen_count", "reroute_count", "requester_id", "operator_id", "assignee_id",
    "suspected_cause_id", "application_id", "service_id", "site_id",
)  # fmt: skip
PEOPLE = {"requester": Ticket.requester_id, "operator": Ticket.operator_id, "assignee": Ticket.assignee_id}
THINGS: dict[str, tuple[Any, Any, tuple[str, ...]]] = {
    "application": (Application, Ticket.application_id, ("id", "name", "active", "default_service_id")),
    "service": (Service, Ticket.service_id, ("id", "name", "active", "phone", "email")),
    "site": (Site, Ticket.site_id, ("id", "name", "active", "city")),
    "suspected_cause": (Cause, Ticket.suspected_cause_id, ("id", "name", "active")),
}
Cut = Callable[[Select[Any]], Select[Any]]
Order = Callable[[Sequence[Any]], list[ColumnElement[Any]]]
MADE = ("minutes_spent", "cost", "allowed_actions")


def select_tickets(viewer: Viewer, wanted: Collection[str], *more: Any, ranked: bool = False) -> Select[Any]:
    """Start the one statement of tickets: of `ALL` the columns that are wanted, what stands beside them joined in.

    `ranked`: relevance is among the columns, and what it measures is joined in too.
    """
    columns, joins = _beside(viewer, wanted)
    statement = visibility.tickets(viewer, *_own(wanted), *columns, *_made(viewer, wanted), *more)
    if ranked:
        statement = visibility.with_documents(viewer, statement)
    for table, key in joins:
        statement = statement.outerjoin(table, table.id == key)
    return statement


def select_page_then_join(
    viewer: Viewer, wanted: Collection[str], keys: Sequence[Any], cut: Cut, order: Order
) -> Select[Any]:
    """Return a page of the same: cut out of the tickets before anything is joined to them, in the order of their index.

    Joined in first, all of them would be fetched and sorted wherever PostgreSQL takes them for few: it doesn't know
    whose they are when it plans once for everybody.
    """
    columns, joins = _beside(viewer, wanted)
    own = {column.key: column for column in (*_own(wanted), *(key for _, key in joins))}
    page = cut(visibility.tickets(viewer, *own.values(), *_made(viewer, wanted), *keys)).subquery("page")
    told = [column for column in page.c if column.key not in own or column.key in {"id", *wanted}]
    statement = select(*told, *columns).select_from(page)
    for table, key in joins:
        statement = statement.outerjoin(table, table.id == page.c[key.key])
    return statement.order_by(*order([page.c[key.name] for key in keys]))


def select_tickets_from(viewer: Viewer, wanted: Collection[str], written: CTE) -> Select[Any]:
    """Start the same of the ticket that the statement around writes: `written` is its row, every column returned.

    It is what the viewer sees of it from now on: nothing, once it has left their sight.
    """

    def replaced(element: Any, **_kw: Any) -> Any:
        if isinstance(element, Table) and element == TABLE:
            return written
        mine = isinstance(element, Column) and element.table == TABLE
        return written.c[element.key] if mine else None

    return cast("Select[Any]", replacement_traverse(select_tickets(viewer, wanted), {}, replaced))


def _own(wanted: Collection[str]) -> list[Any]:
    return [getattr(Ticket, name) for name in PLAIN if name == "id" or name in wanted]


def _beside(viewer: Viewer, wanted: Collection[str]) -> tuple[list[Any], list[tuple[Any, Any]]]:
    """Return what is wanted of what stands beside a ticket, and the tables of it, each with the ticket's key to it."""
    columns: list[Any] = []
    joins: list[tuple[Any, Any]] = []
    for role, key in PEOPLE.items():
        person = aliased(Person, name=role)
        if found := _among(people.columns(viewer, person, f"{role}__"), wanted):
            columns += found
            joins.append((person, key))
    for name, (table, key, names) in THINGS.items():
        thing = aliased(table, name=name)
        if found := _among([getattr(thing, column).label(f"{name}__{column}") for column in names], wanted):
            columns += found
            joins.append((thing, key))
    return columns, joins


def _among(columns: Sequence[Any], wanted: Collection[str]) -> list[Any]:
    return [column for column in columns if column.name in wanted]


def _made(viewer: Viewer, wanted: Collection[str]) -> list[ColumnElement[Any]]:
    """What is worked out for each ticket: what it cost, and what the viewer may do with it."""
    made: list[ColumnElement[Any]] = []
    shown = visibility.reads_costs(viewer)
    if "minutes_spent" in wanted:
        made.append(_sum(func.sum(Intervention.minutes), shown).label("minutes_spent"))
    if "cost" in wanted:
        line = func.coalesce(Intervention.labour, 0) + Intervention.expenses
        made.append(_sum(func.sum(line), shown).label("cost"))
    if "allowed_actions" in wanted:
        mine = visibility.lines(Ticket.id, literal(1)).where(Intervention.technician_id == viewer.user_id)
        made.append(visibility.seen_through(viewer).label("seen_through"))
        made.append(visibility.lines(Ticket.id, literal(1)).exists().label("has_lines"))
        made.append(mine.exists().label("has_own_lines"))
    return made


def _sum(figure: ColumnElement[Any], shown: ColumnElement[bool]) -> ColumnElement[Any]:
    total = visibility.lines(Ticket.id, func.coalesce(figure, 0)).scalar_subquery()
    return visibility.when(shown, total)


def _names() -> Iterator[str]:
    yield from (*PLAIN, *MADE)
    for role in PEOPLE:
        yield from (f"{role}__{name}" for name in people.COLUMNS)
    for name, (_, _, columns) in THINGS.items():
        yield from (f"{name}__{column}" for column in columns)


ALL = frozenset(_names())
"""Whatever can be wanted of a ticket; what stands beside it has the name of that, and two underscores."""
