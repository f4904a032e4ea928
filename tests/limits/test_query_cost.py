"""The cost of an operation is estimated from its document and variables before it runs."""

from typing import Any

import pytest

from osit_graphql.api.query_cost import QueryCost
from osit_graphql.api.schema import default_schema


def cost_of(text: str, variables: dict[str, Any] | None = None) -> QueryCost:
    """Return the cost of the only operation of a document."""
    document = default_schema().documents.prepare(text)
    return document.cost(document.pick_operation(None), variables)


PAGE = "query ($first: Int, $last: Int) { tickets(first: $first, last: $last) { nodes { id service { id } } } }"
DEFAULTED = "query ($first: Int = 7) { tickets(first: $first) { nodes { id } } }"
IDS = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
SEARCH = """query ($f: TicketFilter, $s: String) {
  tickets(first: 0, filter: $f) { nodes { id } } users(first: 0, search: $s) { nodes { id } } }"""
LITERAL = 'query ($s: String) { tickets(first: 0, filter: {search: $s, anyOf: [{search: "b"}]}) { nodes { id } } }'
INCLUDE = "query ($x: Boolean!, $y: Boolean = true) { services @include(if: $x) { id } sites @skip(if: $y) { id } }"
SPREAD = """query ($n: Int) { a: tickets(first: $n) { ...P } b: tickets(first: 2) { ...P } }
  fragment P on TicketConnection { nodes { id } }"""


@pytest.mark.parametrize(
    ("text", "variables", "objects", "extra_points"),
    [
        ("{ __typename }", None, 0, 0),
        ("{ viewer { id roles user { name site { name } } } }", None, 3, 0),
        ("{ tickets { nodes { id } } }", None, 51, 0),
        ("{ tickets(first: 3) { nodes { id } edges { cursor node { id } } pageInfo { endCursor } } }", None, 11, 0),
        ("{ tickets(last: 3, first: null) { totalCount nodes { id } } }", None, 4, 20),
        ("{ tickets(first: 10) { nodes { activities(first: 5) { nodes { author { name } } } } } }", None, 121, 0),
        (PAGE, {"first": 4}, 9, 0),
        (PAGE, {"last": 4}, 9, 0),
        (PAGE, {"first": 4, "last": 6}, 13, 0),
        (PAGE, {}, 101, 0),
        (PAGE, {"first": None}, 101, 0),
        (PAGE, {"first": -1}, 1, 0),
        (PAGE, {"first": 5_000}, 201, 0),
        (PAGE, {"first": "many"}, 201, 0),
        (PAGE, {"first": True}, 201, 0),
        (DEFAULTED, None, 8, 0),
        (DEFAULTED, {"first": 2}, 3, 0),
        (DEFAULTED, {"first": None}, 51, 0),
        (IDS, {"ids": ["a", "b"]}, 2, 0),
        (IDS, {"ids": ["a"] * 5_000}, 100, 0),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', None, 3, 0),
        (SEARCH, {}, 2, 0),
        (SEARCH, {"f": {"search": "x"}, "s": " "}, 2, 200),
        (SEARCH, {"f": {"anyOf": [{"search": "x"}, {"not": {"search": "y"}}]}, "s": "z"}, 2, 660),
        (LITERAL, {"s": "a"}, 1, 420),
        (LITERAL, {}, 1, 220),
        (INCLUDE, {"x": True}, 50, 0),
        (INCLUDE, {"x": False, "y": False}, 50, 0),
        (INCLUDE, {"x": False}, 0, 0),
        ("{ services @skip(if: true) { id } sites @include(if: false) { id } }", None, 0, 0),
        (SPREAD, {"n": 10}, 14, 0),
        ('{ similarTickets(to: {ticketId: "t"}) { ticket { id } } }', None, 10, 200),
        ("mutation { signOut { userErrors { code } } }", None, 5, 10),
    ],
)  # fmt: skip
def test_the_cost_depends_on_the_variables(text: str, variables: Any, objects: int, extra_points: int) -> None:
    assert cost_of(text, variables) == QueryCost(objects, extra_points)


def test_a_deep_filter_is_read_to_a_limit() -> None:
    deep: dict[str, Any] = {"search": "x"}
    for _ in range(5_000):
        deep = {"not": deep}
    assert cost_of(SEARCH, {"f": deep}).extra_points == 100


def test_a_fragment_is_evaluated_once() -> None:
    links = "".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }} " for n in range(4))
    text = f"query ($n: Int) {{ ...F0 }} {links} fragment F4 on Query {{ tickets(first: $n) {{ nodes {{ id }} }} }}"
    assert cost_of(text, {"n": 9}) == QueryCost(160, 0)


def test_the_actual_cost_depends_on_the_response() -> None:
    assert cost_of("{ __typename }").points == 1
    cost = cost_of("{ tickets { totalCount nodes { id } } }")
    assert (cost.points, cost.actual_points(3), cost.actual_points(900)) == (71, 23, 920)
