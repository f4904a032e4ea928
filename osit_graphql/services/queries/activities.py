"""The history of tickets: pages of many tickets' rows in one statement, and what a viewer just wrote."""

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
    Row,
    Select,
    Text,
    any_,
    cast,
    false,
    literal,
    null,
    select,
)
from sqlalchemy.orm import aliased

from osit_graphql.db import statements, visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Activity, Intervention, Person
from osit_graphql.db.statements import param
from osit_graphql.domain.enums import ActivityKind
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.queries import people
from osit_graphql.services.queries.batch_pagination import counts, each, grouped
from osit_graphql.services.queries.keyset_pagination import Key, Page, PageArgs, Paging, present

HIDDEN = {"version", "transaction_id"}
ALWAYS = ("id", "kind")
RECEIVED = (*ALWAYS, "ticket_id")
COSTS = ("minutes", "hourly_rate", "expenses")
WORK = frozenset({"started_at", "cause_id", "voided", "cost", *COSTS})
AUTHOR = aliased(Person, name="author")
Kinds: TypeAlias = tuple[ActivityKind, ...] | None


def _columns(viewer: Viewer, wanted: Collection[str]) -> list[Any]:
    every = [*_shown(Activity.__table__), *_work(viewer), *people.columns(viewer, AUTHOR, "author__")]
    return [column for column in every if column.name in wanted or column.name in ALWAYS]


def _shown(rows: FromClause) -> list[ColumnElement[Any]]:
    return [column for name, column in rows.c.items() if name not in HIDDEN]


def _work(viewer: Viewer) -> list[ColumnElement[Any]]:
    shown = visibility.reads_costs(viewer)
    cost = Intervention.labour + Intervention.expenses
    return [
        Intervention.started_at.label("started_at"),
        Intervention.cause_id.label("cause_id"),
        Intervention.voided_by.is_not(None).label("voided"),
        *(visibility.when(shown, getattr(Intervention, name)).label(name) for name in COSTS),
        visibility.when(shown, cost).label("cost"),
    ]


AUTHORS = frozenset(f"author__{name}" for name in people.COLUMNS)
ALL = frozenset({*(name for name in Activity.__table__.c.keys() if name not in HIDDEN), *WORK, *AUTHORS})  # noqa: SIM118 - columns, not a dict's
"""Whatever can be wanted of a history's rows."""


