"""Row-backed objects: the compiled executor, which reads the row, responds as graphql-core, which reads the object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import strawberry
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import queries
from strawberry.extensions import ParserCache

from osit_graphql.api.executor import CompiledExecutor
from osit_graphql.api.executor.codegen import ObjectSerializer
from tests.executor.comparison import complete_object_value
from tests.executor.row_schema import KINDS, Book, Film, Page, Person, Record, Thing
from tests.executor.test_codegen import execute


def row(**changes: Any) -> dict[str, Any]:
    """Return a valid row with changes."""
    valid = {"id": 1, "kind": "book", "name": "n", "mood": "good", "moods": ["bad", "good"], "extra": 5}
    joined = {"owner__id": 2, "owner__name": "o", "owner__mood": None}
    return {**valid, **joined, "friend__id": 3, "friend__name": "f", "friend__mood": "bad", **changes}


def without(*names: str) -> dict[str, Any]:
    """Return a row without some columns."""
    return {name: value for name, value in row().items() if name not in names}


DATA: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "valid": lambda: [row(), row(id=2, kind="film", extra=None)],
    "nothing": list,
    "nothing joined": lambda: [row(friend__id=None, friend__name=None)],
    "a required object is absent": lambda: [row(owner__id=None)],
    "optional columns not selected": lambda: [without("friend__id", "friend__name"), row()],
    "a column not selected": lambda: [without("name")],
    "a column that may be absent": lambda: [without("extra")],
    "null name": lambda: [row(), row(name=None)],
    "null in a joined object": lambda: [row(friend__name=None)],
    "null mood": lambda: [row(mood=None)],
    "unknown mood": lambda: [row(mood="odd", friend__mood="odd")],
    "another enumeration's": lambda: [row(), row(mood="foreign", friend__mood="foreign")],
    "null for a list": lambda: [row(moods=None)],
    "unknown among moods": lambda: [row(moods=["odd"])],
    "null among moods": lambda: [row(moods=[None])],
    "unknown kind": lambda: [row(), row(kind="play")],
    "number for a name": lambda: [row(name=7)],
    "text for a number": lambda: [row(extra="7")],
    "unknown id": lambda: [row(id=99)],
}


def as_records(create: Callable[[], list[dict[str, Any]]]) -> Callable[[], list[dict[str, Any]]]:
    """Return the same rows as records."""
    return lambda: [Record(each) for each in create()]


ROW_FORMS: Any = {"mappings": lambda create: create, "records": as_records}


class Source:
    """The value of the root fields."""

    create: Callable[[], list[dict[str, Any]]] = staticmethod(DATA["valid"])


@strawberry.type
class Query:
    """Fields with the same rows."""

    @strawberry.field
    def page(self) -> Page | None:
        """Return all rows."""
        return Page(Source.create())

    @strawberry.field
    async def first(self) -> Thing | None:
        """Return the first one."""
        rows = Source.create()
        return KINDS[rows[0]["kind"]](rows[0]) if rows else None

    @strawberry.field
    def joined(self) -> Person | None:
        """Return the object that is joined to the first one."""
        rows = Source.create()
        return Person(rows[0], "owner__") if rows else None


def build(**options: Any) -> strawberry.Schema:
    """Build the schema."""
    return strawberry.Schema(Query, types=[Book, Film], extensions=[ParserCache], **options)


COMPILED, STANDARD = build(execution_context_class=CompiledExecutor), build()
EVERYTHING = """
query Everything($no: Boolean = false) {
  page {
    books { __typename id name mood moods extra owner { id name mood } friend { name @skip(if: $no) } }
    loud: books { name loud }
    things { __typename id ... on Book { mood friend { __typename id } } ... on Film { friend { name } } }
  }
  first { id name ... on Book { extra loud owner { mood } } }
  joined { id name mood }
}
"""


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("no", [False, True])
@pytest.mark.parametrize("form", ROW_FORMS)
async def test_valid_and_invalid_rows_have_graphql_cores_response(name: str, no: bool, form: str) -> None:
    Source.create = staticmethod(ROW_FORMS[form](DATA[name]))
    expected = await execute(STANDARD, EVERYTHING, {"no": no})
    for _ in range(2):
        assert await execute(COMPILED, EVERYTHING, {"no": no}) == expected


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(document=queries(STANDARD.as_str()), name=st.sampled_from(sorted(DATA)), form=st.sampled_from(sorted(ROW_FORMS)))
async def test_any_document_has_graphql_cores_response(document: str, name: str, form: str) -> None:
    Source.create = staticmethod(ROW_FORMS[form](DATA[name]))
    assert await execute(COMPILED, document) == await execute(STANDARD, document)


@pytest.mark.parametrize("form", ROW_FORMS)
async def test_rows_are_read_without_objects(monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    """Otherwise the tests above would compare graphql-core with itself."""
    is_serialized: list[bool] = []
    serialize = ObjectSerializer.serialize_or_none

    def watch(serializer: ObjectSerializer, value: Any) -> Any:
        data = serialize(serializer, value)
        is_serialized.append(data is not None)
        return data

    def fail(*_: Any) -> None:
        raise AssertionError("an object was created")

    monkeypatch.setattr(CompiledExecutor, "complete_object_value", complete_object_value)  # without comparison
    monkeypatch.setattr(ObjectSerializer, "serialize_or_none", watch)
    monkeypatch.setattr(Book, "__init__", fail)
    monkeypatch.setattr(Film, "__init__", fail)
    Source.create = staticmethod(ROW_FORMS[form](DATA["valid"]))
    document = (
        "{ page { books { id mood owner { name } friend { id } } things { id ... on Film { friend { name } } }"
        " alike: things { id name } } }"
    )
    data, _, errors = await execute(COMPILED, document)
    assert not errors
    assert [len(data["page"][name]) for name in ("books", "things", "alike")] == [2, 2, 2]
    assert is_serialized == [True]
