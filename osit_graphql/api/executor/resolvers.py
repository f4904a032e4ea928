"""Compiles the call of a field's resolver and its arguments, once for an operation; the call itself is Strawberry's.

Compiled arguments cover valid values only; they raise any exception for another value, and graphql-core reads it again
and reports the error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from enum import Enum
from functools import cached_property, partial, reduce
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    ListValueNode,
    ObjectValueNode,
    VariableNode,
    is_required_argument,
    is_required_input_field,
)
from graphql.execution.values import get_argument_values
from graphql.pyutils import Undefined
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal
from strawberry import UNSET
from strawberry.execution import optimized_is_awaitable
from strawberry.extensions import FieldExtension
from strawberry.extensions.field_extension import build_field_extension_resolvers
from strawberry.relay.types import GlobalID
from strawberry.types import get_object_definition, has_object_definition
from strawberry.types.arguments import _is_leaf_type, _is_optional_leaf_type
from strawberry.types.base import StrawberryList, StrawberryMaybe, StrawberryOptional
from strawberry.types.enum import has_enum_definition
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType

from osit_graphql.api.executor.codegen_source import PLAIN_TYPES, FallBackToGraphQLCore, evaluate, fall_back
from osit_graphql.api.strawberry_adapter import (
    DEFINITION_KEY,
    FieldNodes,
    declaring_class,
    has_variables,
    strawberry_schema,
)

if TYPE_CHECKING:
    from graphql.execution import Executor
    from graphql.execution.collect_fields import FieldDetailsList
    from graphql.execution.values import VariableValues

Resolve = Callable[[Any, Any, "VariableValues"], Any]
"""Resolves a field, given its source, graphql-core's `info` and the variables."""
Variables = Mapping[str, Any]
ReadValue = Callable[[Variables], Any]
"""Returns a coerced value, given the coerced variables."""
Convert = Callable[[Any], Any]
Argument = tuple[str, ReadValue, Convert | None, str | None]
"""A resolver's parameter, its value, its converter, and the variable that has to be given for the argument to exist."""
IMMUTABLE_TYPES = tuple(each for each in PLAIN_TYPES if each not in {dict, list, tuple})
_converters: WeakKeyDictionary[GraphQLSchema, InputConverters | None] = WeakKeyDictionary()


class CompiledField:
    """A field of an operation: its definition, its nodes and the call of its resolver."""

    __slots__ = ("definition", "nodes", "object_class", "object_type", "resolve", "type")

    def __init__(self, definition: GraphQLField, nodes: FieldNodes, resolve: Resolve) -> None:
        self.definition = definition
        self.type: Any = definition.type
        inner = self.type.of_type if isinstance(self.type, GraphQLNonNull) else self.type
        self.object_type: Any = inner if isinstance(inner, GraphQLObjectType) else None
        class_ = None if self.object_type is None else declaring_class(self.object_type)
        self.object_class = None if class_ is None or issubclass(class_, Exception) else class_
        self.nodes = nodes
        self.resolve = resolve


def compile_field(
    executor: Executor[Any], parent_type: GraphQLObjectType, details: FieldDetailsList, conditions: Mapping[str, Any]
) -> CompiledField | None:
    """Compile a field; None for one that is not in the schema."""
    definition = executor.schema.get_field(parent_type, details[0].node.name.value)
    if definition is None:
        return None
    nodes = FieldNodes((each.node for each in details), conditions)
    converters = _converters_of(executor.schema)
    by_graphql_core = _graphql_core_resolver(executor, definition, nodes[0])
    field = definition.extensions.get(DEFINITION_KEY)
    if converters is None or not isinstance(field, StrawberryField) or field.is_subscription or field.is_basic_field:
        return CompiledField(definition, nodes, by_graphql_core)
    try:
        read_arguments = _compile_arguments(definition, nodes[0], field, converters)
        call = _compile_call(field, converters.config.info_class)
    except Exception:  # noqa: BLE001 - not covered, or an invalid literal: graphql-core reads it, and reports its errors
        return CompiledField(definition, nodes, by_graphql_core)

    def resolve(source: Any, info: Any, variables: VariableValues) -> Any:
        try:
            arguments = read_arguments(variables.coerced)
        except Exception:  # noqa: BLE001 - graphql-core reads the same arguments again, and reports their errors
            return by_graphql_core(source, info, variables)
        return call(source, info, arguments)

    return CompiledField(definition, nodes, resolve)


def _graphql_core_resolver(executor: Executor[Any], definition: GraphQLField, node: FieldNode) -> Resolve:
    resolver = definition.resolve or executor.field_resolver
    hide_suggestions = executor.hide_suggestions

    def resolve(source: Any, info: Any, variables: VariableValues) -> Any:
        if not definition.args and not node.arguments:
            return resolver(source, info)
        return resolver(source, info, **get_argument_values(definition, node, variables, None, hide_suggestions))

    return resolve


