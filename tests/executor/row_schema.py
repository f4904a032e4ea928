"""Types that use every descriptor of `api.row_fields`."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

import strawberry

from osit_graphql.api.row_fields import ColumnField, JoinedField, RowListField


@strawberry.enum
class Mood(enum.Enum):
    """An enumeration whose values differ from the stored ones."""

    GOOD = "g"
    BAD = "b"


class OtherEnum(enum.Enum):
    """An enumeration that no field has."""

    ONE = 1


STORED_MOODS = {None: None, "good": Mood.GOOD, "bad": Mood.BAD, "foreign": OtherEnum.ONE}


class RowObject:
    """An object that is backed by a row."""

    def __init__(self, row: dict[str, Any], prefix: str = "") -> None:
        self.row = row
        self.prefix = prefix

    @classmethod
    def joined(cls, row: dict[str, Any], prefix: str) -> Any:
        """Return the joined object; None when there is none."""
        return None if row.get(f"{prefix}id") is None else cls(row, prefix)


def with_fields(**descriptors: Any) -> Callable[[type], Any]:
    """Decorate a type with descriptors."""

    def decorate(type_: type) -> Any:
        for name, descriptor in descriptors.items():
            setattr(type_, name, descriptor)
        return type_

    return decorate


@with_fields(
    id=ColumnField("id", lambda key: f"p{key}"),
    name=ColumnField("name"),
    mood=ColumnField("mood", STORED_MOODS),
)
@strawberry.type
class Person(RowObject):
    """A joined object."""

    id: strawberry.ID
    name: str
    mood: Mood | None

    __init__ = RowObject.__init__


@strawberry.interface
class Thing(RowObject):
    """An interface of the items of a list."""

    id: strawberry.ID
    name: str


DESCRIPTORS = {
    "id": ColumnField("id", {n: f"t{n}" for n in range(9)}),
    "name": ColumnField("name"),
    "mood": ColumnField("mood", STORED_MOODS),
    "moods": ColumnField("moods", STORED_MOODS, many=True),
    "extra": ColumnField("extra", prefixed=False, always_selected=False),
    "owner": JoinedField(Person, "owner__"),
    "friend": JoinedField(Person, "friend__"),
}


@with_fields(**DESCRIPTORS)
@strawberry.type
class Book(Thing):
    """A type of item."""

    mood: Mood
    moods: list[Mood] | None
    extra: int | None
    owner: Person
    friend: Person | None

    __init__ = RowObject.__init__

    @strawberry.field
    def loud(self) -> str:
        """Resolve with the row."""
        return str(self.row["name"]).upper()


@with_fields(**DESCRIPTORS)
@strawberry.type
class Film(Thing):
    """Another type of item, with fewer fields."""

    friend: Person | None

    __init__ = RowObject.__init__


KINDS = {"book": Book, "film": Film}


class Record(dict[str, Any]):
    """A row whose iteration yields its values, as `db.statements` returns them."""

    def __iter__(self) -> Any:
        """Yield the values."""
        return iter(self.values())


def column_order(row: dict[str, Any]) -> tuple[str, ...] | None:
    """Return a record's columns."""
    return tuple(row.keys()) if isinstance(row, Record) else None


@with_fields(
    books=RowListField(lambda page: [Book(row) for row in page.rows], "rows", Book, column_order=column_order),
    things=RowListField(
        lambda page: [KINDS[row["kind"]](row) for row in page.rows], "rows", KINDS, by="kind", column_order=column_order
    ),
)
@strawberry.type
class Page:
    """Lists of rows, of one type and of several."""

    books: list[Book]
    things: list[Thing]
    rows: strawberry.Private[list[dict[str, Any]]]

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows
