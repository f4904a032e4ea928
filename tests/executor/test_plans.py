"""For every document and all data, right or wrong, the planned executor answers as graphql-core does."""

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

from osit_graphql.api.executor import PlannedExecutor
from osit_graphql.api.executor.codegen import Plan
from osit_graphql.api.executor.operation_cache import MADE
from tests.executor.difference import complete
from tests.executor.peculiar import Branch, Cat, Colour, Dog, Leaf, Wolf, branch, build, leaf, once, soon

# Data that is right, then wrong in one place each: what makes it is called for each execution.
DATA: dict[str, Callable[[], Any]] = {
    "right": branch,
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
    "awaitable text": lambda: branch(leaf=leaf(text=soon("late"))),
    "awaitable object": lambda: branch(maybe_leaf=soon(leaf())),
    "awaitable list": lambda: branch(leaves=soon([leaf()])),
    "awaitables in a list": lambda: branch(maybe_leaves=[soon(leaf()), soon(None)]),
    "awaitable scalar": lambda: branch(leaf=leaf(amount=soon(Decimal(2)))),
    "tuple": lambda: branch(leaves=(leaf(), leaf()), leaf=leaf(texts=("a",))),
    "generator": lambda: branch(leaves=once([leaf()]), leaf=leaf(texts=once(["a"]))),
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


def _without(thing: Any, attribute: str) -> Any:
    del thing.__dict__[attribute]
    return thing


class Source:
    """What the root fields of the schema under test give back."""

    make: Callable[[], Any] = staticmethod(branch)


@strawberry.type
class Query:
    """Two ways to the data."""

    @strawberry.field
    def branch(self) -> Branch | None:
        """Give it at once."""
        return Source.make()  # type: ignore[no-any-return]

    @strawberry.field
    async def list(self) -> list[Branch | None]:
        """Give it in a list, after a while."""
        return [Source.make(), branch()]


PLANNED = build(Query, execution_context_class=PlannedExecutor, extensions=[ParserCache])
PLAIN = build(Query)


async def answer(schema: strawberry.Schema, document: str, variables: dict[str, Any] | None = None) -> Any:
    result = await schema.execute(document, variables)
    errors = [(error.message, error.path, error.locations, type(error.original_error)) for error in result.errors or []]
    return result.data, _keys(result.data), errors


def _keys(data: Any) -> Any:
    """The order of keys, which equality of dicts ignores."""
    if isinstance(data, dict):
        return [(key, _keys(value)) for key, value in data.items()]
    return [_keys(item) for item in data] if isinstance(data, list) else None


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("variables", [{}, {"no": True, "yes": False}], ids=["as is", "conditions turned"])
async def test_right_and_wrong_data_is_answered_as_graphql_core_does(name: str, variables: dict[str, Any]) -> None:
    Source.make = staticmethod(DATA[name])
    expected = await answer(PLAIN, EVERYTHING, variables)
    for _ in range(2):  # compiled, then recalled
        assert await answer(PLANNED, EVERYTHING, variables) == expected


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(document=queries(PLAIN.as_str()), name=st.sampled_from(sorted(DATA)))
async def test_any_document_is_answered_as_graphql_core_does(document: str, name: str) -> None:
    Source.make = staticmethod(DATA[name])
    assert await answer(PLANNED, document) == await answer(PLAIN, document)


async def test_plans_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the tests above would compare graphql-core with itself."""
    outcomes: dict[type, bool] = {}
    write = Plan.try_to_write

    def watch(plan: Plan, value: Any) -> Any:
        written = write(plan, value)
        outcomes[type(value)] = written is not None
        return written

    monkeypatch.setattr(Plan, "try_to_write", watch)
    Source.make = staticmethod(branch)
    await answer(PLANNED, "{ list { name leaf { text } leaves { ...A } pets { name ... on Cat { lives } } } }" + A)
    assert outcomes == {Branch: True}  # each branch in one go, with all below it
    Source.make = staticmethod(DATA["null text"])
    await answer(PLANNED, "{ branch { name leaf { text } } }")
    assert outcomes == {Branch: False, Leaf: False}


A = "fragment A on Leaf { id number colour moment texts }"


async def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """An operation that is new every time doesn't make the process grow."""
    monkeypatch.setattr(PlannedExecutor, "kept", 3)
    monkeypatch.setattr(PlannedExecutor, "_operations", type(PlannedExecutor._operations)())
    for number in range(10):
        await answer(PLANNED, f"{{ a{number}: branch {{ name }} }}")
    assert len(PlannedExecutor._operations) == 3


async def test_an_execution_makes_nothing_that_it_does_not_need(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else graphql-core's executor has more to it than is known, and is built whole each time."""
    Source.make = staticmethod(branch)
    document = "{ branch { name later { text } } }"
    await answer(PLANNED, document)
    made: list[str] = []

    def watched(name: str) -> Callable[[Any], Any]:
        make = MADE[name]

        def watch(executor: Any) -> Any:
            made.append(name)
            return make(executor)

        return watch

    for name in [*MADE]:
        monkeypatch.setitem(MADE, name, watched(name))
    monkeypatch.setattr(PlannedExecutor, "__init__", lambda *_, **__: pytest.fail("an executor was built whole"))
    monkeypatch.setattr(PlannedExecutor, "complete_object_value", complete)  # which compares nothing
    data, _, errors = await answer(PLANNED, document)
    assert data
    assert not errors
    assert {*made} == {"async_helpers"}
