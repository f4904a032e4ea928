"""Builds the SELECT of tickets: only the requested columns, with joins to people and directory rows as needed."""

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
TICKET_COLUMNS = (
    "id", "title", "description", "status", "severity", "criticality", "priority", "impact", "opened_at", "updated_at",
    "closed_at", "version", "reopen_count", "reroute_count", "requester_id", "operator_id", "assignee_id",
    "suspected_cause_id", "application_id", "service_id", "site_id",
)  # fmt: skip
COMPUTED_COLUMNS = ("minutes_spent", "cost", "allowed_actions")
PEOPLE = {"requester": Ticket.requester_id, "operator": Ticket.operator_id, "assignee": Ticket.assignee_id}
CATALOG: dict[str, tuple[Any, Any, tuple[str, ...]]] = {
    "application": (Application, Ticket.application_id, ("id", "name", "active", "default_service_id")),
    "service": (Service, Ticket.service_id, ("id", "name", "active", "phone", "email")),
    "site": (Site, Ticket.site_id, ("id", "name", "active", "city")),
    "suspected_cause": (Cause, Ticket.suspected_cause_id, ("id", "name", "active")),
}
Paginate = Callable[[Select[Any]], Select[Any]]
OrderBy = Callable[[Sequence[Any]], list[ColumnElement[Any]]]


def select_tickets(viewer: Viewer, column_names: Collection[str], *more: Any) -> Select[Any]:
    """Start the SELECT of visible tickets with these columns of `ALL_COLUMNS`, and `more` columns."""
    columns, joins = _joined(viewer, column_names)
    statement = visibility.tickets(viewer, *_own(column_names), *columns, *_computed(viewer, column_names), *more)
    for table, key in joins:
        statement = statement.outerjoin(table, table.id == key)
    return statement


def select_page_then_join(
    viewer: Viewer, column_names: Collection[str], sort_columns: Sequence[Any], paginate: Paginate, order_by: OrderBy
) -> Select[Any]:
    """Return the same for a page: paginate the tickets by their index first, then join the other tables.

    Joined first, PostgreSQL may fetch and sort all tickets: the generic plan doesn't know how many the viewer sees.
    """
    columns, joins = _joined(viewer, column_names)
    own = {column.key: column for column in (*_own(column_names), *(key for _, key in joins))}
    tickets = visibility.tickets(viewer, *own.values(), *_computed(viewer, column_names), *sort_columns)
    page = paginate(tickets).subquery("page")
    shown = [column for column in page.c if column.key not in own or column.key in {"id", *column_names}]
    statement = select(*shown, *columns).select_from(page)
    for table, key in joins:
        statement = statement.outerjoin(table, table.id == page.c[key.key])
    return statement.order_by(*order_by([page.c[column.name] for column in sort_columns]))


def select_tickets_from(viewer: Viewer, column_names: Collection[str], source: CTE) -> Select[Any]:
    """Return the same SELECT, with `source` (a CTE that returns every column) in place of the ticket table.

    The SELECT returns the written row, or no row if the write made the ticket invisible to the viewer.
    """

    def replace(element: Any, **_kw: Any) -> Any:
        if isinstance(element, Table) and element == TABLE:
            return source
        own = isinstance(element, Column) and element.table == TABLE
        return source.c[element.key] if own else None

    return cast("Select[Any]", replacement_traverse(select_tickets(viewer, column_names), {}, replace))


def _own(column_names: Collection[str]) -> list[Any]:
    return [getattr(Ticket, name) for name in TICKET_COLUMNS if name == "id" or name in column_names]


def _joined(viewer: Viewer, column_names: Collection[str]) -> tuple[list[Any], list[tuple[Any, Any]]]:
    """Return the requested columns of other tables, and these tables with the ticket's foreign key to each."""
    columns: list[Any] = []
    joins: list[tuple[Any, Any]] = []
    for role, key in PEOPLE.items():
        person = aliased(Person, name=role)
        if requested := _requested(people.columns(viewer, person, f"{role}__"), column_names):
            columns += requested
            joins.append((person, key))
    for name, (model, key, names) in CATALOG.items():
        entry = aliased(model, name=name)
        labelled = [getattr(entry, column).label(f"{name}__{column}") for column in names]
        if requested := _requested(labelled, column_names):
            columns += requested
            joins.append((entry, key))
    return columns, joins


def _requested(columns: Sequence[Any], column_names: Collection[str]) -> list[Any]:
    return [column for column in columns if column.name in column_names]


def _computed(viewer: Viewer, column_names: Collection[str]) -> list[ColumnElement[Any]]:
    """Return the columns computed per ticket: minutes, cost, and the inputs of `permissions.allowed_actions`."""
    computed: list[ColumnElement[Any]] = []
    shown = visibility.reads_costs(viewer)
    if "minutes_spent" in column_names:
        computed.append(_sum(func.sum(Intervention.minutes), shown).label("minutes_spent"))
    if "cost" in column_names:
        cost = func.coalesce(Intervention.labour, 0) + Intervention.expenses
        computed.append(_sum(func.sum(cost), shown).label("cost"))
    if "allowed_actions" in column_names:
        own = visibility.interventions_of(Ticket.id, literal(1)).where(Intervention.technician_id == viewer.user_id)
        computed.append(visibility.roles_that_see(viewer).label("seen_through"))
        computed.append(visibility.interventions_of(Ticket.id, literal(1)).exists().label("has_interventions"))
        computed.append(own.exists().label("has_own_interventions"))
    return computed


def _sum(aggregate: ColumnElement[Any], shown: ColumnElement[bool]) -> ColumnElement[Any]:
    total = visibility.interventions_of(Ticket.id, func.coalesce(aggregate, 0)).scalar_subquery()
    return visibility.null_unless(shown, total)


def _names() -> Iterator[str]:
    yield from (*TICKET_COLUMNS, *COMPUTED_COLUMNS)
    for role in PEOPLE:
        yield from (f"{role}__{name}" for name in people.COLUMNS)
    for name, (_, _, columns) in CATALOG.items():
        yield from (f"{name}__{column}" for column in columns)


ALL_COLUMNS = frozenset(_names())
"""Every column name that can be requested; columns of joined rows are `application__name`, for example."""
