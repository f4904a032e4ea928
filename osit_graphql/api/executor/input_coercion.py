"""Compiles input coercion: graphql-core's of variable values, and Strawberry's conversion of coerced values.

Each input type becomes one function. They cover valid values only; they raise any exception for another value, and
graphql-core reads it again and reports the error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

from graphql import (
    GraphQLBoolean,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    is_enum_type,
    is_required_input_field,
)
from graphql.pyutils import Undefined
from graphql.utilities.coerce_input_value import coerce_default_value
from strawberry import UNSET
from strawberry.relay.types import GlobalID
from strawberry.types import get_object_definition, has_object_definition
from strawberry.types.arguments import _is_leaf_type, _is_optional_leaf_type
from strawberry.types.base import StrawberryList, StrawberryMaybe, StrawberryOptional
from strawberry.types.enum import has_enum_definition
from strawberry.types.lazy_type import LazyType

from osit_graphql.api.executor.codegen_source import FallBackToGraphQLCore, evaluate, fall_back
from osit_graphql.api.strawberry_adapter import strawberry_schema

Coerce = Callable[[Any, int], Any]
"""Coerces a value, given how deep it is nested."""
Convert = Callable[[Any], Any]
MAX_DEPTH = 32  # graphql-core has no such limit, and coerces values that are nested deeper


@dataclass(frozen=True)
class SchemaInputs:
    """The compiled inputs of a schema; `converters` is None where Strawberry wraps its resolvers."""

    coercers: InputCoercers
    converters: InputConverters | None


_inputs: WeakKeyDictionary[GraphQLSchema, SchemaInputs] = WeakKeyDictionary()


def inputs_of(schema: GraphQLSchema) -> SchemaInputs:
    """Return the compiled inputs of a schema, which are created at first use."""
    if schema not in _inputs:
        converter: Any = getattr(strawberry_schema(schema), "schema_converter", None)
        plain = converter is not None and not converter._exception_handler_specs  # noqa: SLF001 - it has no public name
        _inputs[schema] = SchemaInputs(InputCoercers(), InputConverters(converter) if plain else None)
    return _inputs[schema]


class InputCoercers:
    """graphql-core's coercion of JSON values, by input type."""

    def __init__(self) -> None:
        self._objects: dict[GraphQLInputObjectType, _ObjectCoercer] = {}

    def of(self, type_: GraphQLInputType) -> Coerce:
        """Return the function that coerces values of a type."""
        if isinstance(type_, GraphQLNonNull):
            return self._non_null(type_.of_type)
        coerce = self._non_null(type_)
        return lambda value, depth: None if value is None else coerce(value, depth)

    def _non_null(self, type_: Any) -> Coerce:
        if isinstance(type_, GraphQLList):
            return _list_coercer(self.of(type_.of_type))
        if isinstance(type_, GraphQLInputObjectType):
            if type_ not in self._objects:
                self._objects[type_] = _ObjectCoercer(self, type_)
            return self._objects[type_]
        return _leaf_coercer(type_)


def _list_coercer(coerce_item: Coerce) -> Coerce:
    def coerce(value: Any, depth: int) -> Any:
        if depth > MAX_DEPTH or value is None:
            fall_back(value)
        if value.__class__ is list:
            return [coerce_item(each, depth + 1) for each in value]
        return fall_back(value)  # one value in the place of a list of one, which is rare

    return coerce


class _ObjectCoercer:
    """Coerces an input object; compiled at first use, because input types may contain each other."""

    def __init__(self, coercers: InputCoercers, type_: GraphQLInputObjectType) -> None:
        if type_.is_one_of:
            raise FallBackToGraphQLCore(type_)
        self._coercers = coercers
        self._type = type_

    def __call__(self, value: Any, depth: int) -> Any:
        return self._coerce(value, depth)

    @cached_property
    def _coerce(self) -> Coerce:
        """All fields in one expression; a required field that is absent raises `KeyError`."""
        names: dict[str, Any] = {"fall_back": fall_back, "out": self._type.out_type, "known": self._type.fields.keys()}
        items = [self._field_source(name, field, names) for name, field in self._type.fields.items()]
        valid = f"type(o) is dict and d < {MAX_DEPTH + 1} and o.keys() <= known"
        coerce: Coerce = evaluate(f"lambda o, d: out({{{', '.join(items)}}}) if {valid} else fall_back(o)", names)
        return coerce

    def _field_source(self, name: str, field: Any, names: dict[str, Any]) -> str:
        """Return the source of a field's item, or of its default where it is absent."""
        index, out_name = len(names), field.out_name or name
        inner, non_null = (field.type.of_type, True) if isinstance(field.type, GraphQLNonNull) else (field.type, False)
        or_null = "" if non_null else f" or v{index} is None"
        names[f"c{index}"] = self._coercers.of(field.type)
        value = f"c{index}(o[{name!r}], d + 1)"
        if inner is GraphQLString or inner is GraphQLID:
            value = f"v{index} if type(v{index} := o[{name!r}]) is str{or_null} else c{index}(v{index}, d + 1)"
        if is_required_input_field(field):
            return f"{out_name!r}: {value}"
        default = coerce_default_value(field)
        names[f"d{index}"] = {} if default is Undefined else {out_name: default}
        return f"**({{{out_name!r}: {value}}} if {name!r} in o else d{index})"


def _leaf_coercer(type_: Any) -> Coerce:
    coerce = type_.coerce_input_value

    def by_graphql_core(value: Any, _depth: int = 0) -> Any:
        coerced = fall_back(value) if value is None else coerce(value)
        return fall_back(value) if coerced is Undefined else coerced

    if type_ is GraphQLString or type_ is GraphQLID:
        return lambda value, _depth: value if value.__class__ is str else by_graphql_core(value)
    if type_ is GraphQLInt:
        return lambda value, _depth: value if value.__class__ is int and abs(value) < 2**31 else by_graphql_core(value)
    if type_ is GraphQLBoolean:
        return lambda value, _depth: value if value.__class__ is bool else by_graphql_core(value)
    if is_enum_type(type_):
        members = {name: coerce(name) for name in type_.values}
        return lambda value, _depth: members[value]
    return by_graphql_core


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
