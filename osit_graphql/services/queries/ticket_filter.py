"""Filters of ticket lists: lists mean « any of », fields « all of », null is as if absent."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Text, and_, any_, false, literal, or_, true

from osit_graphql.db import visibility
from osit_graphql.db.models import Intervention, Ticket
from osit_graphql.db.statements import param
from osit_graphql.domain.errors import BadInput
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.queries import ticket_search
from osit_graphql.services.queries.keyset_pagination import microseconds, present
from osit_graphql.services.queries.outlines import plain

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

    @property
    def scope(self) -> dict[str, Any]:
        """What a cursor holds on to."""
        return present({"from": microseconds(self.start), "to": microseconds(self.end)})


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
        if self is EVERYTHING:
            return
        for box in fields(self):
            value = getattr(self, box.name)
            if isinstance(value, tuple) and len(value) > VALUES:
                raise BadInput("A list in a filter has at most {limit} values.", argument=("filter",), limit=VALUES)
        for inner in (*(self.any_of or ()), *([self.negated] if self.negated else [])):
            inner.check()

    @property
    def scope(self) -> dict[str, Any]:
        """What a cursor holds on to. These names never change: see `Paging`."""
        if self is EVERYTHING:
            return {}
        return present(
            {
                "statuses": self.statuses,
                "severities": self.severities,
                "criticalities": self.criticalities,
                "priorities": self.priorities,
                "applicationIds": self.application_ids,
                "serviceIds": self.service_ids,
                "siteIds": self.site_ids,
                "requesterIds": self.requester_ids,
                "assigneeIds": self.assignee_ids,
                "causeIds": self.cause_ids,
                "unassigned": self.unassigned,
                "openedAt": None if self.opened_at is None else self.opened_at.scope,
                "updatedAt": None if self.updated_at is None else self.updated_at.scope,
                "closedAt": None if self.closed_at is None else self.closed_at.scope,
                "search": self.search,
                "anyOf": None if self.any_of is None else [inner.scope for inner in self.any_of],
                "not": None if self.negated is None else self.negated.scope,
            }
        )


EVERYTHING = TicketFilter()


def check_depth(depth: int) -> None:
    """Refuse what is nested beyond the contract's bound, before it is read any further."""
    if depth > DEPTH:
        raise BadInput("A filter is at most {limit} levels deep.", argument=("filter",), limit=DEPTH)


Say = Callable[[str, Any, Any], ColumnElement[Any]]
"""How a value of a filter is written, by its name among them all, itself and its type."""


def written(_name: str, value: Any, kind: Any) -> ColumnElement[Any]:
    """Write a value as it is: the statement is this filter's own."""
    return literal(value, kind)


def left_open(name: str, _value: Any, kind: Any) -> ColumnElement[Any]:
    """Leave a value out: it comes with each execution of a shape's statement, from `values`."""
    found: ColumnElement[Any] = param(name, kind)
    return found


def condition(narrowed: TicketFilter, viewer: Viewer, say: Say = written, path: str = "") -> ColumnElement[bool]:
    """Return the filter in SQL, over `Ticket`; what is searched is what this viewer reads."""
    return and_(true(), *_conditions(narrowed, viewer, say, path))


def _conditions(narrowed: TicketFilter, viewer: Viewer, say: Say, path: str) -> Iterable[ColumnElement[bool]]:
    for kind, columns in ((Text, WORDS), (BigInteger, KEYS)):
        for name, column in columns.items():
            if (wanted := getattr(narrowed, name)) is not None:
                yield _among(column, plain(wanted), kind, say, path + name)
    for name, column in MOMENTS.items():
        if (stretch := getattr(narrowed, name)) is not None:
            yield from _within(column, stretch, say, path + name)
    if narrowed.unassigned is not None:
        yield Ticket.assignee_id.is_(None) if narrowed.unassigned else Ticket.assignee_id.is_not(None)
    yield from _nested(narrowed, viewer, say, path)


def _nested(narrowed: TicketFilter, viewer: Viewer, say: Say, path: str) -> Iterable[ColumnElement[bool]]:
    if narrowed.cause_ids is not None:
        standing = visibility.lines(Ticket.id, literal(1))
        among = _among(Intervention.cause_id, plain(narrowed.cause_ids), BigInteger, say, f"{path}cause_ids")
        yield standing.where(among).exists()
    if narrowed.search is not None:
        yield ticket_search.found(viewer, narrowed.search)
    if narrowed.any_of is not None:
        inner = enumerate(narrowed.any_of)
        yield or_(false(), *(condition(each, viewer, say, f"{path}any_of_{place}_") for place, each in inner))
    if narrowed.negated is not None:
        # Not `NOT`: what is unknown (no assignee, say) is not excluded by naming somebody.
        yield condition(narrowed.negated, viewer, say, f"{path}negated_").is_not(true())


def _among(column: Any, values: list[Any], kind: type[Any], say: Say, name: str) -> ColumnElement[bool]:
    # A single value leaves the index behind it in the list's order, which `= ANY` does not. Else one array, one
    # parameter: the statement is the same for two values and for twenty.
    if len(values) == 1:
        single: ColumnElement[bool] = column == say(name, values[0], kind())
        return single
    among: ColumnElement[bool] = column == any_(say(name, values, ARRAY(kind)))
    return among


def _within(column: Any, stretch: Range, say: Say, name: str) -> Iterable[ColumnElement[bool]]:
    if stretch.start is not None:
        yield column >= say(f"{name}_start", stretch.start, column.type)
    if stretch.end is not None:
        yield column < say(f"{name}_end", stretch.end, column.type)
