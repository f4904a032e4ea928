"""Tickets: one, many, pages of lists, with whatever else of them is asked for, in one statement."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Row,
    Select,
    any_,
    asc,
    desc,
    select,
)
from sqlalchemy.sql.elements import False_

from osit_graphql.db import statements, visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Ticket
from osit_graphql.db.statements import param
from osit_graphql.domain import permissions
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.queries import ticket_search
from osit_graphql.services.queries.batch_pagination import counts, pages
from osit_graphql.services.queries.keyset_pagination import Key, Page, PageArgs, Paging, count, counting
from osit_graphql.services.queries.ticket_filter import left_open
from osit_graphql.services.queries.ticket_ordering import BEST, Listing
from osit_graphql.services.queries.ticket_select import select_page_then_join, select_tickets


async def by_ids(
    session: Session, viewer: Viewer, ids: Collection[int], wanted: Collection[str]
) -> dict[int, Row[Any]]:
    """Return the visible ones of these tickets, by id."""
    names, alone = frozenset(wanted), len(ids) == 1  # « = ANY » of one would be planned as of ten

    def build(anybody: Viewer) -> Select[Any]:
        among = Ticket.id == (param("id") if alone else any_(param("ids", ARRAY(BigInteger))))
        return select_tickets(anybody, names).where(among)

    values = {"id": next(iter(ids))} if alone else {"ids": list(ids)}
    found = await statements.fetch_as(session, viewer, ("tickets by id", names, alone), build, values)
    return {row.id: row for row in found}


async def page(session: Session, viewer: Viewer, listing: Listing, window: PageArgs, wanted: Collection[str]) -> Page:
    """Return a page of a list."""
    listing.narrowed.check()
    if listing.ordered == BEST and (text := listing.narrowed.search) is not None:
        return await _best(session, viewer, listing, ticket_search.best(viewer, text), window, wanted)
    paging = listing.paging()
    if listing.outline.shape is not None:
        return await _drawn(session, viewer, listing, paging, window, wanted)
    started = select_tickets(viewer, wanted, *paging.labelled(), ranked=listing.ranked)
    return await paging.page(session, started.where(*listing.conditions(viewer)), window)


async def _drawn(
    session: Session, viewer: Viewer, listing: Listing, paging: Paging, window: PageArgs, wanted: Collection[str]
) -> Page:
    """Return a page whose statement is the same for whoever has these roles, wherever it begins."""
    names = frozenset(wanted)

    def build(anybody: Viewer) -> Select[Any]:
        def cut(started: Select[Any]) -> Select[Any]:
            return paging.framed(started.where(*listing.conditions(anybody, left_open)), window)

        return select_page_then_join(anybody, names, paging.labelled(), cut, lambda keys: paging.order(keys, window))

    shape = ("tickets", listing.name, listing.order, listing.outline.shape, window.shape, names)
    values = {**paging.values(window), **listing.outline.values}
    rows = await statements.fetch_as(session, viewer, shape, build, values)
    return paging.slice(rows, window)


async def _best(
    session: Session, viewer: Viewer, listing: Listing, best: Any, window: PageArgs, wanted: Collection[str]
) -> Page:
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
    statement = select_tickets(viewer, wanted, *keys).where(Ticket.id == shown.c.id).order_by(*map(way, keys))
    return paging.slice((await session.execute(statement)).all(), window)


async def total(session: Session, viewer: Viewer, listing: Listing) -> int:
    """Return how many tickets a list has, as the contract counts."""
    listing.narrowed.check()
    if listing.outline.shape is None:
        return await count(session, visibility.tickets(viewer, Ticket.id).where(*listing.conditions(viewer)))

    def build(anybody: Viewer) -> Select[Any]:
        return counting(visibility.tickets(anybody, Ticket.id).where(*listing.conditions(anybody, left_open)))

    shape = ("how many tickets", listing.name, listing.outline.shape)
    [row] = await statements.fetch_as(session, viewer, shape, build, listing.outline.values)
    return int(row.number)


def allowed(row: Mapping[str, Any]) -> Sequence[str]:
    """Return what the viewer may do now with a ticket that was selected with its `allowed_actions`."""
    own, some = row["has_own_lines"], row["has_lines"]
    return permissions.allowed_actions(row["seen_through"], row["status"], own_interventions=own, interventions=some)


async def page_of_each(
    session: Session, viewer: Viewer, people_ids: Sequence[int], window: PageArgs, wanted: Collection[str]
) -> dict[int, Page]:
    """Return the same page of the tickets that many people asked for: of these, what the viewer may see."""
    paging = Listing().paging()

    def children(person_id: ColumnElement[int]) -> Select[Any]:
        return select_tickets(viewer, wanted, *paging.labelled()).where(Ticket.requester_id == person_id)

    return await pages(session, people_ids, children, paging, window)


async def count_of_each(session: Session, viewer: Viewer, people_ids: Sequence[int]) -> dict[int, int]:
    """Return how many tickets of each person's the viewer sees."""

    def children(person_id: ColumnElement[int]) -> Select[Any]:
        return visibility.tickets(viewer, Ticket.id).where(Ticket.requester_id == person_id)

    return await counts(session, people_ids, children)
