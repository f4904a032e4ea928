"""Objects that show rows: a plan that reads the row answers as graphql-core does, which reads the object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import strawberry
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import queries
from strawberry.extensions import ParserCache

from osit_graphql.api.executor import PlannedExecutor
from osit_graphql.api.executor.codegen import Plan
from tests.executor.difference import complete
from tests.executor.shown import KINDS, Book, Film, Page, Person, Record, Thing
from tests.executor.test_plans import answer


def row(**changes: Any) -> dict[str, Any]:
    """Make a row, right but for what is changed."""
    right = {"id": 1, "kind": "book", "name": "n", "mood": "good", "moods": ["bad", "good"], "extra": 5}
    beside = {"owner__id": 2, "owner__name": "o", "owner__mood": None}
    return {**right, **beside, "friend__id": 3, "friend__name": "f", "friend__mood": "bad", **changes}


def without(*names: str) -> dict[str, Any]:
    """Make a row that lacks columns."""
    return {name: value for name, value in row().items() if name not in names}


DATA: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "right": lambda: [row(), row(id=2, kind="film", extra=None)],
    "nothing": list,
    "nobody beside": lambda: [row(friend__id=None, friend__name=None)],
    "nobody who must be": lambda: [row(owner__id=None)],
    "not fetched": lambda: [without("friend__id", "friend__name"), row()],
    "not fetched at all": lambda: [without("name")],
    "not surely there": lambda: [without("extra")],
    "null name": lambda: [row(), row(name=None)],
    "null beside": lambda: [row(friend__name=None)],
    "null mood": lambda: [row(mood=None)],
    "no such mood": lambda: [row(mood="odd", friend__mood="odd")],
    "another enumeration's": lambda: [row(), row(mood="foreign", friend__mood="foreign")],
    "a member's own": lambda: [row(moods=None)],
    "odd among moods": lambda: [row(moods=["odd"])],
    "null among moods": lambda: [row(moods=[None])],
    "another kind": lambda: [row(), row(kind="play")],
    "number for a name": lambda: [row(name=7)],
    "text for a number": lambda: [row(extra="7")],
    "no such id": lambda: [row(id=99)],
}


def records(make: Callable[[], list[dict[str, Any]]]) -> Callable[[], list[dict[str, Any]]]:
    """Make the same rows as records."""
    return lambda: [Record(each) for each in make()]


ALIKE: Any = {"by name": lambda make: make, "in order": records}


class Source:
    """What the root fields give back."""

    make: Callable[[], list[dict[str, Any]]] = staticmethod(DATA["right"])


@strawberry.type
class Query:
    """Two ways to the rows."""

    @strawberry.field
    def page(self) -> Page | None:
        """Give them as a list."""
        return Page(Source.make())

    @strawberry.field
    async def first(self) -> Thing | None:
        """Give one as an object."""
        rows = Source.make()
        return KINDS[rows[0]["kind"]](rows[0]) if rows else None

    @strawberry.field
    def beside(self) -> Person | None:
        """Give what stands beside another, with its prefix."""
        rows = Source.make()
        return Person(rows[0], "owner__") if rows else None


def build(**options: Any) -> strawberry.Schema:
    """Build the schema."""
    return strawberry.Schema(Query, types=[Book, Film], extensions=[ParserCache], **options)


PLANNED, PLAIN = build(execution_context_class=PlannedExecutor), build()
EVERYTHING = """
query Everything($no: Boolean = false) {
  page {
    books { __typename id name mood moods extra owner { id name mood } friend { name @skip(if: $no) } }
    loud: books { name loud }
    things { __typename id ... on Book { mood friend { __typename id } } ... on Film { friend { name } } }
  }
  first { id name ... on Book { extra loud owner { mood } } }
  beside { id name mood }
}
"""


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("no", [False, True])
@pytest.mark.parametrize("how", ALIKE)
async def test_right_and_wrong_rows_are_answered_as_graphql_core_does(name: str, no: bool, how: str) -> None:
    Source.make = staticmethod(ALIKE[how](DATA[name]))
    expected = await answer(PLAIN, EVERYTHING, {"no": no})
    for _ in range(2):
        assert await answer(PLANNED, EVERYTHING, {"no": no}) == expected


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(document=queries(PLAIN.as_str()), name=st.sampled_from(sorted(DATA)), how=st.sampled_from(sorted(ALIKE)))
async def test_any_document_is_answered_as_graphql_core_does(document: str, name: str, how: str) -> None:
    Source.make = staticmethod(ALIKE[how](DATA[name]))
    assert await answer(PLANNED, document) == await answer(PLAIN, document)


@pytest.mark.parametrize("how", ALIKE)
async def test_rows_are_read_without_objects(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """Else the tests above would compare graphql-core with itself."""
    written: list[bool] = []
    write = Plan.try_to_write

    def watch(plan: Plan, value: Any) -> Any:
        found = write(plan, value)
        written.append(found is not None)
        return found

    def make(*_: Any) -> None:
        raise AssertionError("an object was made")

    monkeypatch.setattr(PlannedExecutor, "complete_object_value", complete)  # which compares nothing
    monkeypatch.setattr(Plan, "try_to_write", watch)
    monkeypatch.setattr(Book, "__init__", make)
    monkeypatch.setattr(Film, "__init__", make)
    Source.make = staticmethod(ALIKE[how](DATA["right"]))
    document = (
        "{ page { books { id mood owner { name } friend { id } } things { id ... on Film { friend { name } } }"
        " alike: things { id name } } }"
    )
    data, _, errors = await answer(PLANNED, document)
    assert not errors
    assert [len(data["page"][name]) for name in ("books", "things", "alike")] == [2, 2, 2]
    assert written == [True]
