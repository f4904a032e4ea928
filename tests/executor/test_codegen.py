"""For every document and all data, valid or not, the compiled executor responds as graphql-core does."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import strawberry
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import queries
from strawberry.extensions import ParserCache

from osit_graphql.api.executor import CompiledExecutor
from osit_graphql.api.executor.codegen import ObjectSerializer
from osit_graphql.api.executor.operation_cache import LAZY_ATTRIBUTES
from tests.executor.comparison import complete_object_value
from tests.executor.edge_case_schema import (
    Branch,
    Cat,
    Colour,
    Delayed,
    Dog,
    Leaf,
    Wolf,
    branch,
    build,
    iterate_once,
    leaf,
)

# Valid data, then data that is not valid in one place each; created for each execution.
DATA: dict[str, Callable[[], Any]] = {
    "valid": branch,
    "deep": lambda: branch(branch=branch(branch=branch(name="end"))),
    "nothing": lambda: None,
    "another object": leaf,
    "an exception": lambda: ValueError("instead of a branch"),
    "null text": lambda: branch(leaf=leaf(text=None)),
    "null in a list": lambda: branch(leaves=[leaf(), None]),
    "null list": lambda: branch(leaves=None),
    "text for a number": lambda: branch(leaf=leaf(number="3")),
    "wrong text for a number": lambda: branch(leaf=leaf(number="three"), maybe_leaf=leaf(maybe_number="three")),
    "small number": lambda: branch(leaf=leaf(number=-(2**31)), maybe_leaf=leaf(maybe_number=-(2**31) - 1)),
    "large number": lambda: branch(leaf=leaf(number=2**31)),
    "number for a text": lambda: branch(leaf=leaf(text=5, id=7)),
    "object for a text": lambda: branch(leaf=leaf(text=object(), maybe_text={})),
    "not a number": lambda: branch(leaf=leaf(ratio=float("nan"), maybe_ratio=2)),
    "number for a flag": lambda: branch(leaf=leaf(flag=1)),
    "text for a flag": lambda: branch(leaf=leaf(maybe_flag="yes")),
    "value for a colour": lambda: branch(leaf=leaf(colour="r", maybe_colour=2)),
    "no colour": lambda: branch(maybe_leaf=leaf(maybe_colour="purple")),
    "every colour": lambda: branch(leaves=[leaf(colour=colour) for colour in Colour]),
    "scalar fails": lambda: branch(leaf=leaf(maybe_amount="1.50")),
    "scalar is nothing": lambda: branch(maybe_leaf=leaf(amount=Decimal(0))),
    "not a moment": lambda: branch(leaf=leaf(moment="yesterday")),
    "exception in a field": lambda: branch(maybe_leaf=leaf(maybe_text=KeyError("text"))),
    "exception for an object": lambda: branch(maybe_leaf=RuntimeError("no leaf")),
    "exception in a list": lambda: branch(maybe_leaves=[leaf(), ValueError("second")]),
    "awaitable text": lambda: branch(leaf=leaf(text=Delayed("late"))),
    "awaitable object": lambda: branch(maybe_leaf=Delayed(leaf())),
    "awaitable list": lambda: branch(leaves=Delayed([leaf()])),
    "awaitables in a list": lambda: branch(maybe_leaves=[Delayed(leaf()), Delayed(None)]),
    "awaitable scalar": lambda: branch(leaf=leaf(amount=Delayed(Decimal(2)))),
    "tuple": lambda: branch(leaves=(leaf(), leaf()), leaf=leaf(texts=("a",))),
    "generator": lambda: branch(leaves=iterate_once([leaf()]), leaf=leaf(texts=iterate_once(["a"]))),
    "text for a list": lambda: branch(leaf=leaf(texts="abc")),
    "lists in a list": lambda: branch(leaf=leaf(table=[[1], [None], "x"])),
    "a class below": lambda: branch(pet=Wolf(name="Akela"), pets=[Wolf(name="Raksha", pack=None)]),
    "not in the interface": lambda: branch(pet=leaf()),
    "not in the union": lambda: branch(either=Dog(name="Rex")),
    "a leaf in the union": lambda: branch(either=leaf()),
    "cat's leaf is wrong": lambda: branch(pet=Cat(name="Mia", lives=9, leaf=leaf(text=None))),
    "cat without lives": lambda: branch(pets=[Cat(name="Mia", lives=None)], pet=Cat(name="Tom", lives=None)),  # type: ignore[arg-type]
    "cast": lambda: branch(leaf=strawberry.cast(Leaf, leaf())),
    "no attribute": lambda: _without(branch(), "name"),
}
EVERYTHING = """
query Everything($no: Boolean = false, $yes: Boolean = true) {
  branch {
    __typename named: name name length loud
    leaf { ...All extra: text }
    leaf { number @skip(if: $no) text @include(if: $yes) flag @skip(if: $yes) }
    maybeLeaf { ...All }
    leaves { id __typename ...All @include(if: $yes) }
    maybeLeaves { ... on Leaf { text maybeText } ...All }
    pet { __typename name ... on Cat { lives leaf { text } } ... on Dog { bark(times: 2) } ... on Wolf { pack } }
    pets { name ... on Cat { lives leaf { ...All } } }
    either { __typename ... on Cat { name lives } ... on Leaf { ...All } }
    box { label content { text } }
    later { text }
    failing: later(fail: true) { text }
    branch { name branch { name leaf { text } } }
  }
  list { name leaf { text } }
}
fragment All on Leaf {
  id text number ratio flag colour moment amount texts maybeTexts table
  maybeId maybeText maybeNumber maybeRatio maybeFlag maybeColour maybeMoment maybeAmount
}
"""


def _without(instance: Any, attribute: str) -> Any:
    del instance.__dict__[attribute]
    return instance


class Source:
    """The value of the root fields."""

    create: Callable[[], Any] = staticmethod(branch)


@strawberry.type
class Query:
    """Two fields with the same data."""

    @strawberry.field
    def branch(self) -> Branch | None:
        """Return it synchronously."""
        return Source.create()  # type: ignore[no-any-return]

    @strawberry.field
    async def list(self) -> list[Branch | None]:
        """Return it in a list, asynchronously."""
        return [Source.create(), branch()]


COMPILED = build(Query, execution_context_class=CompiledExecutor, extensions=[ParserCache])
STANDARD = build(Query)


async def execute(schema: strawberry.Schema, document: str, variables: dict[str, Any] | None = None) -> Any:
    result = await schema.execute(document, variables)
    errors = [(error.message, error.path, error.locations, type(error.original_error)) for error in result.errors or []]
    return result.data, _keys(result.data), errors


def _keys(data: Any) -> Any:
    """Return the order of keys, which the equality of dictionaries ignores."""
    if isinstance(data, dict):
        return [(key, _keys(value)) for key, value in data.items()]
    return [_keys(item) for item in data] if isinstance(data, list) else None


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("variables", [{}, {"no": True, "yes": False}], ids=["defaults", "opposites"])
async def test_valid_and_invalid_data_has_graphql_cores_response(name: str, variables: dict[str, Any]) -> None:
    Source.create = staticmethod(DATA[name])
    expected = await execute(STANDARD, EVERYTHING, variables)
    for _ in range(2):  # compiled, then cached
        assert await execute(COMPILED, EVERYTHING, variables) == expected


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(document=queries(STANDARD.as_str()), name=st.sampled_from(sorted(DATA)))
async def test_any_document_has_graphql_cores_response(document: str, name: str) -> None:
    Source.create = staticmethod(DATA[name])
    assert await execute(COMPILED, document) == await execute(STANDARD, document)


async def test_serializers_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the tests above would compare graphql-core with itself."""
    is_serialized: dict[type, bool] = {}
    serialize = ObjectSerializer.serialize_or_none

    def watch(serializer: ObjectSerializer, value: Any) -> Any:
        data = serialize(serializer, value)
        is_serialized[type(value)] = data is not None
        return data

    monkeypatch.setattr(ObjectSerializer, "serialize_or_none", watch)
    Source.create = staticmethod(branch)
    await execute(COMPILED, "{ list { name leaf { text } leaves { ...A } pets { name ... on Cat { lives } } } }" + A)
    assert is_serialized == {Branch: True}  # each branch by one call, with everything below it
    Source.create = staticmethod(DATA["null text"])
    await execute(COMPILED, "{ branch { name leaf { text } } }")
    assert is_serialized == {Branch: False, Leaf: False}


