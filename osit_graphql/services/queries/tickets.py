"""Tickets: one, many, and pages of lists, each with the requested columns in one statement."""

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
from osit_graphql.services.queries.batch_pagination import Children, counts_by_parent, pages_by_parent
from osit_graphql.services.queries.keyset_pagination import (
    Page,
    PageArgs,
    Paging,
    SortKey,
    count,
    select_count,
)
from osit_graphql.services.queries.ticket_filter import as_param
from osit_graphql.services.queries.ticket_ordering import BY_RELEVANCE, Listing
from osit_graphql.services.queries.ticket_select import select_page_then_join, select_tickets


async def by_ids(
    session: Session, viewer: Viewer, ids: Collection[int], column_names: Collection[str]
) -> dict[int, Row[Any]]:
    """Return the visible tickets with these ids, by id."""
    names, single = frozenset(column_names), len(ids) == 1  # PostgreSQL estimates = ANY(array parameter) at 10 rows

    def build(any_viewer: Viewer) -> Select[Any]:
        matches = Ticket.id == (param("id") if single else any_(param("ids", ARRAY(BigInteger))))
        return select_tickets(any_viewer, names).where(matches)

    values = {"id": next(iter(ids))} if single else {"ids": list(ids)}
    rows = await statements.fetch_as(session, viewer, ("tickets by id", names, single), build, values)
    return {row.id: row for row in rows}


async def page(
    session: Session, viewer: Viewer, listing: Listing, page_args: PageArgs, column_names: Collection[str]
) -> Page:
    """Return a page of a list."""
    listing.filter.check()
    if listing.effective_order == BY_RELEVANCE and (text := listing.filter.search) is not None:
        ranked = ticket_search.ranked_matches(viewer, text)
        return await _page_by_relevance(session, viewer, listing, ranked, page_args, column_names)
    paging = listing.paging()
    if listing.filter_cache_key.key is not None:
        return await _cached_page(session, viewer, listing, paging, page_args, column_names)
    statement = select_tickets(viewer, column_names, *paging.sort_columns(), with_documents=listing.by_relevance)
    return await paging.fetch_page(session, statement.where(*listing.conditions(viewer)), page_args)


async def _cached_page(
    session: Session,
    viewer: Viewer,
    listing: Listing,
    paging: Paging,
    page_args: PageArgs,
    column_names: Collection[str],
) -> Page:
    """Return a page whose statement is compiled once for all viewers with these roles and all cursors."""
    names = frozenset(column_names)

    def build(any_viewer: Viewer) -> Select[Any]:
        def paginate(tickets: Select[Any]) -> Select[Any]:
            return paging.with_params(tickets.where(*listing.conditions(any_viewer, as_param)), page_args)

        def order_by(columns: Sequence[Any]) -> list[ColumnElement[Any]]:
            return paging.order_by(columns, page_args)

        return select_page_then_join(any_viewer, names, paging.sort_columns(), paginate, order_by)

    key = ("ticket page", listing.name, listing.order, listing.filter_cache_key.key, page_args.cache_key, names)
    values = {**paging.param_values(page_args), **listing.filter_cache_key.values}
    rows = await statements.fetch_as(session, viewer, key, build, values)
    return paging.to_page(rows, page_args)


async def _page_by_relevance(
    session: Session, viewer: Viewer, listing: Listing, ranked: Any, page_args: PageArgs, column_names: Collection[str]
) -> Page:
    """Return a page by relevance: sort the matches first, so that few tickets are read beside the page."""
    direction = desc if not page_args.backward else asc
    order = (direction(ranked.c.relevance), direction(ranked.c.id))
    matches = select(ranked).order_by(*order).offset(0).subquery("matches")
    keys = [SortKey(matches.c.relevance, descending=True), SortKey(matches.c.id, descending=True)]
    paging = Paging(listing.scope, keys)
    rest = replace(listing, filter=replace(listing.filter, search=None))
    visible = visibility.tickets(viewer, Ticket.id, *paging.sort_columns()).join(matches, matches.c.id == Ticket.id)
    shown = paging.with_literals(visible.where(*rest.conditions(viewer)), page_args).subquery("shown")
    if isinstance(visibility.visible(viewer), False_):  # the SELECT below would have no FROM clause to join
        return paging.to_page([], page_args)
    columns = (shown.c.key_0, shown.c.key_1)
    statement = select_tickets(viewer, column_names, *columns).where(Ticket.id == shown.c.id)
    rows = await session.execute(statement.order_by(*map(direction, columns)))
    return paging.to_page(rows.all(), page_args)


async def total_count(session: Session, viewer: Viewer, listing: Listing) -> int:
    """Return how many tickets a list has, up to `COUNT_LIMIT`."""
    listing.filter.check()
    if listing.filter_cache_key.key is None:
        return await count(session, visibility.tickets(viewer, Ticket.id).where(*listing.conditions(viewer)))

    def build(any_viewer: Viewer) -> Select[Any]:
        conditions = listing.conditions(any_viewer, as_param)
        return select_count(visibility.tickets(any_viewer, Ticket.id).where(*conditions))

    key = ("ticket count", listing.name, listing.filter_cache_key.key)
    [row] = await statements.fetch_as(session, viewer, key, build, listing.filter_cache_key.values)
    return int(row.number)


def allowed_actions(row: Mapping[str, Any]) -> Sequence[str]:
    """Return the viewer's actions on a ticket that was selected with `allowed_actions`."""
    own_interventions, interventions = row["has_own_interventions"], row["has_interventions"]
    return permissions.allowed_actions(
        row["seen_through"], row["status"], own_interventions=own_interventions, interventions=interventions
    )


async def pages_by_requester(
    session: Session, viewer: Viewer, people_ids: Sequence[int], page_args: PageArgs, column_names: Collection[str]
) -> dict[int, Page]:
    """Return the same page of each requester's tickets that the viewer sees."""
    paging, names = Listing().paging(), frozenset(column_names)

    def select_children(any_viewer: Viewer, person_id: ColumnElement[int]) -> Select[Any]:
        return select_tickets(any_viewer, names, *paging.sort_columns()).where(Ticket.requester_id == person_id)

    children = Children(("requested tickets", names), select_children)
    return await pages_by_parent(session, viewer, people_ids, children, paging, page_args)


async def counts_by_requester(session: Session, viewer: Viewer, people_ids: Sequence[int]) -> dict[int, int]:
    """Return how many tickets of each requester the viewer sees."""

    def select_children(any_viewer: Viewer, person_id: ColumnElement[int]) -> Select[Any]:
        return visibility.tickets(any_viewer, Ticket.id).where(Ticket.requester_id == person_id)

    return await counts_by_parent(session, viewer, people_ids, Children("requested tickets", select_children))