def _blank(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return what stands in place of a column where no intervention is."""
    blank = false() if isinstance(column.type, Boolean) else cast(null(), column.type)
    return blank.label(column.key)


def _told(viewer: Viewer, among: ColumnElement[Any] | None, *more: Any, wanted: Collection[str] = ()) -> Select[Any]:
    told = visibility.activities(viewer, *more)
    if not WORK.isdisjoint(wanted):
        told = told.outerjoin(Intervention, Intervention.activity_id == Activity.id)
    if not AUTHORS.isdisjoint(wanted):
        told = told.outerjoin(AUTHOR, AUTHOR.id == Activity.author_id)
    return told if among is None else told.where(Activity.kind == any_(among))


def words(kinds: Kinds) -> list[str]:
    """Return the kinds as PostgreSQL has them."""
    return [str(kind) for kind in kinds or ()]


@lru_cache(64)
def paging(kinds: Kinds) -> Paging:
    """Return how a history's pages are cut."""
    return Paging(present({"list": "activities", "kinds": kinds}), [Key(Activity.id)])


async def page_of_each(
    session: Session, viewer: Viewer, ticket_ids: Sequence[int], kinds: Kinds, window: PageArgs, wanted: Collection[str]
) -> dict[int, Page]:
    """Return the same page of the histories of many tickets, oldest first."""
    cut, names, alone = paging(kinds), frozenset(wanted), len(ticket_ids) == 1

    def build(anybody: Viewer) -> Select[Any]:
        if alone:  # a list of one would be planned as of ten, and anew each time
            return page(anybody, param("id", BigInteger), kinds, window, names)

        def children(ticket_id: ColumnElement[int]) -> Select[Any]:
            return _of_ticket(anybody, ticket_id, kinds, names)

        return each(param("ids", ARRAY(BigInteger)), children, cut, cut.framed, window)

    whose = {"id": ticket_ids[0]} if alone else {"ids": list(ticket_ids)}
    values = {**cut.values(window), **whose, "kinds": words(kinds)}
    rows = await statements.fetch_as(
        session, viewer, ("histories", kinds is None, window.shape, names, alone), build, values
    )
    return {ticket_ids[0]: cut.slice(rows, window)} if alone else grouped(rows, ticket_ids, cut, window)


def page(viewer: Viewer, ticket_id: Any, kinds: Kinds, window: PageArgs, wanted: Collection[str]) -> Select[Any]:
    """Return the statement of a page of one history, for any values of its `paging` and any kinds."""
    return paging(kinds).framed(_of_ticket(viewer, ticket_id, kinds, wanted), window)


def _of_ticket(viewer: Viewer, ticket_id: Any, kinds: Kinds, wanted: Collection[str]) -> Select[Any]:
    among = None if kinds is None else param("kinds", ARRAY(Text))
    told = _told(viewer, among, *_columns(viewer, wanted), *paging(kinds).labelled(), wanted=wanted)
    return told.where(Activity.ticket_id == ticket_id)


async def count_of_each(session: Session, viewer: Viewer, ticket_ids: Sequence[int], kinds: Kinds) -> dict[int, int]:
    """Return how long the history of each ticket is, as the viewer sees it."""
    among = None if kinds is None else literal(words(kinds), ARRAY(Text))

    def children(ticket_id: ColumnElement[int]) -> Select[Any]:
        return _told(viewer, among, Activity.id).where(Activity.ticket_id == ticket_id)

    return await counts(session, ticket_ids, children)


async def by_ids(
    session: Session, viewer: Viewer, ids: Collection[int], wanted: Collection[str]
) -> dict[int, Row[Any]]:
    """Return the history rows that the viewer sees, by id."""
    told = _told(viewer, None, *_columns(viewer, wanted), wanted=wanted)
    return {row.id: row for row in await session.execute(told.where(Activity.id.in_(ids)))}


async def receipts(session: Session, viewer: Viewer, ids: Sequence[int], wanted: Collection[str]) -> list[Row[Any]]:
    """Return what the viewer just wrote, in its order, also on a ticket that it took out of their sight."""
    names = frozenset(wanted)

    def build(anybody: Viewer) -> Select[Any]:
        written = visibility.receipts(anybody, *_columns(anybody, names))
        if not WORK.isdisjoint(names):
            written = written.outerjoin(Intervention, Intervention.activity_id == Activity.id)
        if not AUTHORS.isdisjoint(names):
            written = written.outerjoin(AUTHOR, AUTHOR.id == Activity.author_id)
        return written.where(Activity.id == any_(param("ids", ARRAY(BigInteger))))

    rows = await statements.fetch_as(session, viewer, ("receipts", names), build, {"ids": list(ids)})
    found = {row.id: row for row in rows}
    return [found[key] for key in ids]


def receipt(viewer: Viewer, written: CTE, wanted: Collection[str] = ALL) -> Select[Any]:
    """Return the same of the statement that writes it, by the viewer and on the ticket acted on.

    An intervention's line is written after its row, and is not in it.
    """
    every = [*_shown(written), *map(_blank, _work(viewer)), *people.columns(viewer, AUTHOR, "author__")]
    told = select(*(column for column in every if column.name in wanted or column.name in RECEIVED))
    if AUTHORS.isdisjoint(wanted):
        return told.select_from(written)
    return told.select_from(written.outerjoin(AUTHOR, AUTHOR.id == written.c.author_id))