def _compile_call(field: StrawberryField, info_class: Any) -> Callable[[Any, Any, Mapping[str, Any]], Any]:
    """Compile the call of a resolver through its extensions; falls back when one of them changes its arguments."""
    resolver = field.base_resolver
    if resolver is None or any(
        type(each).map_arguments is not FieldExtension.map_arguments for each in field.extensions
    ):
        raise FallBackToGraphQLCore(field)
    function: Any = resolver.wrapped_func
    takes_self = resolver.self_parameter is not None
    info_name = resolver.info_parameter.name if resolver.info_parameter else None
    source_names = {each.name for each in (resolver.parent_parameter, resolver.root_parameter) if each}
    if field.extensions and info_name not in {None, "info"}:
        raise FallBackToGraphQLCore(field)  # extensions would get it among the arguments

    def call_function(source: Any, info: Any, **arguments: Any) -> Any:
        if info_name is not None:
            arguments[info_name] = info
        return function(source, **arguments) if takes_self else function(**arguments)

    extensions = build_field_extension_resolvers(field)
    call_extensions: Any = reduce(lambda inner, outer: partial(outer, inner), extensions, call_function)

    def call(source: Any, info: Any, arguments: Mapping[str, Any]) -> Any:
        sources = dict.fromkeys(source_names, source) if source_names else {}
        return call_extensions(source, info_class(_raw_info=info, _field=field), **arguments, **sources)

    async def call_and_await(source: Any, info: Any, arguments: Mapping[str, Any]) -> Any:
        result = call(source, info, arguments)
        return await result if optimized_is_awaitable(result) else result

    # The coroutine of an `async def` function starts when it is awaited: it needs no coroutine around it.
    is_coroutine_function = iscoroutinefunction(extensions[-1] if extensions else function)
    return call_and_await if field.is_async and not is_coroutine_function else call


def _converters_of(schema: GraphQLSchema) -> InputConverters | None:
    """Return the converters of a schema, which are created at first use; None where Strawberry wraps its resolvers."""
    if schema not in _converters:
        converter: Any = getattr(strawberry_schema(schema), "schema_converter", None)
        plain = converter is not None and not converter._exception_handler_specs  # noqa: SLF001 - it has no public name
        _converters[schema] = InputConverters(converter) if plain else None
    return _converters[schema]


def _compile_arguments(
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


class InputConverters:
    """Strawberry's conversion of coerced values, by Strawberry type; None for values that stay as they are."""

    def __init__(self, schema_converter: Any) -> None:
        self.config = schema_converter.config
        self._scalars = schema_converter.scalar_registry
        self._objects: dict[type, _ObjectConverter] = {}

    def of(self, type_: Any) -> Convert | None:
        """Return the function that converts values of a type; falls back where only Strawberry can."""
        if isinstance(type_, StrawberryMaybe):
            raise FallBackToGraphQLCore(type_)
        if isinstance(type_, StrawberryOptional):
            return self.of(type_.of_type)
        if isinstance(type_, StrawberryList):
            return self._list_converter(type_.of_type)
        if type_ is GlobalID:
            raise FallBackToGraphQLCore(type_)
        if _is_leaf_type(type_, self._scalars) or has_enum_definition(type_):
            return None
        if isinstance(type_, LazyType):
            return self.of(type_.resolve_type())
        if not has_object_definition(type_) or type_.__strawberry_definition__.from_input is not None:
            raise FallBackToGraphQLCore(type_)
        class_: Any = type_
        if class_ not in self._objects:
            self._objects[class_] = _ObjectConverter(self, class_)
        return self._objects[class_]

    def _list_converter(self, item: Any) -> Convert:
        skipped = (GlobalID,)
        is_leaf = _is_leaf_type(item, self._scalars, skipped) or _is_optional_leaf_type(item, self._scalars, skipped)
        convert_item = None if is_leaf else self.of(item)

        def convert(value: Any) -> Any:
            if value is None or value is UNSET:
                return value
            return list(value) if convert_item is None else [convert_item(each) for each in value]

        return convert


class _ObjectConverter:
    """Creates instances of an input's class; compiled at first use."""

    def __init__(self, converters: InputConverters, type_: type) -> None:
        self._converters = converters
        self._type = type_

    def __call__(self, value: Any) -> Any:
        return value if value is None or value is UNSET else self._create(value)

    @cached_property
    def _create(self) -> Convert:
        """All fields in one expression; a required field that is absent raises `KeyError`."""
        definition = get_object_definition(self._type, strict=True)
        names: dict[str, Any] = {"type_": self._type}
        arguments = [self._field_source(field, definition, names) for field in definition.fields]
        create: Convert = evaluate(f"lambda o: type_({', '.join(arguments)})", names)
        return create

    def _field_source(self, field: Any, definition: Any, names: dict[str, Any]) -> str:
        """Return the source of a field's argument; of none where the field is absent and its class has a default."""
        index, name = len(names), self._converters.config.name_converter.from_field(field)
        type_ = field.resolve_type(type_definition=definition)
        convert = self._converters.of(type_)
        value = f"o[{name!r}]" if convert is None else f"c{index}(o[{name!r}])"
        names[f"c{index}"] = convert
        if field.default_value is MISSING and field.default_factory is MISSING and definition.is_input:
            or_null = f" if {name!r} in o else None" if isinstance(type_, StrawberryOptional) else ""
            return f"{field.python_name}={value}{or_null}"
        if field.default_value is UNSET:
            names[f"d{index}"] = UNSET
            return f"{field.python_name}={value} if {name!r} in o else d{index}"
        names[f"d{index}"] = {}
        return f"**({{{field.python_name!r}: {value}}} if {name!r} in o else d{index})"
