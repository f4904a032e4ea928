"""Tickets: one, many, lists and their pages, with whatever else of them is asked for, in one statement."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    DateTime,
    Row,
    Select,
    any_,
    asc,
    cast,
    desc,
    func,
    literal,
    select,
)
from sqlalchemy.sql.elements import False_

from osit_graphql import rules, statements, visibility
from osit_graphql.database import Session
from osit_graphql.errors import BadInput
from osit_graphql.models import Ticket
from osit_graphql.services.reads import searches
from osit_graphql.services.reads.children import counts, pages
from osit_graphql.services.reads.columns import selected
from osit_graphql.services.reads.filters import EVERYTHING, Say, TicketFilter, condition, left_open, written
from osit_graphql.services.reads.outlines import Outline, outline
from osit_graphql.services.reads.pages import Key, Paging, Slice, Window, count, counting
from osit_graphql.statements import given
from osit_graphql.viewer import Viewer
from osit_graphql.vocabulary import TicketList

# Beyond any moment, but not Python's own first and last: asyncpg sends those as -infinity and infinity.
FAR_PAST, FAR_FUTURE = "1000-01-01 00:00:00+00", "9999-12-31 00:00:00+00"


class OrderField(StrEnum):
    """What a list can be ordered by."""

    NUMBER = "NUMBER"
    OPENED_AT = "OPENED_AT"
    UPDATED_AT = "UPDATED_AT"
    CLOSED_AT = "CLOSED_AT"
    PRIORITY = "PRIORITY"
    RELEVANCE = "RELEVANCE"


class Direction(StrEnum):
    """Which end comes first."""

    ASC = "ASC"
    DESC = "DESC"


Order = tuple[tuple[OrderField, Direction], ...]
BEST: Order = ((OrderField.RELEVANCE, Direction.DESC),)
LATEST: Order = ((OrderField.UPDATED_AT, Direction.DESC),)
DEFAULT_ORDERS: dict[TicketList | None, Order] = {
    TicketList.OPEN: ((OrderField.PRIORITY, Direction.DESC), (OrderField.OPENED_AT, Direction.ASC)),
    TicketList.EVOLUTION_REQUESTS: ((OrderField.OPENED_AT, Direction.ASC),),
    TicketList.CLOSED: ((OrderField.CLOSED_AT, Direction.DESC),),
    None: LATEST,
}


@dataclass(frozen=True)
class Listing:
    """One list: which of the specification's (None: every status), narrowed to what, in which order."""

    name: TicketList | None = None
    narrowed: TicketFilter = EVERYTHING
    order: Order = ()

    @property
    def ordered(self) -> Order:
        """What orders it: what was asked for, else relevance when something is searched, else the list's own."""
        return self.order or (BEST if self.narrowed.search is not None else DEFAULT_ORDERS[self.name])

    @property
    def scope(self) -> str:
        """What its cursors are tied to."""
        return f"{self.name} {self.ordered} {self.narrowed}"

    @cached_property
    def outline(self) -> Outline:
        """What its filter's statement depends on, and the filter's values."""
        return outline(self.narrowed)

    @property
    def ranked(self) -> bool:
        """Whether relevance orders it."""
        return any(field is OrderField.RELEVANCE for field, _ in self.ordered)

    def conditions(self, viewer: Viewer, say: Say = written) -> list[ColumnElement[bool]]:
        """Return what the list keeps of what the viewer sees; `say`: how a filter's values are written."""
        kept = [] if self.name is None else [Ticket.status == rules.LISTS[self.name]]
        return [*kept, condition(self.narrowed, viewer, say)]

    def paging(self) -> Paging:
        """Return its keyset: the order's columns, then the number, the same way as the last of them."""
        order = self.ordered
        if len({field for field, _ in order}) != len(order):
            raise BadInput("A list is ordered by each field once.", argument=("orderBy",))
        if self.name is not None and order == DEFAULT_ORDERS[self.name]:
            keys = [Key(column, self.name is TicketList.CLOSED) for column in (Ticket.list_rank, Ticket.list_moment)]
        else:
            keys = [self._key(field, direction) for field, direction in order]
        if order[-1][0] is not OrderField.NUMBER:
            keys.append(Key(Ticket.id, keys[-1].descending))
        return Paging(self.scope, keys)

    def _key(self, field: OrderField, direction: Direction) -> Key:
        if field is not OrderField.RELEVANCE:
            return _key(field, direction, self.name)
        if self.narrowed.search is None:
            raise BadInput("Only a search has an order of relevance.", argument=("orderBy",))
        return Key(searches.relevance(self.narrowed.search), direction is Direction.DESC)


def _key(field: OrderField, direction: Direction, name: TicketList | None) -> Key:
    """Return the key of a field of the tickets' own."""
    descending = direction is Direction.DESC
    match field:
        case OrderField.NUMBER:
            return Key(Ticket.id, descending)
        case OrderField.OPENED_AT:
            return Key(Ticket.opened_at, descending)
        case OrderField.UPDATED_AT:
            return Key(Ticket.updated_at, descending)
        case OrderField.PRIORITY:
            return Key(Ticket.urgency, not descending)  # URGENT is 1: the most urgent first reads upwards
        case OrderField.CLOSED_AT if name is TicketList.CLOSED:
            return Key(Ticket.closed_at, descending)
        case OrderField.CLOSED_AT:  # nulls last, either way
            last = cast(literal(FAR_PAST if descending else FAR_FUTURE), DateTime(timezone=True))
            return Key(func.coalesce(Ticket.closed_at, last, type_=DateTime(timezone=True)), descending)
        case OrderField.RELEVANCE:
            raise AssertionError("relevance is a search's, not a ticket's")


