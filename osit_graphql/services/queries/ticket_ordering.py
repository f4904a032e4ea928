"""Ticket lists: which list, under which filter, in which order, and the sort keys of its pages."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, DateTime, cast, func, literal

from osit_graphql.db.models import Ticket
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import TicketList
from osit_graphql.domain.errors import BadInput
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.queries import ticket_search
from osit_graphql.services.queries.keyset_pagination import Paging, SortKey
from osit_graphql.services.queries.ticket_filter import (
    NO_FILTER,
    NO_FILTER_CACHE_KEY,
    FilterCacheKey,
    TicketFilter,
    ValueRenderer,
    as_literal,
    condition,
    filter_cache_key,
)

SORT_KEYS_CACHE_SIZE = 64  # there are hundreds of orders, few are in use
# Beyond any date, but not Python's own first and last: asyncpg sends those as -infinity and infinity.
FAR_PAST, FAR_FUTURE = "1000-01-01 00:00:00+00", "9999-12-31 00:00:00+00"


class OrderField(StrEnum):
    """A field that a list can be ordered by."""

    NUMBER = "NUMBER"
    OPENED_AT = "OPENED_AT"
    UPDATED_AT = "UPDATED_AT"
    CLOSED_AT = "CLOSED_AT"
    PRIORITY = "PRIORITY"
    RELEVANCE = "RELEVANCE"


class Direction(StrEnum):
    """Ascending or descending."""

    ASC = "ASC"
    DESC = "DESC"


Order = tuple[tuple[OrderField, Direction], ...]
BY_RELEVANCE: Order = ((OrderField.RELEVANCE, Direction.DESC),)
BY_UPDATED_AT: Order = ((OrderField.UPDATED_AT, Direction.DESC),)
DEFAULT_ORDERS: dict[TicketList | None, Order] = {
    TicketList.OPEN: ((OrderField.PRIORITY, Direction.DESC), (OrderField.OPENED_AT, Direction.ASC)),
    TicketList.EVOLUTION_REQUESTS: ((OrderField.OPENED_AT, Direction.ASC),),
    TicketList.CLOSED: ((OrderField.CLOSED_AT, Direction.DESC),),
    None: BY_UPDATED_AT,
}
SCOPES: dict[TicketList | None, str] = {
    TicketList.OPEN: "openTickets",
    TicketList.EVOLUTION_REQUESTS: "evolutionRequests",
    TicketList.CLOSED: "closedTickets",
    None: "tickets",
}
"""The lists' names in a cursor's scope hash: they never change."""


@dataclass(frozen=True)
class Listing:
    """A ticket list (`name` None: every status), its filter, and the order in the request (empty: the default)."""

    name: TicketList | None = None
    filter: TicketFilter = NO_FILTER
    order: Order = ()

    @property
    def effective_order(self) -> Order:
        """The order in the request, else relevance for a search, else the list's default."""
        return self.order or (BY_RELEVANCE if self.filter.search is not None else DEFAULT_ORDERS[self.name])

    @property
    def scope(self) -> dict[str, Any]:
        """The list in a cursor's scope hash: see `Paging`."""
        order = [(field.value, direction.value) for field, direction in self.effective_order]
        return {"list": SCOPES[self.name], "order": order, "filter": self.filter.scope}

    @cached_property
    def filter_cache_key(self) -> FilterCacheKey:
        """The cache key of its filter."""
        return NO_FILTER_CACHE_KEY if self.filter is NO_FILTER else filter_cache_key(self.filter)

    @property
    def cache_key(self) -> Hashable:
        """The values on which the SQL text of its pages depends, apart from the page arguments."""
        return self.name, self.order, self.filter_cache_key.key

    @property
    def by_relevance(self) -> bool:
        """Whether relevance is among its sort keys."""
        return any(field is OrderField.RELEVANCE for field, _ in self.effective_order)

    def conditions(self, viewer: Viewer, render: ValueRenderer = as_literal) -> list[ColumnElement[bool]]:
        """Return the conditions of the list and of its filter, to be added to the viewer's visibility."""
        status = [] if self.name is None else [Ticket.status == permissions.LISTS[self.name]]
        return [*status, condition(self.filter, viewer, render)]

    def paging(self) -> Paging:
        """Return its pagination: the order's columns, then the ticket number in the direction of the last of them."""
        order = self.effective_order
        if self.by_relevance:
            keys = [self._sort_key(field, direction) for field, direction in order]
            return Paging(self.scope, [*keys, *_tie_breaker(order, keys)])
        return Paging(self.scope, _sort_keys(self.name, order))

    def _sort_key(self, field: OrderField, direction: Direction) -> SortKey:
        if field is not OrderField.RELEVANCE:
            return _sort_key(field, direction, self.name)
        if self.filter.search is None:
            raise BadInput("Only a search has an order of relevance.", argument=("orderBy",))
        return SortKey(ticket_search.relevance(self.filter.search), direction is Direction.DESC)


@lru_cache(SORT_KEYS_CACHE_SIZE)
def _sort_keys(name: TicketList | None, order: Order) -> list[SortKey]:
    """Return the sort keys of a list under an order of ticket columns."""
    if name is not None and order == DEFAULT_ORDERS[name]:
        down = name is TicketList.CLOSED
        rank = SortKey(Ticket.list_rank, down, constant=name is not TicketList.OPEN)
        keys = [rank, SortKey(Ticket.list_moment, down)]
    else:
        keys = [_sort_key(field, direction, name) for field, direction in order]
    return [*keys, *_tie_breaker(order, keys)]


def _tie_breaker(order: Order, keys: Sequence[SortKey]) -> list[SortKey]:
    """Return the ticket number as the last sort key, unless the order ends with it."""
    if len({field for field, _ in order}) != len(order):
        raise BadInput("A list is ordered by each field once.", argument=("orderBy",))
    return [] if order[-1][0] is OrderField.NUMBER else [SortKey(Ticket.id, keys[-1].descending)]


def _sort_key(field: OrderField, direction: Direction, name: TicketList | None) -> SortKey:
    """Return the sort key of a ticket column."""
    descending = direction is Direction.DESC
    match field:
        case OrderField.NUMBER:
            return SortKey(Ticket.id, descending)
        case OrderField.OPENED_AT:
            return SortKey(Ticket.opened_at, descending)
        case OrderField.UPDATED_AT:
            return SortKey(Ticket.updated_at, descending)
        case OrderField.PRIORITY:
            return SortKey(Ticket.urgency, not descending)  # URGENT is 1: most urgent first is ascending
        case OrderField.CLOSED_AT if name is TicketList.CLOSED:
            return SortKey(Ticket.closed_at, descending)
        case OrderField.CLOSED_AT:  # nulls last, in both directions
            last = cast(literal(FAR_PAST if descending else FAR_FUTURE), DateTime(timezone=True))
            return SortKey(func.coalesce(Ticket.closed_at, last, type_=DateTime(timezone=True)), descending)
        case OrderField.RELEVANCE:
            raise AssertionError("relevance belongs to a search, not to a ticket")