A = "fragment A on Leaf { id number colour moment texts }"


async def test_the_operation_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents that differ in each request do not make the process grow."""
    monkeypatch.setattr(CompiledExecutor, "max_operations", 3)
    monkeypatch.setattr(CompiledExecutor, "_operations", type(CompiledExecutor._operations)())
    for number in range(10):
        await execute(COMPILED, f"{{ a{number}: branch {{ name }} }}")
    assert len(CompiledExecutor._operations) == 3


async def test_an_execution_creates_only_the_attributes_that_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise graphql-core's executor has attributes unknown to us, and each execution builds it anew."""
    Source.create = staticmethod(branch)
    document = "{ branch { name later { text } } }"
    await execute(COMPILED, document)
    created: list[str] = []

    def observe(name: str) -> Callable[[Any], Any]:
        create = LAZY_ATTRIBUTES[name]

        def create_observed(executor: Any) -> Any:
            created.append(name)
            return create(executor)

        return create_observed

    for name in [*LAZY_ATTRIBUTES]:
        monkeypatch.setitem(LAZY_ATTRIBUTES, name, observe(name))
    monkeypatch.setattr(CompiledExecutor, "__init__", lambda *_, **__: pytest.fail("graphql-core built an executor"))
    monkeypatch.setattr(CompiledExecutor, "complete_object_value", complete_object_value)  # without comparison
    data, _, errors = await execute(COMPILED, document)
    assert data
    assert not errors
    assert {*created} == {"async_helpers"}
