"""The history of tickets: pages for many tickets in one statement, and the activities that the viewer just wrote."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    Boolean,
    ColumnElement,
    FromClause,
    Select,
    Text,
    any_,
    cast,
    false,
    null,
    select,
)
from sqlalchemy.orm import aliased

from osit_graphql.db import statements, visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Activity, Intervention, Person
from osit_graphql.db.statements import Row, param
from osit_graphql.domain.enums import ActivityKind
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.queries import people
from osit_graphql.services.queries.batch_pagination import (
    PARENT_IDS,
    Children,
    counts_by_parent,
    group_by_parent,
    select_pages_by_parent,
)
from osit_graphql.services.queries.keyset_pagination import Page, PageArgs, Paging, SortKey, present

INTERNAL_COLUMNS = {"version", "transaction_id"}
REQUIRED_COLUMNS = ("id", "kind")
REQUIRED_WHEN_WRITTEN = (*REQUIRED_COLUMNS, "ticket_id")
COST_COLUMNS = ("minutes", "hourly_rate", "expenses")
INTERVENTION_COLUMNS = frozenset({"started_at", "cause_id", "voided", "cost", *COST_COLUMNS})
AUTHOR = aliased(Person, name="author")
AUTHOR_COLUMNS = frozenset(f"author__{name}" for name in people.COLUMNS)
ALL_COLUMNS = frozenset(
    {
        *(name for name in Activity.__table__.c.keys() if name not in INTERNAL_COLUMNS),  # noqa: SIM118 - not a dict
        *INTERVENTION_COLUMNS,
        *AUTHOR_COLUMNS,
    }
)
"""Every column name that can be requested of an activity."""
Kinds: TypeAlias = tuple[ActivityKind, ...] | None


def _columns(viewer: Viewer, column_names: Collection[str]) -> list[Any]:
    available = [
        *_activity_columns(Activity.__table__),
        *_intervention_columns(viewer),
        *people.columns(viewer, AUTHOR, "author__"),
    ]
    return [column for column in available if column.name in column_names or column.name in REQUIRED_COLUMNS]


def _activity_columns(rows: FromClause) -> list[ColumnElement[Any]]:
    return [column for name, column in rows.c.items() if name not in INTERNAL_COLUMNS]


def _intervention_columns(viewer: Viewer) -> list[ColumnElement[Any]]:
    shown = visibility.reads_costs(viewer)
    cost = Intervention.labour + Intervention.expenses
    return [
        Intervention.started_at.label("started_at"),
        Intervention.cause_id.label("cause_id"),
        Intervention.voided_by.is_not(None).label("voided"),
        *(visibility.null_unless(shown, getattr(Intervention, name)).label(name) for name in COST_COLUMNS),
        visibility.null_unless(shown, cost).label("cost"),
    ]


def _blank(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the value of an intervention's column for an activity without an intervention."""
    blank = false() if isinstance(column.type, Boolean) else cast(null(), column.type)
    return blank.label(column.key)


def _join(statement: Select[Any], column_names: Collection[str]) -> Select[Any]:
    """Join the tables that these columns need beside the activity."""
    if not INTERVENTION_COLUMNS.isdisjoint(column_names):
        statement = statement.outerjoin(Intervention, Intervention.activity_id == Activity.id)
    if not AUTHOR_COLUMNS.isdisjoint(column_names):
        statement = statement.outerjoin(AUTHOR, AUTHOR.id == Activity.author_id)
    return statement


def kind_values(kinds: Kinds) -> list[str]:
    """Return the kinds as text."""
    return [str(kind) for kind in kinds or ()]


@lru_cache(64)
def paging(kinds: Kinds) -> Paging:
    """Return the pagination of a history."""
    return Paging(present({"list": "activities", "kinds": kinds}), [SortKey(Activity.id)])


