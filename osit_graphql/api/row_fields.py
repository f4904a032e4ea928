"""Views: objects that merely show a row. A plan reads the row itself, and makes no object of it.

A class says what its attributes show by what it has in their place: a `Cell` or a `Part` of `self.row`, whose columns
begin with `self.prefix`, or `Rows`, a list of views. They are properties, so that everybody else reads as usual.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import getattr_static
from typing import Any

from osit_graphql.api.executor.places import Columns, Place

Made = Mapping[Any, Any] | Callable[[Any], Any]


class Texts(dict[Any, str]):
    """A look-up that gives texts and nothing else, so that nobody has to look."""


class Cell(property):
    """What stands in a column, or what is made of it: by look-up or by call, of each of its items if it has many.

    `leading`: the column's name begins with the view's prefix; `there`: the column is surely in the row.
    """

    def __init__(
        self, column: str, made: Made | None = None, *, many: bool = False, leading: bool = True, there: bool = True
    ) -> None:
        self.column = column
        self.made = _each(made) if many and made is not None else made
        self._leading = leading
        self._there = there
        super().__init__(self._read)

    def _read(self, view: Any) -> Any:
        name = view.prefix + self.column if self._leading else self.column
        value = view.row[name] if self._there else view.row.get(name)
        if self.made is None:
            return value
        return self.made[value] if isinstance(self.made, Mapping) else self.made(value)

    def raw(self, place: Place) -> str:
        """Return the source of what stands there."""
        name = f"{place.prefix}{self.column}" if self._leading else self.column
        return place.read(name, there=self._there)

    def source(self, place: Place, name_of: Callable[[Any], str]) -> str:
        """Return the source of the attribute's value."""
        raw = self.raw(place)
        if self.made is None:
            return raw
        return f"{name_of(self.made)}[{raw}]" if isinstance(self.made, Mapping) else f"{name_of(self.made)}({raw})"


class Part(property):
    """Another view of the same row, of the columns that begin with `prefix`; None where there is no `id` among them."""

    def __init__(self, type_: type[Any], prefix: str) -> None:
        self.type = type_
        self.prefix = prefix
        super().__init__(lambda view: type_.joined(view.row, prefix))


class Rows(property):
    """A list of views: of the class that `types` is, or is for what stands in the column `by`.

    `rows` is what the object has them in: a list of mappings, by its path. `order` tells the columns of one that
    gives all values at once when it is iterated over, in that order; None of any other.
    """

    def __init__(
        self,
        read: Callable[[Any], Any],
        rows: str,
        types: Any,
        by: str | None = None,
        order: Callable[[Any], Columns | None] = lambda _row: None,
    ) -> None:
        self.rows = rows
        self.types = types
        self.by = by
        self.order = order
        super().__init__(read)


def reader(type_: type, attribute: str) -> Any:
    """Return what a class has in place of an attribute."""
    return getattr_static(type_, attribute, None)


def is_view(type_: type) -> bool:
    """Whether a class shows rows."""
    return any(isinstance(each, (Cell, Part)) for base in type_.__mro__ for each in vars(base).values())


def _each(made: Made) -> Callable[[Any], Any]:
    make = made.__getitem__ if isinstance(made, Mapping) else made
    return lambda values: None if values is None else [make(value) for value in values]
