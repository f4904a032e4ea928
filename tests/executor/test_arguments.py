"""With any variables, the compiled executor passes the same arguments to resolvers as graphql-core and Strawberry."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import AbortController, parse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import from_schema
from strawberry.extensions import SchemaExtension

from osit_graphql.api.executor import CompiledExecutor, operation_cache, resolvers
from tests.executor.argument_schema import build
from tests.executor.test_codegen import execute

COMPILED, STANDARD = build(execution_context_class=CompiledExecutor), build()
INNER = {"text": "a", "size": "LARGE", "evens": [2, 4]}
VALUE = {"needed": 1, "inner": INNER, "many": [INNER, {"text": "b"}], "more": [{"needed": 2, "more": []}]}
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "an input": (
        "query ($v: Outer!) { outer(value: $v) }",
        {"v": {**VALUE, "flags": [True, None], "day": "2026-11-29"}},
    ),
    "perhaps": ("query ($v: Outer!) { outer(value: $v) }", {"v": {"needed": 1, "perhaps": None}}),
    "plain": ("query ($v: Plain) { plain(value: $v) }", {"v": VALUE}),
    "plain, absent": ("query ($v: Plain) { plain(value: $v) }", {}),
    "plain, null": ("query ($v: Plain) { plain(value: $v) }", {"v": None}),
    "in a literal": (
        "query ($n: Int!, $t: String!) { plain(value: {needed: $n, many: [{text: $t}], by: {number: $n}}) }",
        {"n": 3, "t": "x"},
    ),
    "one for a list": ("query ($i: Inner!) { plain(value: {needed: 1, many: $i}) }", {"i": INNER}),
    "absent in a literal": ("query ($i: Inner) { plain(value: {needed: 1, inner: $i}) }", {}),
    "null in a literal": ("query ($i: Inner) { plain(value: {needed: 1, inner: $i}) }", {"i": None}),
    "needed, absent": ("query ($n: Int) { plain(value: {needed: $n}) }", {}),
    "one of": ("query ($b: By!) { plain(by: $b) }", {"b": {"id": "1"}}),
    "two of": ("query ($b: By!) { plain(by: $b) }", {"b": {"id": "1", "number": 2}}),
    "null of": ("query ($b: By!) { plain(by: $b) }", {"b": {"id": None}}),
    "one of a literal": ("query ($n: Int) { plain(by: {number: $n}) }", {"n": 4}),
    "one of nothing": ("query ($n: Int) { plain(by: {number: $n}) }", {}),
    "through an extension": ("query ($n: Int = 7, $w: String) { counted(number: $n, word: $w) }", {"w": "w"}),
    "a default": ("query ($n: Int) { counted(number: $n) }", {}),
    "null for a default": ("query ($n: Int) { counted(number: $n) }", {"n": None}),
    "reshaped": ("query ($w: String!) { doubled(word: $w) }", {"w": "ab"}),
    "leaves": (
        "query ($e: [Even!], $s: Size!, $r: Float!) { leaves(evens: $e, size: $s, ratio: $r) }",
        {"e": [2], "s": "SMALL", "r": 1},
    ),
    "an id as a number": ("query ($b: By!) { plain(by: $b) }", {"b": {"id": 1}}),
    "one leaf for a list": ("query ($e: [Even!]) { leaves(evens: $e) }", {"e": 4}),
    "an odd one": ("query ($e: [Even!]) { leaves(evens: $e) }", {"e": [3]}),
    "no such size": ("query ($s: Size!) { leaves(size: $s) }", {"s": "l"}),
    "a large number": ("query ($n: Int!) { plain(by: {number: $n}) }", {"n": 2**31}),
    "a flag as a number": ("query ($f: Boolean) { leaves(flag: $f) }", {"f": 1}),
    "unknown": ("query ($v: Plain) { plain(value: $v) }", {"v": {"needed": 1, "unheard": 2}}),
    "not an object": ("query ($v: Plain) { plain(value: $v) }", {"v": [1]}),
    "deep": (
        "query ($v: Plain) { plain(value: $v) }",
        {"v": {"needed": 0, "more": [{"needed": 1, "more": [VALUE]}]}},
    ),
    "fields of their own": (
        "query ($o: String, $yes: Boolean!) { thing { arguments(of: $o) @include(if: $yes) other: arguments of } }",
        {"o": "o", "yes": True},
    ),
    "left out": (
        "query ($o: String, $yes: Boolean!) { thing { arguments(of: $o) @include(if: $yes) other: arguments of } }",
        {"yes": False},
    ),
    "sizes": ('query ($s: [Size!]) { thing(name: "t") { arguments(sizes: $s) } }', {"s": ["SMALL", "LARGE"]}),
    "two at once": ('{ a: thing(name: "a") { name } b: thing(name: "none") { name } c: counted }', {}),
    "none": ('{ thing(name: "none") { name } }', {}),
    "refused when it is made": ("{ picky(value: {number: 13}) counted }", {}),
    "refused, of a variable": ("query ($v: Picky!) { picky(value: $v) counted }", {"v": {"number": 13}}),
    "in turn": ("mutation ($v: Plain!) { first(value: $v) second a: second(fail: true) }", {"v": VALUE}),
    "one in turn": ("mutation ($v: Plain!) { first(value: $v) }", {"v": VALUE}),
}


@pytest.mark.parametrize("name", CASES)
async def test_each_form_of_argument_is_graphql_cores(name: str) -> None:
    document, variables = CASES[name]
    expected = await execute(STANDARD, document, variables)
    for _ in range(3):  # built by graphql-core, then cached
        assert await execute(COMPILED, document, variables) == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**32), 2**32) | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(VALUE)), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(name=st.sampled_from(sorted(CASES)), data=st.data())
async def test_any_variables_are_passed_or_refused_as_by_graphql_core(name: str, data: st.DataObject) -> None:
    document, valid = CASES[name]
    variables = {key: data.draw(st.just(value) | JSON, label=key) for key, value in valid.items()}
    assert await execute(COMPILED, document, variables) == await execute(STANDARD, document, variables)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(document=from_schema(STANDARD.as_str()))
async def test_any_document_has_graphql_cores_response(document: str) -> None:
    expected = await execute(STANDARD, document)
    for _ in range(2):
        assert await execute(COMPILED, document) == expected


async def test_graphql_core_does_not_read_valid_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the tests above would compare graphql-core with itself."""

    def fail(*_: Any) -> Any:
        raise AssertionError("graphql-core was called")

    covered = (
        "plain",
        "in a literal",
        "one of",
        "through an extension",
        "leaves",
        "fields of their own",
        "one in turn",
    )
    expected = {name: await execute(STANDARD, *CASES[name]) for name in covered}
    for name in covered:
        await execute(COMPILED, *CASES[name])
    monkeypatch.setattr(operation_cache, "get_variable_values", fail)
    monkeypatch.setattr(operation_cache, "collect_fields", fail)
    monkeypatch.setattr(resolvers, "get_argument_values", fail)
    monkeypatch.setattr(CompiledExecutor.__base__, "build", fail)
    assert {name: await execute(COMPILED, *CASES[name]) for name in covered} == expected


