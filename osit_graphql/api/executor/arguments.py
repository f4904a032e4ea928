"""Arguments: a field's, as they stand in the document, made into what its resolver is called with."""

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

from osit_graphql.api.executor.codegen_leaves import PLAIN, UnplannedError, refuse
from osit_graphql.api.executor.input_coercion import Conversions, Convert

Variables = Mapping[str, Any]
Source = Callable[[Variables], Any]
"""What gives a value, of the variables as they were coerced."""
Box = tuple[str, Source, Convert | None, str | None]
"""A resolver's parameter, where its value comes from, what converts it, and the variable without which it is absent."""
LASTING = tuple(each for each in PLAIN if each not in (dict, list, tuple))


def compile_arguments(
    definition: GraphQLField, node: FieldNode, field: StrawberryField, conversions: Conversions
) -> Callable[[Variables], Mapping[str, Any]]:
    """Return what gives a resolver's parameters; `UnplannedError` where only graphql-core and Strawberry can.

    What it gives raises whatever it likes where anything is not plainly right.
    """
    written = {argument.name.value: argument.value for argument in node.arguments or ()}
    lasting: dict[str, Any] = {}
    boxes: list[Box] = []
    for argument in field.arguments:
        name = conversions.config.name_converter.from_argument(argument)
        box = _box(definition.args[name], written.get(name), argument, conversions.of(argument.type))
        if box is None:
            continue
        python_name, source, convert, needed = box
        if varies(written.get(name)) or not _lasts(value := source({}) if convert is None else convert(source({}))):
            boxes.append((python_name, source, convert, needed))
        else:
            lasting[python_name] = value
    if not boxes:
        return lambda _variables: lasting

    def give(variables: Variables) -> Mapping[str, Any]:
        given = {**lasting}
        for python_name, source, convert, needed in boxes:
            if needed is None or needed in variables:
                value = source(variables)
                given[python_name] = value if convert is None else convert(value)
        return given

    return give


def _box(defined: Any, node: Any, argument: Any, convert: Convert | None) -> Box | None:
    """Return how one argument is read; None when it is absent and has no default."""
    if defined.out_name is not None or argument.python_name is None:
        raise UnplannedError(argument)
    if node is None:
        default = refuse(argument) if is_required_argument(defined) else coerce_default_value(defined)
        return None if default is Undefined else (argument.python_name, lambda _variables: default, convert, None)
    source = _source(defined.type, node)
    if not isinstance(node, VariableNode) or is_required_argument(defined):
        return argument.python_name, source, convert, None
    name, default = node.name.value, coerce_default_value(defined)
    if default is Undefined:
        return argument.python_name, source, convert, name
    either: Source = lambda variables: source(variables) if name in variables else default  # noqa: E731 - as all the others
    return argument.python_name, either, convert, None


def _source(type_: Any, node: Any) -> Source:
    """Return what gives the value of a literal, which may have variables in it."""
    if isinstance(node, VariableNode):
        return _variable(node.name.value, needed=isinstance(type_, GraphQLNonNull))
    if not varies(node):
        constant = coerce_input_literal(node, type_)
        return refuse(node) if constant is Undefined else lambda _variables: constant
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if isinstance(inner, GraphQLList):
        nodes = node.values if isinstance(node, ListValueNode) else [node]
        items = [_source(inner.of_type, each) for each in nodes]
        return lambda variables: [item(variables) for item in items]
    if isinstance(inner, GraphQLInputObjectType) and isinstance(node, ObjectValueNode) and not inner.is_one_of:
        return _object(inner, node)
    raise UnplannedError(node)


def _variable(name: str, *, needed: bool) -> Source:
    def give(variables: Variables) -> Any:
        value = variables[name]
        return refuse(value) if value is None and needed else value

    return give


def _object(type_: GraphQLInputObjectType, node: ObjectValueNode) -> Source:
    nodes = {each.name.value: each.value for each in node.fields}
    boxes, defaults = [], {}
    for name, field in type_.fields.items():
        given = nodes.pop(name, None)
        if given is not None:
            absent = (
                given.name.value if isinstance(given, VariableNode) and not is_required_input_field(field) else None
            )
            boxes.append((field.out_name or name, _source(field.type, given), absent))
        if (given is None or absent is not None) and (default := coerce_default_value(field)) is not Undefined:
            defaults[field.out_name or name] = default
        if given is None and is_required_input_field(field):
            raise UnplannedError(node)
    if nodes:
        raise UnplannedError(node)

    def give(variables: Variables) -> Any:
        coerced = {**defaults}
        for name, source, absent in boxes:
            if absent is None or absent in variables:
                coerced[name] = source(variables)
        return type_.out_type(coerced)

    return give


def varies(node: Any) -> bool:
    """Whether there are variables in a value."""
    if isinstance(node, VariableNode):
        return True
    within = getattr(node, "values", None) or [field.value for field in getattr(node, "fields", None) or ()]
    return any(map(varies, within))


def _lasts(value: Any) -> bool:
    """Whether a value can be given to every execution: nobody can change it."""
    return value is None or isinstance(value, (*LASTING, Enum))
