"""What Strawberry declared of types and fields, as far as a plan may rely on it."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLField, GraphQLObjectType
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

DEFINITION = GraphQLCoreConverter.DEFINITION_BACKREF
CONDITIONS = {"skip", "include"}


def attribute(field: GraphQLField) -> str | None:
    """Return the attribute that a field merely shows; None when there is more to it."""
    definition = field.extensions.get(DEFINITION)
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
    """Return the class whose objects are surely of this type; None when more than the class decides."""
    definition = type_.extensions.get(DEFINITION)
    if not isinstance(definition, StrawberryObjectDefinition):
        return None
    undecided = definition.is_type_of or definition.concrete_of or definition.is_graphql_generic
    return None if undecided else definition.origin


def chooses_by_itself(type_: Any) -> bool:
    """Whether an interface has a `resolve_type` of its own."""
    definition = type_.extensions.get(DEFINITION)
    return bool(getattr(definition, "resolve_type", None)) or definition is None


def is_special(details: Any) -> bool:
    """Whether a field is deferred, has a fragment's variables or directives beyond `@skip` and `@include`."""
    directives = {directive.name.value for directive in details.node.directives or ()}
    return bool(details.defer_usage or details.fragment_variable_values or directives - CONDITIONS)
