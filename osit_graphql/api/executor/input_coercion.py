"""Inputs: what graphql-core makes of a variable's value and Strawberry of that, each as functions made once for a type.

They read what is plainly right. Anything else is an exception here, whichever, and graphql-core's to read again and
to tell.
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
from strawberry.types.arguments import _is_leaf_type, _is_optional_leaf_type
from strawberry.types.base import StrawberryList, StrawberryMaybe, StrawberryOptional, has_object_definition
from strawberry.types.enum import has_enum_definition
from strawberry.types.lazy_type import LazyType

from osit_graphql.api.executor.codegen_leaves import UnplannedError, refuse
from osit_graphql.api.executor.places import evaluate

Coerce = Callable[[Any, int], Any]
"""Of a value, and of how deep it lies."""
Convert = Callable[[Any], Any]
DEEPEST = 32  # graphql-core goes further; nobody writes so deep


@dataclass(frozen=True)
class Inputs:
    """What a schema's inputs are read with; `conversions` is None where more than Strawberry's resolvers is called."""

    coercions: Coercions
    conversions: Conversions | None


_of: WeakKeyDictionary[GraphQLSchema, Inputs] = WeakKeyDictionary()


def inputs_of(schema: GraphQLSchema) -> Inputs:
    """Return a schema's, made when first asked for."""
    if schema not in _of:
        converter: Any = getattr(getattr(schema, "_strawberry_schema", None), "schema_converter", None)
        plain = converter is not None and not converter._exception_handler_specs  # noqa: SLF001 - it is told nowhere else
        _of[schema] = Inputs(Coercions(), Conversions(converter) if plain else None)
    return _of[schema]


class Coercions:
    """What graphql-core makes of JSON values, by input type."""

    def __init__(self) -> None:
        self._objects: dict[GraphQLInputObjectType, _Object] = {}

    def of(self, type_: GraphQLInputType) -> Coerce:
        """Return what coerces values of a type."""
        if isinstance(type_, GraphQLNonNull):
            return self._some(type_.of_type)
        some = self._some(type_)
        return lambda value, depth: None if value is None else some(value, depth)

    def _some(self, type_: Any) -> Coerce:
        """Return what coerces values of a type that may not be null."""
        if isinstance(type_, GraphQLList):
            return _listed(self.of(type_.of_type))
        if isinstance(type_, GraphQLInputObjectType):
            if type_ not in self._objects:
                self._objects[type_] = _Object(self, type_)
            return self._objects[type_]
        return _leaf(type_)


def _listed(item: Coerce) -> Coerce:
    def coerce(value: Any, depth: int) -> Any:
        if depth > DEEPEST or value is None:
            refuse(value)
        if value.__class__ is list:
            return [item(each, depth + 1) for each in value]
        return refuse(value)  # one value stands for a list of one: rarely

    return coerce


class _Object:
    """An input object's values; what is in it is found when it is first met, for such types hold each other."""

    def __init__(self, coercions: Coercions, type_: GraphQLInputObjectType) -> None:
        if type_.is_one_of:
            raise UnplannedError(type_)
        self._coercions = coercions
        self._type = type_

    def __call__(self, value: Any, depth: int) -> Any:
        return self._coerce(value, depth)

    @cached_property
    def _coerce(self) -> Coerce:
        """All fields in one expression; what is required and not there is a `KeyError`."""
        names: dict[str, Any] = {"refuse": refuse, "out": self._type.out_type, "known": self._type.fields.keys()}
        parts = [self._source(name, field, names) for name, field in self._type.fields.items()]
        plain = f"type(o) is dict and d < {DEEPEST + 1} and o.keys() <= known"
        coerce: Coerce = evaluate(f"lambda o, d: out({{{', '.join(parts)}}}) if {plain} else refuse(o)", names)
        return coerce

    def _source(self, name: str, field: Any, names: dict[str, Any]) -> str:
        """Return the source of a field's item, or of what there is in its place when it isn't given."""
        place, out_name = len(names), field.out_name or name
        inner, needed = (field.type.of_type, True) if isinstance(field.type, GraphQLNonNull) else (field.type, False)
        null = "" if needed else f" or v{place} is None"
        names[f"c{place}"] = self._coercions.of(field.type)
        value = f"c{place}(o[{name!r}], d + 1)"
        if inner is GraphQLString or inner is GraphQLID:
            value = f"v{place} if type(v{place} := o[{name!r}]) is str{null} else c{place}(v{place}, d + 1)"
        if is_required_input_field(field):
            return f"{out_name!r}: {value}"
        default = coerce_default_value(field)
        names[f"d{place}"] = {} if default is Undefined else {out_name: default}
        return f"**({{{out_name!r}: {value}}} if {name!r} in o else d{place})"