async def by_ids(
    session: Session, viewer: Viewer, ids: Collection[int], wanted: Collection[str]
) -> dict[int, Row[Any]]:
    """Return the visible ones of these tickets, by id."""
    names, alone = frozenset(wanted), len(ids) == 1  # « = ANY » of one would be planned as of ten

    def build(anybody: Viewer) -> Select[Any]:
        among = Ticket.id == (given("id") if alone else any_(given("ids", ARRAY(BigInteger))))
        return selected(anybody, names).where(among)

    values = {"id": next(iter(ids))} if alone else {"ids": list(ids)}
    found = await statements.seen(session, viewer, ("tickets by id", names, alone), build, values)
    return {row.id: row for row in found}


async def page(session: Session, viewer: Viewer, listing: Listing, window: Window, wanted: Collection[str]) -> Slice:
    """Return a page of a list."""
    listing.narrowed.check()
    if listing.ordered == BEST and (text := listing.narrowed.search) is not None:
        return await _best(session, viewer, listing, searches.best(viewer, text), window, wanted)
    paging = listing.paging()
    if listing.outline.shape is not None:
        return await _drawn(session, viewer, listing, paging, window, wanted)
    started = selected(viewer, wanted, *paging.labelled(), ranked=listing.ranked)
    return await paging.page(session, started.where(*listing.conditions(viewer)), window)


async def _drawn(
    session: Session, viewer: Viewer, listing: Listing, paging: Paging, window: Window, wanted: Collection[str]
) -> Slice:
    """Return a page whose statement is the same for whoever has these roles, wherever it begins."""
    names = frozenset(wanted)

    def build(anybody: Viewer) -> Select[Any]:
        started = selected(anybody, names, *paging.labelled())
        return paging.framed(started.where(*listing.conditions(anybody, left_open)), window)

    shape = ("tickets", listing.name, listing.order, listing.outline.shape, window.shape, names)
    values = {**paging.values(window), **listing.outline.values}
    rows = await statements.seen(session, viewer, shape, build, values)
    return paging.slice(rows, window)


async def _best(
    session: Session, viewer: Viewer, listing: Listing, best: Any, window: Window, wanted: Collection[str]
) -> Slice:
    """Return a page by relevance: put in order where they are found, so that few tickets are looked at but the page."""
    way = desc if not window.backward else asc
    found = select(best).order_by(way(best.c.relevance), way(best.c.id)).offset(0).subquery("found")
    paging = Paging(listing.scope, [Key(found.c.relevance, descending=True), Key(found.c.id, descending=True)])
    rest = replace(listing, narrowed=replace(listing.narrowed, search=None))
    chosen = visibility.tickets(viewer, Ticket.id, *paging.labelled()).join(found, found.c.id == Ticket.id)
    shown = paging.bound(chosen.where(*rest.conditions(viewer)), window).subquery("shown")
    if isinstance(visibility.visible(viewer), False_):  # nothing to join anything to
        return paging.slice([], window)
    keys = (shown.c.key_0, shown.c.key_1)
    statement = selected(viewer, wanted, *keys).where(Ticket.id == shown.c.id).order_by(*map(way, keys))
    return paging.slice((await session.execute(statement)).all(), window)


async def total(session: Session, viewer: Viewer, listing: Listing) -> int:
    """Return how many tickets a list has, as the contract counts."""
    listing.narrowed.check()
    if listing.outline.shape is None:
        return await count(session, visibility.tickets(viewer, Ticket.id).where(*listing.conditions(viewer)))

    def build(anybody: Viewer) -> Select[Any]:
        return counting(visibility.tickets(anybody, Ticket.id).where(*listing.conditions(anybody, left_open)))

    shape = ("how many tickets", listing.name, listing.outline.shape)
    [row] = await statements.seen(session, viewer, shape, build, listing.outline.values)
    return int(row.number)


def allowed(row: Mapping[str, Any]) -> Sequence[str]:
    """Return what the viewer may do now with a ticket that was selected with its `allowed_actions`."""
    own, some = row["has_own_lines"], row["has_lines"]
    return rules.allowed_actions(row["seen_through"], row["status"], own_lines=own, lines=some)


async def page_of_each(
    session: Session, viewer: Viewer, people_ids: Sequence[int], window: Window, wanted: Collection[str]
) -> dict[int, Slice]:
    """Return the same page of the tickets that many people asked for: of these, what the viewer may see."""
    paging = Listing().paging()

    def children(person_id: ColumnElement[int]) -> Select[Any]:
        return selected(viewer, wanted, *paging.labelled()).where(Ticket.requester_id == person_id)

    return await pages(session, people_ids, children, paging, window)


async def count_of_each(session: Session, viewer: Viewer, people_ids: Sequence[int]) -> dict[int, int]:
    """Return how many tickets of each person's the viewer sees."""

    def children(person_id: ColumnElement[int]) -> Select[Any]:
        return visibility.tickets(viewer, Ticket.id).where(Ticket.requester_id == person_id)

    return await counts(session, people_ids, children)
