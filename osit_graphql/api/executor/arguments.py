"""Compiles the arguments of a field in a document into a function that returns its resolver's arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    ListValueNode,
    ObjectValueNode,
    VariableNode,
    is_required_argument,
    is_required_input_field,
)
from graphql.pyutils import Undefined
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal
from strawberry.types.field import StrawberryField

from osit_graphql.api.executor.codegen_leaves import PLAIN_TYPES
from osit_graphql.api.executor.codegen_source import FallBackToGraphQLCore, fall_back
from osit_graphql.api.executor.input_coercion import Convert, InputConverters
from osit_graphql.api.strawberry_adapter import has_variables

Variables = Mapping[str, Any]
ReadValue = Callable[[Variables], Any]
"""Returns a coerced value, given the coerced variables."""
Argument = tuple[str, ReadValue, Convert | None, str | None]
"""A resolver's parameter, its value, its converter, and the variable that has to be given for the argument to exist."""
IMMUTABLE_TYPES = tuple(each for each in PLAIN_TYPES if each not in {dict, list, tuple})


def compile_arguments(
    definition: GraphQLField, node: FieldNode, field: StrawberryField, converters: InputConverters
) -> Callable[[Variables], Mapping[str, Any]]:
    """Return the function of the variables that returns the arguments.

    Raises `FallBackToGraphQLCore` where only graphql-core and Strawberry can. The function raises any exception where
    a value is not valid.
    """
    nodes = {argument.name.value: argument.value for argument in node.arguments or ()}
    constants: dict[str, Any] = {}
    arguments: list[Argument] = []
    for argument in field.arguments:
        name = converters.config.name_converter.from_argument(argument)
        compiled = _compile_argument(definition.args[name], nodes.get(name), argument, converters.of(argument.type))
        if compiled is None:
            continue
        python_name, read, convert, _ = compiled
        if has_variables(nodes.get(name)) or not _is_immutable(
            value := read({}) if convert is None else convert(read({}))
        ):
            arguments.append(compiled)
        else:
            constants[python_name] = value
    if not arguments:
        return lambda _variables: constants

    def read_arguments(variables: Variables) -> Mapping[str, Any]:
        values = {**constants}
        for python_name, read, convert, needed_variable in arguments:
            if needed_variable is None or needed_variable in variables:
                value = read(variables)
                values[python_name] = value if convert is None else convert(value)
        return values

    return read_arguments


def _compile_argument(defined: Any, node: Any, argument: Any, convert: Convert | None) -> Argument | None:
    """Return how one argument is read; None when it is absent and has no default."""
    if defined.out_name is not None or argument.python_name is None:
        raise FallBackToGraphQLCore(argument)
    if node is None:
        default = fall_back(argument) if is_required_argument(defined) else coerce_default_value(defined)
        return None if default is Undefined else (argument.python_name, lambda _variables: default, convert, None)
    read = _compile_value(defined.type, node)
    if not isinstance(node, VariableNode) or is_required_argument(defined):
        return argument.python_name, read, convert, None
    name, default = node.name.value, coerce_default_value(defined)
    if default is Undefined:
        return argument.python_name, read, convert, name

    def read_or_default(variables: Variables) -> Any:
        return read(variables) if name in variables else default

    return argument.python_name, read_or_default, convert, None


def _compile_value(type_: Any, node: Any) -> ReadValue:
    """Return the function that reads a value in the document, which may contain variables."""
    if isinstance(node, VariableNode):
        return _compile_variable(node.name.value, required=isinstance(type_, GraphQLNonNull))
    if not has_variables(node):
        constant = coerce_input_literal(node, type_)
        return fall_back(node) if constant is Undefined else lambda _variables: constant
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if isinstance(inner, GraphQLList):
        nodes = node.values if isinstance(node, ListValueNode) else [node]
        items = [_compile_value(inner.of_type, each) for each in nodes]
        return lambda variables: [item(variables) for item in items]
    if isinstance(inner, GraphQLInputObjectType) and isinstance(node, ObjectValueNode) and not inner.is_one_of:
        return _compile_object(inner, node)
    raise FallBackToGraphQLCore(node)


def _compile_variable(name: str, *, required: bool) -> ReadValue:
    def read(variables: Variables) -> Any:
        value = variables[name]
        return fall_back(value) if value is None and required else value

    return read


def _compile_object(type_: GraphQLInputObjectType, node: ObjectValueNode) -> ReadValue:
    nodes = {each.name.value: each.value for each in node.fields}
    fields, defaults = [], {}
    for name, field in type_.fields.items():
        value = nodes.pop(name, None)
        if value is None and is_required_input_field(field):
            raise FallBackToGraphQLCore(node)
        needed_variable = None
        if value is not None:
            if isinstance(value, VariableNode) and not is_required_input_field(field):
                needed_variable = value.name.value
            fields.append((field.out_name or name, _compile_value(field.type, value), needed_variable))
        may_be_absent = value is None or needed_variable is not None
        if may_be_absent and (default := coerce_default_value(field)) is not Undefined:
            defaults[field.out_name or name] = default
    if nodes:
        raise FallBackToGraphQLCore(node)

    def read(variables: Variables) -> Any:
        values = {**defaults}
        for name, read_field, needed_variable in fields:
            if needed_variable is None or needed_variable in variables:
                values[name] = read_field(variables)
        return type_.out_type(values)

    return read


def _is_immutable(value: Any) -> bool:
    """Whether every execution can share a value."""
    return value is None or isinstance(value, (*IMMUTABLE_TYPES, Enum))
