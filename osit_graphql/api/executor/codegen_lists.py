"""Code generation for lists of rows: one function for a whole list, specialized for the columns of its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from osit_graphql.api.executor.codegen_source import ObjectSource, column_variables, evaluate, fall_back

if TYPE_CHECKING:
    from graphql.execution.collect_fields import FieldDetailsList

    from osit_graphql.api.row_fields import Columns, RowListField

SerializeRows = Callable[[Sequence[Any]], list[Any]]


class Expression(Protocol):
    """The part of `codegen.Expression` that this module uses; `codegen` imports this module."""

    names: dict[str, Any]
    has_variables: bool

    def name_of(self, value: Any) -> str:
        """Return the name that a value has in the expression."""

    def object_items(
        self, type_: Any, details: FieldDetailsList, source: ObjectSource
    ) -> tuple[list[str], dict[str, FieldDetailsList]]:
        """Return the sources of an object's fields, and the fields that are left to graphql-core."""


class RowListSerializer(dict["Columns | None", SerializeRows]):
    """Serializes lists of rows; its functions, by the rows' columns, are compiled at first use."""

    def __init__(
        self,
        column_order: Callable[[Any], Columns | None],
        compile_: Callable[[Columns | None], SerializeRows | None],
    ) -> None:
        super().__init__()
        self._column_order = column_order
        self._compile = compile_

    def __missing__(self, columns: Columns | None) -> SerializeRows:
        self[columns] = self._compile(columns) or fall_back
        return self[columns]

    def serialize(self, rows: Sequence[Any]) -> list[Any]:
        """Serialize rows, which all come from one statement."""
        return self[self._column_order(rows[0])](rows) if rows else []


def compile_row_list(
    new_expression: Callable[[], Expression],
    sources: Mapping[Any, ObjectSource],
    details: FieldDetailsList,
    field: RowListField,
    columns: Columns | None,
) -> SerializeRows | None:
    """Compile the function for rows with these columns; None unless it covers each selected field of each type."""
    expression, objects = new_expression(), {}
    for type_, source in sources.items():
        items, remaining = expression.object_items(type_, details, replace(source, columns=columns))
        if remaining:
            return None
        objects[source.type] = f"{{{', '.join(items)}}}"
    variables = "r" if columns is None else ", ".join(column_variables(columns))
    body, by = next(iter(objects.values())), ObjectSource(object, "r", "", columns).column(field.by or "")
    if len({*objects.values()}) > 1:
        functions = {
            type_: evaluate(f"lambda {variables}: {each}", expression.names) for type_, each in objects.items()
        }
        by_value = expression.name_of({value: functions[type_] for value, type_ in field.types.items()})
        body = f"{by_value}[{by}]({variables})"
    elif expression.has_variables:  # in a comprehension they would be those of the function around it
        body = f"{expression.name_of(evaluate(f'lambda {variables}: {body}', expression.names))}({variables})"
    if field.by is not None:
        known = expression.name_of(frozenset(field.types))
        body = f"({body} if {by} in {known} else {expression.name_of(fall_back)}({by}))"
    serialize: SerializeRows = evaluate(f"lambda rows: [{body} for {variables} in rows]", expression.names)
    return serialize