async def test_the_cache_of_conditions_is_bounded() -> None:
    """A client could send every combination of many conditions."""
    names = [f"c{n}" for n in range(6)]
    declared = ", ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"{name}: counted @include(if: ${name})" for name in names)
    document = f"query ({declared}) {{ thing {{ name }} {fields} }}"
    for bits in range(2 ** len(names)):
        variables = {name: bool(bits >> n & 1) for n, name in enumerate(names)}
        result = await execute(COMPILED, document, variables)
        assert set(result[0]) == {"thing", *(name for name, included in variables.items() if included)}
    assert all(
        len(each._selections) <= operation_cache.MAX_CONDITIONS for each in CompiledExecutor._operations.values()
    )


class UpperCase(SchemaExtension):
    """A middleware around the resolver of each field."""

    def resolve(self, _next: Any, root: Any, info: Any, *args: str, **kwargs: Any) -> Any:
        """Return texts in upper case."""
        value = _next(root, info, *args, **kwargs)
        return value.upper() if isinstance(value, str) else value


async def test_a_middleware_runs_around_every_field() -> None:
    schema = build(execution_context_class=CompiledExecutor, more=[UpperCase])
    for _ in range(2):
        data, _, errors = await execute(schema, '{ thing(name: "t") { name arguments(of: "x") } doubled(word: "ab") }')
        assert (data["thing"]["name"], data["doubled"], errors) == ("T", "ABAB", [])
        assert data["thing"]["arguments"].startswith("T 'X'")


async def test_graphql_core_executes_with_an_abort_signal() -> None:
    document, signal = parse("{ counted }"), AbortController().signal
    for _ in range(2):
        executor = CompiledExecutor.build(COMPILED._schema, document, abort_signal=signal)
        assert executor._selections is None
        assert executor.abort_signal is signal
        assert (await executor.execute_operation()).data == {"counted": "2 counted 3 None"}
