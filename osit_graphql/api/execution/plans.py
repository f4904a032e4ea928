"""Plans: the fields of an object that need no resolver, compiled into one expression."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    TypeNameMetaFieldDef,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from osit_graphql.api.execution.leaves import UnplannedError, items, leaf, refuse

if TYPE_CHECKING:
    from graphql.execution import Executor
    from graphql.execution.collect_fields import FieldDetailsList

Write = Callable[[Any], dict[str, Any]]
DEFINITION = GraphQLCoreConverter.DEFINITION_BACKREF
CONDITIONS = {"skip", "include"}
BUILTINS: dict[str, Any] = {"__builtins__": {"str": str, "int": int, "bool": bool}}  # all that an expression names


@dataclass(frozen=True, slots=True)
class Plan:
    """How to write an object: what the expression covers, and the fields that are graphql-core's."""

    write: Write
    rest: dict[str, FieldDetailsList]

    def try_to_write(self, value: Any) -> dict[str, Any] | None:
        """Return the object with a null for each of the rest, in order; None when anything is not as planned."""
        try:
            return self.write(value)
        except Exception:  # noqa: BLE001 - whatever it is, graphql-core will meet it again, and tell it
            return None


def compile_plan(executor: Executor[Any], type_: GraphQLObjectType, details: FieldDetailsList) -> Plan | None:
    """Compile what can be written of an object's selection; None when that is nothing."""
    origin = _declaring_class(type_)
    if origin is None:
        return None
    collected = executor.collect_subfields(type_, details)
    if collected.new_defer_usages:
        return None
    expression = Expression(executor)
    pairs, rest = [], {}
    for name, chosen in collected.grouped_field_set.items():
        source = expression.field(type_, chosen)
        if source is None:
            rest[name] = chosen
        pairs.append(f"{name!r}: {source}")
    if len(rest) == len(pairs):
        return None
    declared = expression.name_of(origin)
    body = f"{{{', '.join(pairs)}}} if o.__class__ is {declared} else {expression.name_of(refuse)}(o)"
    # Made of names of the schema, of the document's response names as literals, and of nothing else.
    write = eval(f"lambda o: {body}", {**BUILTINS, **expression.names})  # noqa: S307 - see above
    return Plan(write, rest)


class Expression:
    """The source of one plan, and the values that its names stand for."""

    def __init__(self, executor: Executor[Any]) -> None:
        self.names: dict[str, Any] = {}
        self._executor = executor
        self._numbers = count()

    def name_of(self, value: Any) -> str:
        """Give a value a name in the expression."""
        name = f"c{next(self._numbers)}"
        self.names[name] = value
        return name

    def field(self, parent: GraphQLObjectType, details: FieldDetailsList) -> str | None:
        """Return the source of a field's completed value; None when it is not the plan's."""
        node = details[0].node
        field = self._executor.schema.get_field(parent, node.name.value)
        if field is None or any(_is_special(each) for each in details):
            return None
        if field is TypeNameMetaFieldDef:
            return repr(parent.name)
        attribute = _attribute(field)
        return None if attribute is None else self.value(field.type, details, f"o.{attribute}")

    def value(self, type_: GraphQLOutputType, details: FieldDetailsList, source: str) -> str | None:
        """Return the source that completes a value; what may not be null is never found by a null."""
        name = f"v{next(self._numbers)}"
        if isinstance(type_, GraphQLNonNull):
            return self._some(type_.of_type, details, source, name)
        some = self._some(type_, details, name, name)
        return None if some is None else f"(None if ({name} := {source}) is None else {some})"

    def _some(self, type_: Any, details: FieldDetailsList, source: str, name: str) -> str | None:
        """Return the source that completes a value which is there."""
        if is_leaf_type(type_):
            bound = source if source == name else f"({name} := {source})"
            return leaf(type_, self.name_of).format(bound=bound, name=name)
        if is_list_type(type_):
            return self._list(type_.of_type, details, source)
        writes = self._writes(type_, details)
        if writes is None:
            return None
        if not is_abstract_type(type_):
            return f"{self.name_of(next(iter(writes.values())))}({source})"
        bound = source if source == name else f"({name} := {source})"
        return f"{self.name_of(writes)}[{bound}.__class__]({name})"

    def _list(self, of_type: GraphQLOutputType, details: FieldDetailsList, source: str) -> str | None:
        item = f"i{next(self._numbers)}"
        inner = self.value(of_type, details, item)
        return None if inner is None else f"[{inner} for {item} in {self.name_of(items)}({source})]"

    def _writes(self, type_: Any, details: FieldDetailsList) -> dict[type, Write] | None:
        """Return how to write each class of object that may come; None unless all of it is plain."""
        schema = self._executor.schema
        possible = schema.get_possible_types(type_) if is_abstract_type(type_) else [type_]
        if is_abstract_type(type_) and _chooses_by_itself(type_):
            return None
        writes: dict[type, Write] = {}
        for each in possible:
            origin = _declaring_class(each)
            plan = compile_plan(self._executor, each, details)
            if origin is None or origin in writes or plan is None or plan.rest:
                return None
            writes[origin] = plan.write
        return writes


def _attribute(field: GraphQLField) -> str | None:
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


def _declaring_class(type_: GraphQLObjectType) -> type | None:
    """Return the class whose objects are surely of this type; None when more than the class decides."""
    definition = type_.extensions.get(DEFINITION)
    if not isinstance(definition, StrawberryObjectDefinition):
        return None
    undecided = definition.is_type_of or definition.concrete_of or definition.is_graphql_generic
    return None if undecided else definition.origin


def _chooses_by_itself(type_: Any) -> bool:
    """Whether an interface has a `resolve_type` of its own."""
    definition = type_.extensions.get(DEFINITION)
    return bool(getattr(definition, "resolve_type", None)) or definition is None


def _is_special(details: Any) -> bool:
    """Whether a field is deferred, has a fragment's variables or directives beyond `@skip` and `@include`."""
    directives = {directive.name.value for directive in details.node.directives or ()}
    return bool(details.defer_usage or details.fragment_variable_values or directives - CONDITIONS)


__all__ = ["Plan", "UnplannedError", "compile_plan"]
