"""Descriptors for the attributes of row-backed types: which column, joined object or list of rows each one reads.

They are properties, so that the attributes can be read like any other. The compiled executor recognizes them and reads
the row itself, so that it creates no object for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import getattr_static
from typing import Any

Columns = tuple[str, ...]
"""The columns of a row, in the order in which iteration yields their values."""
Converter = Mapping[Any, Any] | Callable[[Any], Any]


class TextLookup(dict[Any, str]):
    """A mapping whose values are always `str`: the executor does not check their type."""


class ColumnField(property):
    """Reads a column, and converts its value with a mapping or a function where there is one.

    `many`: the column holds a list, and each of its items is converted. `prefixed`: the column's name begins with the
    object's prefix. `always_selected`: every row has the column; a row without it reads as None otherwise.
    """

    def __init__(
        self,
        column: str,
        convert: Converter | None = None,
        *,
        many: bool = False,
        prefixed: bool = True,
        always_selected: bool = True,
    ) -> None:
        self.column = column
        self.convert = _convert_each(convert) if many and convert is not None else convert
        self.prefixed = prefixed
        self.always_selected = always_selected
        super().__init__(self._read)

    def _read(self, instance: Any) -> Any:
        name = instance.prefix + self.column if self.prefixed else self.column
        value = instance.row[name] if self.always_selected else instance.row.get(name)
        if self.convert is None:
            return value
        return self.convert[value] if isinstance(self.convert, Mapping) else self.convert(value)


class JoinedField(property):
    """Reads another object from the columns of the same row that begin with `prefix`; None where its `id` is null."""

    def __init__(self, type_: type[Any], prefix: str) -> None:
        self.type = type_
        self.prefix = prefix
        super().__init__(lambda instance: type_.joined(instance.row, prefix))


class RowListField(property):
    """Reads a list of row-backed objects.

    `read` returns them. `rows_path` is the path from the object to the same rows as mappings. `types` is the class of
    all of them, or maps the values of the column `by` to classes. `column_order` returns the columns of a row whose
    iteration yields its values in that order; None for a row of any other kind.
    """

    def __init__(
        self,
        read: Callable[[Any], Any],
        rows_path: str,
        types: Any,
        by: str | None = None,
        column_order: Callable[[Any], Columns | None] = lambda _row: None,
    ) -> None:
        self.rows_path = rows_path
        self.types = types
        self.by = by
        self.column_order = column_order
        super().__init__(read)


def descriptor_of(type_: type, attribute: str) -> Any:
    """Return the descriptor that a class has under an attribute's name; None when it has none."""
    return getattr_static(type_, attribute, None)


def is_row_backed(type_: type) -> bool:
    """Whether a class has fields that are read from a row."""
    return any(isinstance(each, (ColumnField, JoinedField)) for base in type_.__mro__ for each in vars(base).values())


def _convert_each(convert: Converter) -> Callable[[Any], Any]:
    convert_one = convert.__getitem__ if isinstance(convert, Mapping) else convert
    return lambda values: None if values is None else [convert_one(value) for value in values]
