"""Access to graphql-core objects behind Strawberry's: the schema, a field's nodes and variables, a type's fields.

Strawberry has no documented way to them. Outside `api.executor` this is the only module that uses private names of
Strawberry or graphql-core, so that a release that renames one needs a change here only. It also recognizes absent
arguments, which Strawberry passes as `UNSET`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard, TypeVar, cast

import strawberry
from graphql import FieldNode, GraphQLField, GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema, VariableNode
from strawberry import UNSET
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types import Info, get_object_definition
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

T = TypeVar("T")

DEFINITION_KEY = GraphQLCoreConverter.DEFINITION_BACKREF
"""The key of Strawberry's definition in the `extensions` of graphql-core's types and fields."""


class FieldNodes(list[FieldNode]):
    """The nodes of a field under `@skip` and `@include` conditions that are fixed.

    The compiled executor passes the same list to every execution of an operation under the same `conditions`: the
    values of the variables that these directives use. Results that depend on the nodes alone are cached in `cache`.
    """

    def __init__(self, nodes: Iterable[FieldNode], conditions: Mapping[str, Any]) -> None:
        super().__init__(nodes)
        self.conditions = conditions
        self.cache: dict[Any, Any] = {}


def core_schema(schema: Any) -> GraphQLSchema:
    """Return the graphql-core schema that a Strawberry schema wraps."""
    return cast("GraphQLSchema", schema._schema)  # noqa: SLF001 - it has no public name


def strawberry_schema(schema: GraphQLSchema) -> strawberry.Schema | None:
    """Return the Strawberry schema that wraps this one, if there is one."""
    return getattr(schema, "_strawberry_schema", None)


def field_nodes(info: Info[Any, Any]) -> FieldNodes:
    """Return the nodes of the field that is being resolved; `info.selected_fields` ignores `@skip` and `@include`."""
    core = info._raw_info  # noqa: SLF001 - it has no public name
    nodes: Any = core.field_nodes
    if isinstance(nodes, FieldNodes):
        return nodes
    variables: Any = core.variable_values
    return FieldNodes(nodes, getattr(variables, "coerced", variables))


def fragments(info: Info[Any, Any]) -> Mapping[str, Any]:
    """Return the fragment definitions of the document."""
    return info._raw_info.fragments  # noqa: SLF001 - it has no public name


def attributes_by_field(type_: type) -> Mapping[str, str]:
    """Return the attribute of each field of a Strawberry type, by the field's name in the schema."""
    fields = get_object_definition(type_, strict=True).fields
    return {field.graphql_name or to_camel_case(field.python_name): field.python_name for field in fields}


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


def is_one_of(type_: GraphQLInputObjectType) -> bool:
    """Whether an input type has `@oneOf`, which Strawberry stores in its own definition."""
    definition = type_.extensions.get(DEFINITION_KEY)
    return type_.is_one_of or getattr(definition, "is_one_of", False)


def is_set(value: T | None) -> TypeGuard[T]:
    """Whether an argument has a value: neither absent nor null."""
    return value is not None and value is not UNSET


def value_or_none(value: Any) -> Any:
    """Return an argument's value; None when it is absent."""
    return None if value is UNSET else value


def has_variables(node: Any) -> bool:
    """Whether a value in a document contains variables."""
    if isinstance(node, VariableNode):
        return True
    nested = getattr(node, "values", None) or [field.value for field in getattr(node, "fields", None) or ()]
    return any(map(has_variables, nested))