async def pages_by_ticket(
    session: Session,
    viewer: Viewer,
    ticket_ids: Sequence[int],
    kinds: Kinds,
    page_args: PageArgs,
    column_names: Collection[str],
) -> dict[int, Page]:
    """Return the same page of each ticket's history, oldest first."""
    history, names, single = paging(kinds), frozenset(column_names), len(ticket_ids) == 1

    def build(any_viewer: Viewer) -> Select[Any]:
        if single:  # PostgreSQL estimates an array parameter at 10 tickets
            return select_page(any_viewer, param("id", BigInteger), kinds, page_args, names)

        def children(ticket_id: ColumnElement[int]) -> Select[Any]:
            return _of_ticket(any_viewer, ticket_id, kinds, names)

        return select_pages_by_parent(children, history, page_args)

    ids = {"id": ticket_ids[0]} if single else {PARENT_IDS: list(ticket_ids)}
    values = {**history.param_values(page_args), **ids, "kinds": kind_values(kinds)}
    key = ("activities by ticket", kinds is None, page_args.cache_key, names, single)
    rows = await statements.fetch_as(session, viewer, key, build, values)
    if single:
        return {ticket_ids[0]: history.to_page(rows, page_args)}
    return group_by_parent(rows, ticket_ids, history, page_args)


def select_page(
    viewer: Viewer, ticket_id: Any, kinds: Kinds, page_args: PageArgs, column_names: Collection[str]
) -> Select[Any]:
    """Return the statement of a page of one history, for any cursor and any kinds."""
    return paging(kinds).with_params(_of_ticket(viewer, ticket_id, kinds, column_names), page_args)


def _of_ticket(viewer: Viewer, ticket_id: Any, kinds: Kinds, column_names: Collection[str]) -> Select[Any]:
    columns = [*_columns(viewer, column_names), *paging(kinds).sort_columns()]
    statement = _join(visibility.activities(viewer, *columns), column_names)
    if kinds is not None:
        statement = statement.where(Activity.kind == any_(param("kinds", ARRAY(Text))))
    return statement.where(Activity.ticket_id == ticket_id)


async def counts_by_ticket(session: Session, viewer: Viewer, ticket_ids: Sequence[int], kinds: Kinds) -> dict[int, int]:
    """Return how many activities of each ticket the viewer sees."""
    of_kinds = [] if kinds is None else [Activity.kind == any_(param("kinds", ARRAY(Text)))]

    def select_children(any_viewer: Viewer, ticket_id: ColumnElement[int]) -> Select[Any]:
        return visibility.activities(any_viewer, Activity.id).where(Activity.ticket_id == ticket_id, *of_kinds)

    children = Children(("activities", kinds is None), select_children, {"kinds": kind_values(kinds)})
    return await counts_by_parent(session, viewer, ticket_ids, children)


async def by_ids(
    session: Session, viewer: Viewer, ids: Collection[int], column_names: Collection[str]
) -> dict[int, Row]:
    """Return the visible activities with these ids, by id."""

    def build(viewer: Viewer) -> Select[Any]:
        statement = visibility.activities(viewer, *_columns(viewer, column_names))
        return _join(statement, column_names).where(Activity.id == any_(param("ids", ARRAY(BigInteger))))

    key = ("activities by id", frozenset(column_names))
    rows = await statements.fetch_as(session, viewer, key, build, {"ids": list(ids)})
    return {row.id: row for row in rows}


async def written_by_viewer(
    session: Session, viewer: Viewer, ids: Sequence[int], column_names: Collection[str]
) -> list[Row]:
    """Return the activities that the viewer just wrote, in this order, even when they no longer see the ticket."""
    names = frozenset(column_names)

    def build(any_viewer: Viewer) -> Select[Any]:
        statement = visibility.own_activities(any_viewer, *_columns(any_viewer, names))
        return _join(statement, names).where(Activity.id == any_(param("ids", ARRAY(BigInteger))))

    rows = await statements.fetch_as(session, viewer, ("written activities", names), build, {"ids": list(ids)})
    by_id = {row.id: row for row in rows}
    return [by_id[key] for key in ids]


def select_written(viewer: Viewer, source: CTE, column_names: Collection[str] = ALL_COLUMNS) -> Select[Any]:
    """Return the SELECT of the activity that the CTE `source` inserts, without the columns of its intervention.

    The intervention is inserted after its activity.
    """
    available = [
        *_activity_columns(source),
        *map(_blank, _intervention_columns(viewer)),
        *people.columns(viewer, AUTHOR, "author__"),
    ]
    required = REQUIRED_WHEN_WRITTEN
    columns = (column for column in available if column.name in column_names or column.name in required)
    if AUTHOR_COLUMNS.isdisjoint(column_names):
        return select(*columns).select_from(source)
    return select(*columns).select_from(source.outerjoin(AUTHOR, AUTHOR.id == source.c.author_id))
