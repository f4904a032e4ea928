"""Filters of ticket lists: their SQL, and the cache key of the statements that have them.

A list means "any of", several fields mean "all of", null means absent.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, String, Text, and_, any_, false, literal, or_, true

from osit_graphql.db import visibility
from osit_graphql.db.models import Intervention, Ticket
from osit_graphql.db.statements import param
from osit_graphql.domain.errors import BadInput
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.queries import ticket_search
from osit_graphql.services.queries.keyset_pagination import microseconds, present

MAX_FILTER_DEPTH = 3
MAX_LIST_LENGTH = 100
MAX_CONDITIONS = 100

ENUM_COLUMNS: Mapping[str, Any] = {
    "statuses": Ticket.status,
    "severities": Ticket.severity,
    "criticalities": Ticket.criticality,
    "priorities": Ticket.priority,
}
ID_COLUMNS: Mapping[str, Any] = {
    "application_ids": Ticket.application_id,
    "service_ids": Ticket.service_id,
    "site_ids": Ticket.site_id,
    "requester_ids": Ticket.requester_id,
    "assignee_ids": Ticket.assignee_id,
}
DATETIME_COLUMNS: Mapping[str, Any] = {
    "opened_at": Ticket.opened_at,
    "updated_at": Ticket.updated_at,
    "closed_at": Ticket.closed_at,
}


@dataclass(frozen=True)
class DateTimeRange:
    """A range of time: `start` included, `end` excluded, None for no bound."""

    start: datetime | None = None
    end: datetime | None = None

    @property
    def scope(self) -> dict[str, Any]:
        """The range in a cursor's scope hash. These names never change: see `Paging`."""
        return present({"from": microseconds(self.start), "to": microseconds(self.end)})


@dataclass(frozen=True)
class TicketFilter:
    """Filter of a ticket list; lists are tuples, so that equal filters compare equal."""

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
    opened_at: DateTimeRange | None = None
    updated_at: DateTimeRange | None = None
    closed_at: DateTimeRange | None = None
    search: str | None = None
    any_of: "tuple[TicketFilter, ...] | None" = None
    negated: "TicketFilter | None" = None

    @property
    def nested(self) -> "tuple[TicketFilter, ...]":
        """The filters in this one."""
        return (*(self.any_of or ()), *([self.negated] if self.negated else []))

    def check(self) -> None:
        """Raise `BadInput` for a list that is too long, and for too many conditions in all."""
        if self is NO_FILTER:
            return
        if self.count_conditions() > MAX_CONDITIONS:
            sentence, limit = "A filter has at most {limit} conditions, nested ones included.", MAX_CONDITIONS
            raise BadInput(sentence, argument=("filter",), limit=limit)
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, tuple) and len(value) > MAX_LIST_LENGTH:
                raise BadInput(
                    "A list in a filter has at most {limit} values.", argument=("filter",), limit=MAX_LIST_LENGTH
                )
        for inner in self.nested:
            inner.check()

    def count_conditions(self) -> int:
        """Count the fields that are set, in nested filters too; a filter counts at least once."""
        own = sum(getattr(self, field.name) is not None for field in fields(self))
        return max(own, 1) + sum(inner.count_conditions() for inner in self.nested)

    @property
    def scope(self) -> dict[str, Any]:
        """The filter in a cursor's scope hash. These names never change: see `Paging`."""
        if self is NO_FILTER:
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


NO_FILTER = TicketFilter()


def check_depth(depth: int) -> None:
    """Raise `BadInput` for filters nested too deep, before the deeper ones are parsed."""
    if depth > MAX_FILTER_DEPTH:
        raise BadInput("A filter is at most {limit} levels deep.", argument=("filter",), limit=MAX_FILTER_DEPTH)


ValueRenderer = Callable[[str, Any, Any], ColumnElement[Any]]
"""Renders a value of a filter in SQL, from its parameter name, the value and its type."""


def as_literal(_name: str, value: Any, type_: Any) -> ColumnElement[Any]:
    """Render the value itself: the statement is for this filter only."""
    return literal(value, type_)


def as_param(name: str, _value: Any, type_: Any) -> ColumnElement[Any]:
    """Render a parameter: the statement is for every filter with the same cache key."""
    bind: ColumnElement[Any] = param(name, type_)
    return bind


def condition(
    filter_: TicketFilter, viewer: Viewer, render: ValueRenderer = as_literal, path: str = ""
) -> ColumnElement[bool]:
    """Return the filter in SQL, over `Ticket`; a search matches the texts that this viewer reads."""
    return and_(true(), *_conditions(filter_, viewer, render, path))


