"""Cache keys of filters: filters with equal SQL text share a key and a statement, with their own values."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from osit_graphql.db import statements
from osit_graphql.db.models import Ticket
from osit_graphql.domain.enums import Role, Severity
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.queries.ticket_filter import (
    DATETIME_COLUMNS,
    ENUM_COLUMNS,
    ID_COLUMNS,
    NO_FILTER,
    DateTimeRange,
    TicketFilter,
    as_param,
    condition,
    filter_cache_key,
)
from tests.statement_comparison import written_out

MANAGER = Viewer(1, frozenset({Role.MANAGER}))
START = datetime(2026, 1, 1, tzinfo=UTC)

moments = st.none() | st.integers(0, 999).map(lambda days: START + timedelta(days=days))
ranges = st.builds(DateTimeRange, moments, moments)
words = st.lists(st.sampled_from(["A", "B", "C"]), max_size=3).map(tuple)
keys = st.lists(st.integers(1, 9), max_size=3).map(tuple)
boxes: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(ENUM_COLUMNS, st.none() | words),
    **dict.fromkeys([*ID_COLUMNS, "cause_ids"], st.none() | keys),
    **dict.fromkeys(DATETIME_COLUMNS, st.none() | ranges),
    "unassigned": st.none() | st.booleans(),
}
flat = st.builds(TicketFilter, **boxes)
filters = st.builds(
    TicketFilter, **boxes, any_of=st.none() | st.lists(flat, max_size=2).map(tuple), negated=st.none() | flat
)


def written(narrowed: TicketFilter) -> str:
    """Return a filter's SQL with its values where they go, written for itself."""
    return written_out(statements.compile_statement(select(Ticket.id).where(condition(narrowed, MANAGER))), {})


def open_(narrowed: TicketFilter) -> statements.CompiledStatement:
    """Return a filter's SQL with its values left out."""
    return statements.compile_statement(select(Ticket.id).where(condition(narrowed, MANAGER, as_param)))


@given(filters, filters)
def test_a_cached_statement_with_values_equals_the_filter(one: TicketFilter, other: TicketFilter) -> None:
    for narrowed in (one, other):
        assert written_out(open_(narrowed), filter_cache_key(narrowed).values) == written(narrowed)
    if filter_cache_key(one).key == filter_cache_key(other).key:
        assert open_(one).text == open_(other).text
    if open_(one).text != open_(other).text:
        assert filter_cache_key(one).key != filter_cache_key(other).key


@given(filters)
def test_other_values_have_the_same_cache_key(narrowed: TicketFilter) -> None:
    def moved(each: TicketFilter) -> TicketFilter:
        values = {box.name: getattr(each, box.name) for box in fields(each)}
        for name in (*ID_COLUMNS, "cause_ids"):
            values[name] = values[name] and tuple(value + 100 for value in values[name])
        return TicketFilter(**values)

    assert filter_cache_key(moved(narrowed)).key == filter_cache_key(narrowed).key
    assert written_out(open_(narrowed), filter_cache_key(moved(narrowed)).values) == written(moved(narrowed))


def test_searches_for_other_words_have_the_same_key() -> None:
    printer, screen, number = (filter_cache_key(TicketFilter(search=text)) for text in ("imprimante", "écran", "#12"))
    assert printer.key == screen.key != number.key
    assert (printer.values, screen.values) == ({"search": "imprimante"}, {"search": "écran"})
    assert number.values == {"search": "#12", "search_number": 12}
    assert filter_cache_key(TicketFilter(negated=TicketFilter(search="écran"))).has_search
    assert filter_cache_key(NO_FILTER).key == ()


def test_enumerations_are_sent_as_text() -> None:
    [sent] = filter_cache_key(TicketFilter(severities=(Severity.MAJOR,))).values.values()
    assert type(sent) is str


@pytest.mark.parametrize("box", [box.name for box in fields(TicketFilter)])
def test_every_field_of_a_filter_is_in_the_cache_key(box: str) -> None:
    values = {"unassigned": True, "search": "x", "any_of": (NO_FILTER,), "negated": NO_FILTER}
    value: Any = values.get(box) or (
        DateTimeRange(START) if box in DATETIME_COLUMNS else ("A",) if box in ENUM_COLUMNS else (1,)
    )
    assert filter_cache_key(TicketFilter(**{box: value})).key != filter_cache_key(NO_FILTER).key
