"""Source text of generated expressions: an object's fields, scalars and enumerations; and their evaluation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from inspect import isawaitable
from typing import Any, NoReturn
from uuid import UUID

from graphql import GraphQLBoolean, GraphQLID, GraphQLInt, GraphQLLeafType, GraphQLString, is_enum_type
from graphql.pyutils import Undefined

from osit_graphql.api.row_fields import ColumnField, Columns
from osit_graphql.api.scalars import PassthroughScalar

BUILTINS: dict[str, Any] = {"__builtins__": {"str": str, "int": int, "bool": bool, "dict": dict, "type": type}}
"""The only built-in names that generated expressions use."""
TEXT_TYPES = (GraphQLString, GraphQLID)
PLAIN_TYPES = (str, int, float, bool, dict, list, tuple, Decimal, UUID, date, datetime, time, timedelta)
"""Classes whose values are neither awaitable nor exceptions."""


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


def leaf_template(type_: GraphQLLeafType, name_of: Callable[[Any], str], *, nullable: bool = False) -> str:
    """Return the template of a leaf's expression: `{bound}` where it first reads its value, `{name}` after that."""
    passed_through = _passthrough_condition(type_, name_of)
    other = f"{name_of(_graphql_core_serializer(type_))}({{name}})"
    if passed_through is not None:
        null = " or {name} is None" if nullable else ""
        return f"({{name}} if {passed_through}{null} else {other})"
    if (names := enum_names_by_member(type_)) is not None:
        other = f"({name_of(names)}[{{name}}] if type({{name}}) is {name_of(type_.wrapped_cls)} else {other})"  # type: ignore[union-attr]  # it has members
    if nullable:
        return f"(None if {{bound}} is None else {other})"
    return other.replace("{name}", "{bound}") if names is None else other.replace("type({name})", "type({bound})")


def _passthrough_condition(type_: GraphQLLeafType, name_of: Callable[[Any], str]) -> str | None:
    """Return the condition under which a value is its own serialization; None when there is none."""
    if type_ in TEXT_TYPES:
        return "type({bound}) is str"
    if type_ is GraphQLInt:
        return "type({bound}) is int and -2147483648 <= {name} <= 2147483647"
    if type_ is GraphQLBoolean:
        return "type({bound}) is bool"
    if isinstance(scalar := type_.coerce_output_value, PassthroughScalar):
        class_, value = name_of(scalar.type), name_of(scalar.value)
        return f"type({{bound}}) is {class_} and {{name}}.{scalar.attribute} is {value}"
    return None


def enum_names_by_member(type_: Any) -> dict[Any, str] | None:
    """Return the names of an enumeration's members, without those that have none; None for any other type."""
    wrapped = getattr(type_, "wrapped_cls", None)
    if not is_enum_type(type_) or not isinstance(wrapped, type) or not issubclass(wrapped, Enum):
        return None
    return {member: type_.coerce_output_value(member) for member in wrapped if _has_name(type_, member)}


def _graphql_core_serializer(type_: GraphQLLeafType) -> Callable[[Any], Any]:
    """Return graphql-core's serialization of a leaf, for values that are neither awaitable nor exceptions."""
    coerce = type_.coerce_output_value

    def serialize(value: Any) -> Any:
        if value.__class__ not in PLAIN_TYPES and (isinstance(value, Exception) or value is None or isawaitable(value)):
            fall_back(value)
        serialized = coerce(value)
        return fall_back(value) if serialized is None or serialized is Undefined else serialized

    return serialize


def _has_name(type_: Any, member: Enum) -> bool:
    return any(value.value == member.value for value in type_.values.values())
