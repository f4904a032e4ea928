"""Leaves: how a plan completes scalars, enumerations and lists, and when it gives up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from inspect import isawaitable
from typing import Any
from uuid import UUID

from graphql import GraphQLBoolean, GraphQLID, GraphQLInt, GraphQLLeafType, GraphQLString, is_enum_type
from graphql.pyutils import Undefined

TEXTS = (GraphQLString, GraphQLID)
PLAIN = (str, int, float, bool, dict, list, tuple, Decimal, UUID, date, datetime, time, timedelta)


class Written:
    """A scalar's serialization that leaves to whoever writes the JSON what that writes alike.

    `serialize` gives the scalar's text; a value of the class `type_` whose `attribute` is `value` is left as it is.
    """

    def __init__(self, serialize: Callable[[Any], Any], type_: type, attribute: str, value: Any) -> None:
        self.serialize = serialize
        self.left = (type_, attribute, value)

    def __call__(self, value: Any) -> Any:
        """Serialize, as graphql-core asks."""
        return self.serialize(value)


class UnplannedError(Exception):
    """Something is not as planned: graphql-core takes over."""


def refuse(value: Any) -> Any:
    """End the plan."""
    raise UnplannedError(type(value))


def items(value: Any) -> Any:
    """Return a list's items; other iterables, which can be read once only, are graphql-core's."""
    return value if value.__class__ is list or value.__class__ is tuple else refuse(value)


def leaf(type_: GraphQLLeafType, name_of: Callable[[Any], str], *, nullable: bool = False) -> str:
    """Return the template of a leaf's expression, with `{bound}` where its value is first read and `{name}` after."""
    left = _left(type_, name_of)
    other = f"{name_of(_coercion(type_))}({{name}})"
    if left is not None:
        null = " or {name} is None" if nullable else ""
        return f"({{name}} if {left}{null} else {other})"
    if (names := names_of_members(type_)) is not None:
        other = f"({name_of(names)}[{{name}}] if type({{name}}) is {name_of(type_.wrapped_cls)} else {other})"  # type: ignore[union-attr]  # it has members
    if nullable:
        return f"(None if {{bound}} is None else {other})"
    return other.replace("{name}", "{bound}") if names is None else other.replace("type({name})", "type({bound})")


def _left(type_: GraphQLLeafType, name_of: Callable[[Any], str]) -> str | None:
    """Return the condition on which a value is its own completion; None when none ever is."""
    if type_ in TEXTS:
        return "type({bound}) is str"
    if type_ is GraphQLInt:
        return "type({bound}) is int and -2147483648 <= {name} <= 2147483647"
    if type_ is GraphQLBoolean:
        return "type({bound}) is bool"
    if isinstance(written := type_.coerce_output_value, Written):
        kind, attribute, value = written.left
        return f"type({{bound}}) is {name_of(kind)} and {{name}}.{attribute} is {name_of(value)}"
    return None


def names_of_members(type_: Any) -> dict[Any, str] | None:
    """Return the names of an enumeration's members, those that have one; None of any other type."""
    wrapped = getattr(type_, "wrapped_cls", None)
    if not is_enum_type(type_) or not isinstance(wrapped, type) or not issubclass(wrapped, Enum):
        return None
    return {member: type_.coerce_output_value(member) for member in wrapped if _has_name(type_, member)}


def _coercion(type_: GraphQLLeafType) -> Callable[[Any], Any]:
    """Return graphql-core's own completion of a leaf, for values that are neither awaited nor raised."""
    coerce = type_.coerce_output_value

    def complete(value: Any) -> Any:
        if value.__class__ not in PLAIN and (isinstance(value, Exception) or value is None or isawaitable(value)):
            refuse(value)
        completed = coerce(value)
        return refuse(value) if completed is None or completed is Undefined else completed

    return complete


def _has_name(type_: Any, member: Enum) -> bool:
    return any(value.value == member.value for value in type_.values.values())