def _leaf(type_: Any) -> Coerce:
    coerce = type_.coerce_input_value

    def other(value: Any, _depth: int = 0) -> Any:
        coerced = refuse(value) if value is None else coerce(value)
        return refuse(value) if coerced is Undefined else coerced

    if type_ is GraphQLString or type_ is GraphQLID:
        return lambda value, _depth: value if value.__class__ is str else other(value)
    if type_ is GraphQLInt:
        return lambda value, _depth: value if value.__class__ is int and abs(value) < 2**31 else other(value)
    if type_ is GraphQLBoolean:
        return lambda value, _depth: value if value.__class__ is bool else other(value)
    if is_enum_type(type_):
        members = {name: coerce(name) for name in type_.values}
        return lambda value, _depth: members[value]
    return other


class Conversions:
    """What Strawberry makes of coerced values, by type of its own; None for what stays as it is."""

    def __init__(self, converter: Any) -> None:
        """`converter`: the schema's, with its names and scalars."""
        self.config = converter.config
        self._scalars = converter.scalar_registry
        self._built: dict[type, _Built] = {}

    def of(self, type_: Any) -> Convert | None:
        """Return what converts values of a type; `UnplannedError` for what only Strawberry can."""
        if isinstance(type_, StrawberryMaybe):
            raise UnplannedError(type_)
        if isinstance(type_, StrawberryOptional):
            return self.of(type_.of_type)
        if isinstance(type_, StrawberryList):
            return self._listed(type_.of_type)
        if type_ is GlobalID:
            raise UnplannedError(type_)
        if _is_leaf_type(type_, self._scalars) or has_enum_definition(type_):
            return None
        if isinstance(type_, LazyType):
            return self.of(type_.resolve_type())
        if not has_object_definition(type_) or type_.__strawberry_definition__.from_input is not None:
            raise UnplannedError(type_)
        known: Any = type_
        if known not in self._built:
            self._built[known] = _Built(self, known)
        return self._built[known]

    def _listed(self, item: Any) -> Convert:
        skipped = (GlobalID,)
        plain = _is_leaf_type(item, self._scalars, skipped) or _is_optional_leaf_type(item, self._scalars, skipped)
        convert = None if plain else self.of(item)

        def convert_list(value: Any) -> Any:
            if value is None or value is UNSET:
                return value
            return list(value) if convert is None else [convert(each) for each in value]

        return convert_list


class _Built:
    """Objects of an input's class; what goes into them is found when the first is made."""

    def __init__(self, conversions: Conversions, type_: type) -> None:
        self._conversions = conversions
        self._type = type_

    def __call__(self, value: Any) -> Any:
        return value if value is None or value is UNSET else self._build(value)

    @cached_property
    def _build(self) -> Convert:
        """All fields in one expression; what must be there and isn't is a `KeyError`."""
        definition: Any = getattr(self._type, "__strawberry_definition__")  # noqa: B009 - it is on no type that mypy knows
        names: dict[str, Any] = {"type_": self._type}
        parts = [self._source(field, definition, names) for field in definition.fields]
        build: Convert = evaluate(f"lambda o: type_({', '.join(parts)})", names)
        return build

    def _source(self, field: Any, definition: Any, names: dict[str, Any]) -> str:
        """Return the source of what is given for a field, or nothing in its place: its class has a default then."""
        place, name = len(names), self._conversions.config.name_converter.from_field(field)
        type_ = field.resolve_type(type_definition=definition)
        convert = self._conversions.of(type_)
        value = f"o[{name!r}]" if convert is None else f"c{place}(o[{name!r}])"
        names[f"c{place}"] = convert
        if field.default_value is MISSING and field.default_factory is MISSING and definition.is_input:
            absent = f" if {name!r} in o else None" if isinstance(type_, StrawberryOptional) else ""
            return f"{field.python_name}={value}{absent}"
        if field.default_value is UNSET:
            names[f"d{place}"] = UNSET
            return f"{field.python_name}={value} if {name!r} in o else d{place}"
        names[f"d{place}"] = {}
        return f"**({{{field.python_name!r}: {value}}} if {name!r} in o else d{place})"
