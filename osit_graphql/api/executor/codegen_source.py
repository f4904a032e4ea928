"""Source text of generated expressions: where they read an object's fields, and how they are evaluated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from osit_graphql.api.row_fields import ColumnField, Columns

BUILTINS: dict[str, Any] = {"__builtins__": {"str": str, "int": int, "bool": bool, "dict": dict, "type": type}}
"""The only built-in names that generated expressions use."""


class FallBackToGraphQLCore(Exception):
    """Generated code met a case that it does not cover; graphql-core executes that part again."""


def fall_back(value: Any) -> NoReturn:
    """Leave this part to graphql-core. A function, because an expression cannot raise."""
    raise FallBackToGraphQLCore(type(value))


@dataclass(frozen=True, slots=True)
class ObjectSource:
    """Where an expression reads the fields of an object of the class `type`.

    `variable` is bound to the object, or to the row where `prefix` is set: the prefix of the object's columns.
    `columns`: the row's values are unpacked into variables, one for each of these columns.
    """

    type: type
    variable: str
    prefix: str | None = None
    columns: Columns | None = None

    def column(self, name: str, *, always_selected: bool = True) -> str:
        """Return the source of a column's value."""
        in_row = f"{self.variable}[{name!r}]"
        if self.columns is None:
            return in_row if always_selected else f"{self.variable}.get({name!r})"
        if name in self.columns:
            return column_variables(self.columns)[self.columns.index(name)]
        return in_row if always_selected else "None"

    def stored_value(self, field: ColumnField) -> str:
        """Return the source of the value that a field's column holds."""
        name = f"{self.prefix}{field.column}" if field.prefixed else field.column
        return self.column(name, always_selected=field.always_selected)

    def converted_value(self, field: ColumnField, name_of: Callable[[Any], str]) -> str:
        """Return the source of a field's value; `name_of` names its converter."""
        stored = self.stored_value(field)
        if field.convert is None:
            return stored
        converter = name_of(field.convert)
        return f"{converter}[{stored}]" if isinstance(field.convert, Mapping) else f"{converter}({stored})"


def column_variables(columns: Columns) -> list[str]:
    """Return the variables that a row's values are unpacked into."""
    return [f"r{index}" for index, _ in enumerate(columns)]


def evaluate(source: str, names: Mapping[str, Any]) -> Any:
    """Evaluate an expression.

    Its source consists of names from the schema, and of response names and columns as literals; of nothing else.
    """
    return eval(source, {**BUILTINS, **names})  # noqa: S307 - see above
