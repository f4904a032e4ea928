"""A filter's outline: what is written alike has one shape, and its values come back where they were."""

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
from osit_graphql.services.queries.outlines import outline
from osit_graphql.services.queries.ticket_filter import (
    EVERYTHING,
    KEYS,
    MOMENTS,
    WORDS,
    Range,
    TicketFilter,
    condition,
    left_open,
)
from tests.statement_comparison import written_out

MANAGER = Viewer(1, frozenset({Role.MANAGER}))
START = datetime(2026, 1, 1, tzinfo=UTC)

moments = st.none() | st.integers(0, 999).map(lambda days: START + timedelta(days=days))
ranges = st.builds(Range, moments, moments)
words = st.lists(st.sampled_from(["A", "B", "C"]), max_size=3).map(tuple)
keys = st.lists(st.integers(1, 9), max_size=3).map(tuple)
boxes: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(WORDS, st.none() | words),
    **dict.fromkeys([*KEYS, "cause_ids"], st.none() | keys),
    **dict.fromkeys(MOMENTS, st.none() | ranges),
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
    return statements.compile_statement(select(Ticket.id).where(condition(narrowed, MANAGER, left_open)))


@given(filters, filters)
def test_a_shape_with_values_is_the_filter_itself(one: TicketFilter, other: TicketFilter) -> None:
    for narrowed in (one, other):
        assert written_out(open_(narrowed), outline(narrowed).values) == written(narrowed)
    if outline(one).shape == outline(other).shape:
        assert open_(one).text == open_(other).text
    if open_(one).text != open_(other).text:
        assert outline(one).shape != outline(other).shape


@given(filters)
def test_other_values_have_the_same_shape(narrowed: TicketFilter) -> None:
    def moved(each: TicketFilter) -> TicketFilter:
        said = {box.name: getattr(each, box.name) for box in fields(each)}
        for name in (*KEYS, "cause_ids"):
            said[name] = said[name] and tuple(value + 100 for value in said[name])
        return TicketFilter(**said)

    assert outline(moved(narrowed)).shape == outline(narrowed).shape
    assert written_out(open_(narrowed), outline(moved(narrowed)).values) == written(moved(narrowed))


def test_a_search_is_written_anew() -> None:
    assert outline(TicketFilter(search="imprimante")).shape is None
    assert outline(TicketFilter(negated=TicketFilter(search="imprimante"))).shape is None
    assert outline(EVERYTHING).shape == ()


def test_words_are_sent_as_text() -> None:
    [sent] = outline(TicketFilter(severities=(Severity.MAJOR,))).values.values()
    assert type(sent) is str


@pytest.mark.parametrize("box", [box.name for box in fields(TicketFilter)])
def test_every_box_of_a_filter_has_an_outline(box: str) -> None:
    said = {"unassigned": True, "search": "x", "any_of": (EVERYTHING,), "negated": EVERYTHING}
    value: Any = said.get(box) or (Range(START) if box in MOMENTS else ("A",) if box in WORDS else (1,))
    assert outline(TicketFilter(**{box: value})).shape != outline(EVERYTHING).shape
