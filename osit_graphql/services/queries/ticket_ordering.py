"""Lists of tickets: which, narrowed to what, in which order, and the keyset that pages of it are cut by."""

from collections.abc import Sequence
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
from osit_graphql.services.queries.keyset_pagination import Key, Paging
from osit_graphql.services.queries.outlines import EMPTY, FilterCacheKey, outline
from osit_graphql.services.queries.ticket_filter import EVERYTHING, Say, TicketFilter, condition, written

KEPT = 64  # orders of lists; there are some hundreds, and few are asked for
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
SCOPES: dict[TicketList | None, str] = {
    TicketList.OPEN: "openTickets",
    TicketList.EVOLUTION_REQUESTS: "evolutionRequests",
    TicketList.CLOSED: "closedTickets",
    None: "tickets",
}
"""The lists' names in cursors: they never change."""


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
    def scope(self) -> dict[str, Any]:
        """What a cursor holds on to: see `Paging`."""
        order = [(field.value, direction.value) for field, direction in self.ordered]
        return {"list": SCOPES[self.name], "order": order, "filter": self.narrowed.scope}

    @cached_property
    def outline(self) -> FilterCacheKey:
        """What its filter's statement depends on, and the filter's values."""
        return EMPTY if self.narrowed is EVERYTHING else outline(self.narrowed)

    @property
    def ranked(self) -> bool:
        """Whether relevance orders it."""
        return any(field is OrderField.RELEVANCE for field, _ in self.ordered)

    def conditions(self, viewer: Viewer, say: Say = written) -> list[ColumnElement[bool]]:
        """Return what the list keeps of what the viewer sees; `say`: how a filter's values are written."""
        kept = [] if self.name is None else [Ticket.status == permissions.LISTS[self.name]]
        return [*kept, condition(self.narrowed, viewer, say)]

    def paging(self) -> Paging:
        """Return its keyset: the order's columns, then the number, the same way as the last of them."""
        order = self.ordered
        if self.ranked:
            keys = [self._key(field, direction) for field, direction in order]
            return Paging(self.scope, [*keys, *_last(order, keys)])
        return Paging(self.scope, _keys(self.name, order))

    def _key(self, field: OrderField, direction: Direction) -> Key:
        if field is not OrderField.RELEVANCE:
            return _key(field, direction, self.name)
        if self.narrowed.search is None:
            raise BadInput("Only a search has an order of relevance.", argument=("orderBy",))
        return Key(ticket_search.relevance(self.narrowed.search), direction is Direction.DESC)


@lru_cache(KEPT)
def _keys(name: TicketList | None, order: Order) -> list[Key]:
    """Return the keyset of a list under an order of the tickets' own."""
    if name is not None and order == DEFAULT_ORDERS[name]:
        down = name is TicketList.CLOSED
        keys = [Key(Ticket.list_rank, down, alike=name is not TicketList.OPEN), Key(Ticket.list_moment, down)]
    else:
        keys = [_key(field, direction, name) for field, direction in order]
    return [*keys, *_last(order, keys)]


def _last(order: Order, keys: Sequence[Key]) -> list[Key]:
    """Return what tells apart those that the order leaves together: the number, unless it is what orders."""
    if len({field for field, _ in order}) != len(order):
        raise BadInput("A list is ordered by each field once.", argument=("orderBy",))
    return [] if order[-1][0] is OrderField.NUMBER else [Key(Ticket.id, keys[-1].descending)]


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
