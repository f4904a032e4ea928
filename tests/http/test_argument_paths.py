"""`extensions.argument` of invalid values: the same path inline, by variable and in a variable's default."""

from typing import Any

import httpx
import pytest
from graphql import GraphQLScalarType

from osit_graphql.api.schema import build_schema
from tests.client import Api
from tests.company import Company
from tests.http.exchange import ask

# A document with a value of each scalar at V, its type, an invalid value inline, and the same as JSON.
SCALARS: dict[str, tuple[str, str, Any, list[str]]] = {
    "Date": (
        'maintenanceCosts(period: {from: V, to: "2026-01-31"}) { rows { month } }',
        '"2026-02-30"',
        "2026-02-30",
        ["period", "from"],
    ),
    "DateTime": (
        "tickets(filter: {anyOf: [{}, {openedAt: {from: V}}]}) { totalCount }",
        '"today"',
        "today",
        ["filter", "anyOf", "1", "openedAt", "from"],
    ),
    "Int": ("tickets(first: V) { totalCount }", '"x"', "x", ["first"]),
    "Boolean": ("tickets(filter: {unassigned: V}) { totalCount }", '"x"', "x", ["filter", "unassigned"]),
    "String": ("tickets(filter: {search: V}) { totalCount }", "5", 5, ["filter", "search"]),
    "ID": ("tickets(filter: {serviceIds: [V]}) { totalCount }", "1.5", 1.5, ["filter", "serviceIds", "0"]),
}
EXPENSES = """mutation (VARIABLES) { ticketLogIntervention(id: "tkt1_9e3779b97f4a7c15", input: {
  causeId: "cau1_887736ea68bc0a21", startedAt: "2026-01-01T09:00:00Z", minutes: 5, comment: "x", expenses: V
  }) { userErrors { code } } }"""


def paths(response: httpx.Response) -> list[Any]:
    """Return the path of each error's argument."""
    return [error["extensions"].get("argument") for error in response.json()["errors"]]


async def test_line_27_every_scalar_has_its_path_inline_and_by_variable(company: Company, api: Api) -> None:
    documents = {name: (f"query (VARIABLES) {{ {case[0]} }}", *case[1:]) for name, case in SCALARS.items()}
    documents["Decimal"] = (EXPENSES, '"x"', "x", ["input", "expenses"])
    scalars = {name for name, type_ in build_schema().core.type_map.items() if isinstance(type_, GraphQLScalarType)}
    assert documents.keys() == scalars - {"Float"}  # no argument is a Float
    token = company.tokens["manager"]
    for name, (document, literal, value, path) in documents.items():
        inline = document.replace("(VARIABLES)", "").replace("V", literal)
        variable = document.replace("V)", "$v)").replace("VARIABLES", f"$v: {name}!")
        variable = variable.replace("V}", "$v}").replace("V]", "$v]").replace("V,", "$v,").replace("V\n", "$v\n")
        default = variable.replace(f"{name}!", f"{name} = {literal}")
        for text, variables in ((inline, {}), (variable, {"v": value}), (default, {})):
            answer = await api.ask(token, text, variables)
            assert [error["extensions"].get("argument") for error in answer.errors][:1] == [path], (text, answer.errors)
            assert (answer.data, answer.status) == (None, 200)


@pytest.mark.parametrize(
    ("query", "variables", "expected"),
    [
        ("query($b: [Box!]!) { boxes(boxes: $b) }", {"b": [{"width": 1}, {"width": "x"}]}, ["boxes", "1", "width"]),
        ("query($w: Int!) { boxes(boxes: [{width: 1}, {width: $w}]) }", {"w": "x"}, ["boxes", "1", "width"]),
        ("query($b: Box!) { boxes(boxes: [$b]) }", {"b": {"width": 1, "depth": 2}}, ["boxes", "0"]),
        ("query($b: [Box!]!) { boxes(boxes: $b) }", {}, ["boxes"]),
        ("query($on: Date!) { ...F } fragment F on Query { day(on: $on) }", {"on": "x"}, ["on"]),
        ("query($s: Boolean!) { hello @skip(if: $s) }", {"s": "x"}, ["if"]),
        ("query($n: Int = 3) { number(n: $n) }", {"n": None}, ["n"]),
        ("{ boxes(boxes: [{width: 1, note: null}]) }", {}, ["boxes", "0", "note"]),
        ("query A($on: Date!) { day(on: $on) }", {"on": "x"}, ["on"]),
    ],
)
async def test_line_27_the_path_begins_at_the_argument_that_uses_the_variable(
    client: httpx.AsyncClient, query: str, variables: dict[str, Any], expected: list[str]
) -> None:
    response = await ask(client, query, variables)
    assert paths(response) == [expected]


async def test_line_27_an_error_that_is_no_value_has_no_path(client: httpx.AsyncClient) -> None:
    for query in ("{ nothing }", "{ day }", "{ number(m: 1) }", "{ forbidden }", "{ hello"):
        assert set(paths(await ask(client, query))) == {None}