def _conditions(
    filter_: TicketFilter, viewer: Viewer, render: ValueRenderer, path: str
) -> Iterable[ColumnElement[bool]]:
    for type_, columns in ((Text, ENUM_COLUMNS), (BigInteger, ID_COLUMNS)):
        for name, column in columns.items():
            if (values := getattr(filter_, name)) is not None:
                yield _any_of(column, to_sql_values(values), type_, render, path + name)
    for name, column in DATETIME_COLUMNS.items():
        if (range_ := getattr(filter_, name)) is not None:
            yield from _in_range(column, range_, render, path + name)
    if filter_.unassigned is not None:
        # IS TRUE keeps PostgreSQL from turning the condition into a join, which would read the list unsorted.
        assigned = visibility.has_serving_assignee()
        yield assigned.is_not(true()) if filter_.unassigned else assigned.is_(true())
    yield from _nested(filter_, viewer, render, path)


def _nested(filter_: TicketFilter, viewer: Viewer, render: ValueRenderer, path: str) -> Iterable[ColumnElement[bool]]:
    if filter_.cause_ids is not None:
        causes = to_sql_values(filter_.cause_ids)
        has_cause = _any_of(Intervention.cause_id, causes, BigInteger, render, f"{path}cause_ids")
        yield visibility.interventions_of(Ticket.id, literal(1)).where(has_cause).exists()
    if filter_.search is not None:
        yield ticket_search.matches(viewer, render(f"{path}search", filter_.search, String()))
    if filter_.any_of is not None:
        inner = enumerate(filter_.any_of)
        yield or_(false(), *(condition(each, viewer, render, f"{path}any_of_{index}_") for index, each in inner))
    if filter_.negated is not None:
        # IS NOT TRUE, unlike NOT, keeps rows where the inner filter is null: tickets without an assignee, for example.
        yield condition(filter_.negated, viewer, render, f"{path}negated_").is_not(true())


def _any_of(column: Any, values: list[Any], type_: type[Any], render: ValueRenderer, name: str) -> ColumnElement[bool]:
    # With one value, `=` lets the index return rows in the list's order; `= ANY` doesn't. More values are one array
    # parameter, so that the statement is the same for two values and for twenty.
    if len(values) == 1:
        equal: ColumnElement[bool] = column == render(name, values[0], type_())
        return equal
    equal_any: ColumnElement[bool] = column == any_(render(name, values, ARRAY(type_)))
    return equal_any


def _in_range(column: Any, range_: DateTimeRange, render: ValueRenderer, name: str) -> Iterable[ColumnElement[bool]]:
    if range_.start is not None:
        yield column >= render(f"{name}_start", range_.start, column.type)
    if range_.end is not None:
        yield column < render(f"{name}_end", range_.end, column.type)


def to_sql_values(values: Any) -> list[Any]:
    """Return values as the driver takes them: enumerations as text."""
    return [str(value) if isinstance(value, str) else value for value in values]


@dataclass(frozen=True)
class FilterCacheKey:
    """`key`: everything that the filter's SQL text depends on; `values`: the filter's values by parameter name."""

    key: Hashable
    values: Mapping[str, Any]
    has_search: bool = False


NO_FILTER_CACHE_KEY = FilterCacheKey((), {})
NO_VALUE = None
FilterPart = tuple[str, str, Any]
"""A parameter name, the form of its SQL, and its value or `NO_VALUE`."""


def filter_cache_key(filter_: TicketFilter) -> FilterCacheKey:
    """Return the cache key of a filter: equal for two filters whose SQL text is the same."""
    parts = list(_parts(filter_, ""))
    key = tuple((name, form) for name, form, _ in parts)
    values = {name: value for name, _, value in parts if value is not NO_VALUE}
    return FilterCacheKey(key, values, any(form == "search" for _, form, _ in parts))


def _parts(filter_: Any, path: str) -> Iterator[FilterPart]:
    for field in fields(filter_):
        value, name = getattr(filter_, field.name), path + field.name
        if value is None:
            continue
        if isinstance(value, bool):
            yield name, str(value), NO_VALUE
        elif isinstance(value, str):
            yield name, "search", value
            if (number := ticket_search.ticket_number(value)) is not None:
                yield f"{name}_number", "number", number
        elif isinstance(value, tuple):
            yield from _parts_of_list(value, name)
        elif is_dataclass(value):
            yield name, "nested", NO_VALUE
            yield from _parts(value, f"{name}_")
        else:
            yield name, "param", value


def _parts_of_list(values: tuple[Any, ...], name: str) -> Iterator[FilterPart]:
    if values and is_dataclass(values[0]):
        yield name, f"any of {len(values)}", NO_VALUE
        for index, inner in enumerate(values):
            yield from _parts(inner, f"{name}_{index}_")
    elif len(values) == 1:
        yield name, "one", to_sql_values(values)[0]
    else:
        yield name, "many", to_sql_values(values)
