"""Places: where a plan reads what it writes, and what makes a function of that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Columns = tuple[str, ...]
"""The columns of a row in the order in which it gives their values."""
BUILTINS: dict[str, Any] = {
    "__builtins__": {"str": str, "int": int, "bool": bool, "dict": dict, "type": type}
}  # all that an expression names


@dataclass(frozen=True, slots=True)
class Place:
    """Where an object's fields are read: the object, or what it shows of a row (by the variable that has it).

    `columns`: those of a row that isn't there, for its values are in variables of their own.
    """

    origin: type
    variable: str
    prefix: str | None = None
    columns: Columns | None = None

    def read(self, column: str, *, there: bool = True) -> str:
        """Return the source of what stands in a column, which is surely there, or may not be."""
        if self.columns is None:
            return f"{self.variable}[{column!r}]" if there else f"{self.variable}.get({column!r})"
        known = dict(zip(self.columns, names_of(self.columns), strict=True))
        return known.get(column, f"{self.variable}[{column!r}]" if there else "None")


def names_of(columns: Columns) -> list[str]:
    """Return the variables that have a row's values."""
    return [f"r{place}" for place, _ in enumerate(columns)]


def evaluate(source: str, names: Mapping[str, Any]) -> Any:
    """Return what an expression is.

    It is made of names of the schema, of the document's response names and columns as literals, and of nothing else.
    """
    return eval(source, {**BUILTINS, **names})  # noqa: S307 - see above
