"""Metadata that Strawberry attaches to types and fields, as far as generated code may rely on it."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLField, GraphQLObjectType
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

DEFINITION_KEY = GraphQLCoreConverter.DEFINITION_BACKREF
"""The key of Strawberry's definition in the `extensions` of graphql-core's types and fields."""
CONDITION_DIRECTIVES = {"skip", "include"}


def attribute_of(field: GraphQLField) -> str | None:
    """Return the attribute that a field's default resolver reads; None for a field with any other resolver."""
    definition = field.extensions.get(DEFINITION_KEY)
    if (
        isinstance(definition, StrawberryField)
        and definition.is_basic_field
        and definition.default_resolver is getattr
        and getattr(field.resolve, "_is_default", False)
        and definition.python_name.isidentifier()
    ):
        return definition.python_name
    return None


def declaring_class(type_: GraphQLObjectType) -> type | None:
    """Return the class whose instances are always of this type; None when something else decides that."""
    definition = type_.extensions.get(DEFINITION_KEY)
    if not isinstance(definition, StrawberryObjectDefinition):
        return None
    undecided = definition.is_type_of or definition.concrete_of or definition.is_graphql_generic
    return None if undecided else definition.origin


def has_own_resolve_type(type_: Any) -> bool:
    """Whether an abstract type has a `resolve_type` other than Strawberry's."""
    definition = type_.extensions.get(DEFINITION_KEY)
    return bool(getattr(definition, "resolve_type", None)) or definition is None


def is_special(details: Any) -> bool:
    """Whether a field is deferred, has a fragment's variables, or directives other than `@skip` and `@include`."""
    directives = {directive.name.value for directive in details.node.directives or ()}
    return bool(details.defer_usage or details.fragment_variable_values or directives - CONDITION_DIRECTIVES)
