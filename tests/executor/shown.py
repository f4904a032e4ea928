"""Types that show rows, in every way that there is."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

import strawberry

from osit_graphql.api.row_fields import Cell, Part, Rows


@strawberry.enum
class Mood(enum.Enum):
    """An enumeration with other words in the rows."""

    GOOD = "g"
    BAD = "b"


class Foreign(enum.Enum):
    """What is no mood."""

    ONE = 1


WORDS = {None: None, "good": Mood.GOOD, "bad": Mood.BAD, "foreign": Foreign.ONE}


class View:
    """What shows a row."""

    def __init__(self, row: dict[str, Any], prefix: str = "") -> None:
        self.row = row
        self.prefix = prefix

    @classmethod
    def joined(cls, row: dict[str, Any], prefix: str) -> Any:
        """Show what stands beside, if it is there."""
        return None if row.get(f"{prefix}id") is None else cls(row, prefix)


def shows(**cells: Any) -> Callable[[type], Any]:
    """Have a type read these off its row."""

    def decorate(type_: type) -> Any:
        for name, cell in cells.items():
            setattr(type_, name, cell)
        return type_

    return decorate


@shows(id=Cell("id", lambda key: f"p{key}"), name=Cell("name"), mood=Cell("mood", WORDS))
@strawberry.type
class Person(View):
    """Somebody beside."""

    id: strawberry.ID
    name: str
    mood: Mood | None

    __init__ = View.__init__


@strawberry.interface
class Thing(View):
    """What stands in a list."""

    id: strawberry.ID
    name: str


BESIDE = {
    "id": Cell("id", {n: f"t{n}" for n in range(9)}),
    "name": Cell("name"),
    "mood": Cell("mood", WORDS),
    "moods": Cell("moods", WORDS, many=True),
    "extra": Cell("extra", leading=False, there=False),
    "owner": Part(Person, "owner__"),
    "friend": Part(Person, "friend__"),
}


@shows(**BESIDE)
@strawberry.type
class Book(Thing):
    """One kind."""

    mood: Mood
    moods: list[Mood] | None
    extra: int | None
    owner: Person
    friend: Person | None

    __init__ = View.__init__

    @strawberry.field
    def loud(self) -> str:
        """More than a cell."""
        return str(self.row["name"]).upper()


@shows(**BESIDE)
@strawberry.type
class Film(Thing):
    """Another, with less."""

    friend: Person | None

    __init__ = View.__init__


KINDS = {"book": Book, "film": Film}


class Record(dict[str, Any]):
    """A row that gives its values in order, as a driver's does."""

    def __iter__(self) -> Any:
        """Give them."""
        return iter(self.values())


def order(row: dict[str, Any]) -> tuple[str, ...] | None:
    """Return a record's columns."""
    return tuple(row.keys()) if isinstance(row, Record) else None


@shows(
    books=Rows(lambda page: [Book(row) for row in page.rows], "rows", Book, order=order),
    things=Rows(lambda page: [KINDS[row["kind"]](row) for row in page.rows], "rows", KINDS, by="kind", order=order),
)
@strawberry.type
class Page:
    """A list of rows, as one kind and as what each is."""

    books: list[Book]
    things: list[Thing]
    rows: strawberry.Private[list[dict[str, Any]]]

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows
