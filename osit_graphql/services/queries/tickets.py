"""Tickets: one, many, and pages of lists, each with the requested columns in one statement."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Select, any_, asc, desc, select
from sqlalchemy.sql.elements import False_

from osit_graphql.db import statements, visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Ticket
from osit_graphql.db.statements import Row, param
from osit_graphql.domain import permissions
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.queries import ticket_search
from osit_graphql.services.queries.batch_pagination import Children, counts_by_parent, pages_by_parent
from osit_graphql.services.queries.keyset_pagination import Page, PageArgs, Paging, SortKey, count
from osit_graphql.services.queries.ticket_filter import as_param
from osit_graphql.services.queries.ticket_ordering import BY_RELEVANCE, Listing
from osit_graphql.services.queries.ticket_select import select_page_then_join, select_tickets


async def by_ids(
    session: Session, viewer: Viewer, ids: Collection[int], column_names: Collection[str]
) -> dict[int, Row]:
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
    """Return a page of a list, whose statement is compiled once for all viewers with these roles and all cursors."""
    listing.filter.check()
    names = frozenset(column_names)
    if listing.effective_order == BY_RELEVANCE and listing.filter.search is not None:
        return await _page_by_relevance(session, viewer, listing, page_args, names)
    paging = listing.paging()

    def order_by(columns: Sequence[Any]) -> list[ColumnElement[Any]]:
        return paging.order_by(columns, page_args)

    def build(any_viewer: Viewer) -> Select[Any]:
        def paginate(tickets: Select[Any]) -> Select[Any]:
            return paging.with_params(tickets.where(*listing.conditions(any_viewer, as_param)), page_args)

        columns = paging.sort_columns()
        if listing.by_relevance:
            rest = _without_search(listing).conditions(any_viewer, as_param)
            ranked = ticket_search.join_ranked(any_viewer, select_tickets(any_viewer, names, *columns))
            return paging.with_params(ranked.where(*rest), page_args)
        if listing.filter_cache_key.has_search:
            return paginate(select_tickets(any_viewer, names, *columns))
        return select_page_then_join(any_viewer, names, columns, paginate, order_by)

    key = ("ticket page", listing.cache_key, page_args.cache_key, names)
    values = {**paging.param_values(page_args), **listing.filter_cache_key.values}
    rows = await statements.fetch_as(session, viewer, key, build, values)
    return paging.to_page(rows, page_args)


async def _page_by_relevance(
    session: Session, viewer: Viewer, listing: Listing, page_args: PageArgs, column_names: frozenset[str]
) -> Page:
    """Return a page by relevance. The matches are sorted before tickets are read, so that few tickets are read."""
    direction = desc if not page_args.backward else asc
    ranked = ticket_search.ranked_matches(viewer, listing.filter.search or "")
    order = (direction(ranked.c.relevance), direction(ranked.c.id))
    matches = select(ranked).order_by(*order).offset(0).subquery("matches")
    keys = [SortKey(matches.c.relevance, descending=True), SortKey(matches.c.id, descending=True)]
    paging = Paging(listing.scope, keys)
    rest = _without_search(listing)
    values = {**paging.param_values(page_args), **listing.filter_cache_key.values}

    def build(any_viewer: Viewer) -> Select[Any]:
        visible = visibility.tickets(any_viewer, Ticket.id, *paging.sort_columns())
        visible = visible.join(matches, matches.c.id == Ticket.id).where(*rest.conditions(any_viewer, as_param))
        shown = paging.with_params(visible, page_args).subquery("shown")
        columns = (shown.c.key_0, shown.c.key_1)
        statement = select_tickets(any_viewer, column_names, *columns).where(Ticket.id == shown.c.id)
        return statement.order_by(*map(direction, columns))

    key = ("ticket page by relevance", listing.cache_key, page_args.cache_key, column_names)
    if isinstance(visibility.visible(viewer), False_):  # the SELECT would have no FROM clause to join
        return paging.to_page([], page_args)
    rows = await statements.fetch_as(session, viewer, key, build, values)
    return paging.to_page(rows, page_args)


def _without_search(listing: Listing) -> Listing:
    return replace(listing, filter=replace(listing.filter, search=None))


async def total_count(session: Session, viewer: Viewer, listing: Listing) -> int:
    """Return how many tickets a list has, up to `COUNT_LIMIT`."""
    listing.filter.check()

    def build(any_viewer: Viewer) -> Select[Any]:
        return visibility.tickets(any_viewer, Ticket.id).where(*listing.conditions(any_viewer, as_param))

    key = ("tickets", listing.name, listing.filter_cache_key.key)
    return await count(session, viewer, key, build, listing.filter_cache_key.values)


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
