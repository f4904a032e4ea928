"""Filters of ticket lists: lists mean « any of », fields « all of », null is as if absent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Text, and_, any_, false, literal, or_, true

from osit_graphql import visibility
from osit_graphql.errors import BadInput
from osit_graphql.models import Intervention, Ticket
from osit_graphql.services.reads import searches
from osit_graphql.viewer import Viewer

DEPTH = 3
VALUES = 100

WORDS: Mapping[str, Any] = {
    "statuses": Ticket.status,
    "severities": Ticket.severity,
    "criticalities": Ticket.criticality,
    "priorities": Ticket.priority,
}
KEYS: Mapping[str, Any] = {
    "application_ids": Ticket.application_id,
    "service_ids": Ticket.service_id,
    "site_ids": Ticket.site_id,
    "requester_ids": Ticket.requester_id,
    "assignee_ids": Ticket.assignee_id,
}
MOMENTS: Mapping[str, Any] = {
    "opened_at": Ticket.opened_at,
    "updated_at": Ticket.updated_at,
    "closed_at": Ticket.closed_at,
}


@dataclass(frozen=True)
class Range:
    """A stretch of time: `start` included, `end` excluded, None for no bound."""

    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True)
class TicketFilter:
    """What a list is narrowed to; tuples, so that two equal filters are equal."""

    statuses: tuple[str, ...] | None = None
    severities: tuple[str, ...] | None = None
    criticalities: tuple[str, ...] | None = None
    priorities: tuple[str, ...] | None = None
    application_ids: tuple[int, ...] | None = None
    service_ids: tuple[int, ...] | None = None
    site_ids: tuple[int, ...] | None = None
    requester_ids: tuple[int, ...] | None = None
    assignee_ids: tuple[int, ...] | None = None
    cause_ids: tuple[int, ...] | None = None
    unassigned: bool | None = None
    opened_at: Range | None = None
    updated_at: Range | None = None
    closed_at: Range | None = None
    search: str | None = None
    any_of: "tuple[TicketFilter, ...] | None" = None
    negated: "TicketFilter | None" = None

    def check(self) -> None:
        """Refuse a list beyond the contract's bound."""
        for box in fields(self):
            value = getattr(self, box.name)
            if isinstance(value, tuple) and len(value) > VALUES:
                raise BadInput("A list in a filter has at most {limit} values.", argument=("filter",), limit=VALUES)
        for inner in (*(self.any_of or ()), *([self.negated] if self.negated else [])):
            inner.check()


EVERYTHING = TicketFilter()


def check_depth(depth: int) -> None:
    """Refuse what is nested beyond the contract's bound, before it is read any further."""
    if depth > DEPTH:
        raise BadInput("A filter is at most {limit} levels deep.", argument=("filter",), limit=DEPTH)


def condition(narrowed: TicketFilter, viewer: Viewer) -> ColumnElement[bool]:
    """Return the filter in SQL, over `Ticket`; what is searched is what this viewer reads."""
    return and_(true(), *_conditions(narrowed, viewer))


def _conditions(narrowed: TicketFilter, viewer: Viewer) -> Iterable[ColumnElement[bool]]:
    for name, column in WORDS.items():
        if (words := getattr(narrowed, name)) is not None:
            yield _among(column, [str(word) for word in words], Text)
    for name, column in KEYS.items():
        if (keys := getattr(narrowed, name)) is not None:
            yield _among(column, list(keys), BigInteger)
    for name, column in MOMENTS.items():
        if (stretch := getattr(narrowed, name)) is not None:
            yield from _within(column, stretch)
    if narrowed.unassigned is not None:
        yield Ticket.assignee_id.is_(None) if narrowed.unassigned else Ticket.assignee_id.is_not(None)
    yield from _nested(narrowed, viewer)


def _nested(narrowed: TicketFilter, viewer: Viewer) -> Iterable[ColumnElement[bool]]:
    if narrowed.cause_ids is not None:
        standing = visibility.lines(Ticket.id, literal(1))
        yield standing.where(_among(Intervention.cause_id, list(narrowed.cause_ids), BigInteger)).exists()
    if narrowed.search is not None:
        yield searches.found(viewer, narrowed.search)
    if narrowed.any_of is not None:
        yield or_(false(), *(condition(inner, viewer) for inner in narrowed.any_of))
    if narrowed.negated is not None:
        # Not `NOT`: what is unknown (no assignee, say) is not excluded by naming somebody.
        yield condition(narrowed.negated, viewer).is_not(true())


def _among(column: Any, values: list[Any], kind: type[Any]) -> ColumnElement[bool]:
    # A single value leaves the index behind it in the list's order, which `= ANY` does not. Else one array, one
    # parameter: the statement is the same for two values and for twenty.
    if len(values) == 1:
        single: ColumnElement[bool] = column == literal(values[0], kind)
        return single
    among: ColumnElement[bool] = column == any_(literal(values, ARRAY(kind)))
    return among


def _within(column: Any, stretch: Range) -> Iterable[ColumnElement[bool]]:
    if stretch.start is not None:
        yield column >= stretch.start
    if stretch.end is not None:
        yield column < stretch.end
