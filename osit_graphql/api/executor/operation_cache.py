"""The parts of an operation that the executor computes at the first execution and caches for the following ones.

The coercion of its variables is one function for each input type, for valid values only. The functions raise any
exception for another value, and graphql-core reads it again and reports the error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, TypeVar
from weakref import WeakKeyDictionary

from graphql import (
    FragmentSpreadNode,
    GraphQLBoolean,
    GraphQLError,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    VariableNode,
    is_enum_type,
    is_required_input_field,
)
from graphql.execution.collect_fields import collect_fields
from graphql.execution.executor import CollectedErrors
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values
from graphql.language import Visitor, visit
from graphql.pyutils import RefMap, Undefined
from graphql.type import GraphQLResolveInfoHelpers
from graphql.utilities.coerce_input_value import coerce_default_value

from osit_graphql.api.executor.codegen_source import FallBackToGraphQLCore, evaluate, fall_back

if TYPE_CHECKING:
    from graphql import DirectiveNode, Node
    from graphql.execution import Executor
    from graphql.execution.collect_fields import CollectedFields
    from graphql.pyutils import Path

    from osit_graphql.api.executor.codegen import ObjectSerializer
    from osit_graphql.api.executor.resolvers import CompiledField

    E = TypeVar("E", bound=Executor[Any])

BUILD_DEFAULTS = (None, None, None, 50, False, None, None, None)
"""Defaults of the positional parameters of graphql-core's `build`, from `field_resolver` on."""
MIDDLEWARE_INDEX, MAX_COERCION_ERRORS_INDEX = 5, 3  # in BUILD_DEFAULTS
CONDITION_DIRECTIVES = {"skip", "include"}
MAX_CONDITIONS = 16
"""Combinations of `@skip` and `@include` values that are cached for an operation."""
Coerce = Callable[[Any, int], Any]
"""Coerces a value, given how deep it is nested."""
MAX_DEPTH = 32  # graphql-core has no such limit, and coerces values that are nested deeper

SHARED_ATTRIBUTES = (
    *("schema", "fragment_definitions", "fragments", "operation", "field_resolver", "type_resolver"),
    *("subscribe_field_resolver", "enable_early_execution", "hide_suggestions", "abort_signal", "hooks"),
    *("middleware_manager", "error_propagation", "is_awaitable", "is_async_iterable", "defer_usage_set"),
    *("async_work_finished_hook_task", "operation_extensions", "_selections"),
)
"""Attributes of an executor that start with the same value in every execution of an operation."""
ASYNC_HELPERS = "async_helpers"
LAZY_ATTRIBUTES: dict[str, Callable[[Any], Any]] = {
    ASYNC_HELPERS: lambda executor: GraphQLResolveInfoHelpers(executor.gather_async_work, executor.track_async_work),
    "collected_errors": lambda _: CollectedErrors(),
    "_relevant_sub_fields": lambda _: {},
    **dict.fromkeys(("pending_incremental_futures", "background_futures"), lambda _: set()),
    **dict.fromkeys(("groups", "tasks", "streams"), lambda _: []),
    **dict.fromkeys(("_stream_usages", "_initial_execution_plans", "_deferred_execution_plans"), lambda _: RefMap()),
}
"""Attributes that are created when an execution first reads them; most executions need none."""
EXECUTION_ATTRIBUTES = {"root_value", "context_value", "variable_values", *LAZY_ATTRIBUTES}

_coercers: WeakKeyDictionary[GraphQLSchema, InputCoercers] = WeakKeyDictionary()


class BuildOptions:
    """The arguments of an executor's `build` that depend on neither the operation nor its values."""

    __slots__ = ("by_graphql_core", "named", "positional")

    def __init__(self, positional: tuple[Any, ...], named: dict[str, Any], *, by_graphql_core: bool) -> None:
        self.positional = positional
        self.named = named
        self.by_graphql_core = by_graphql_core
        """Whether there is a middleware or an abort signal: graphql-core executes the operation then."""

    @classmethod
    def of(cls, positional: tuple[Any, ...], named: Mapping[str, Any]) -> Self:
        """Read the arguments as graphql-core passes them; `positional` from `field_resolver` on."""
        values = (*positional, *BUILD_DEFAULTS[len(positional) :])
        middleware = named.get("middleware", values[MIDDLEWARE_INDEX])
        others = {name: value for name, value in named.items() if name not in {"middleware", "operation_extensions"}}
        special = bool(getattr(middleware, "middlewares", middleware)) or others.get("abort_signal") is not None
        middleware = middleware if special else None  # an empty manager is created for each execution
        return cls(
            (*values[:MIDDLEWARE_INDEX], middleware, *values[MIDDLEWARE_INDEX + 1 :]), others, by_graphql_core=special
        )

    def __eq__(self, other: object) -> bool:
        """Whether two executions can share a cached operation."""
        if not isinstance(other, BuildOptions) or self.by_graphql_core or other.by_graphql_core:
            return False
        return self.positional == other.positional and self.named == other.named

    __hash__ = None  # type: ignore[assignment]  # they contain dictionaries


class Selections:
    """The selected fields of an operation under fixed conditions, and the code that is compiled for them.

    `collected` holds the lists of field details, so that their ids stay valid as keys.
    """

    def __init__(self, conditions: Mapping[str, Any]) -> None:
        self.conditions = conditions
        self.root_fields: CollectedFields | None = None
        self.collected: dict[Any, Any] = {}
        self.serializers: dict[tuple[str, int], ObjectSerializer | None] = {}
        self.fields: dict[int, CompiledField | None] = {}
        self.single_field: tuple[str, Any, Any, Path] | None = None
        """Of an operation with one root field: its response name, the root type, its details and its path."""

    def collect_root_fields(self, executor: Executor[Any], root_type: Any) -> CollectedFields:
        """Return the root fields of the operation."""
        if self.root_fields is None:
            self.root_fields = collect_fields(
                executor.schema,
                executor.fragments,
                executor.variable_values,
                root_type,
                executor.operation,
                executor.hide_suggestions,
            )
        return self.root_fields


def _shared_attributes(executor: Executor[Any]) -> dict[str, Any] | None:
    """Return the attributes that executors of an operation share; None when there are attributes unknown to us."""
    attributes = vars(executor)
    if attributes.keys() != {*SHARED_ATTRIBUTES, *EXECUTION_ATTRIBUTES}:
        return None
    return {name: attributes[name] for name in SHARED_ATTRIBUTES}


class CachedOperation:
    """An operation of a document. It holds the document, so that the ids of its nodes stay valid as keys."""

    def __init__(self, executor: Executor[Any], document: Any, options: BuildOptions) -> None:
        """Read the operation from its first executor, which graphql-core built."""
        self.document = document
        self.schema = executor.schema
        self.node = executor.operation
        self.options = options
        self._fragments = (executor.fragment_definitions, executor.fragments)
        self._resolvers: tuple[Any, ...] = (
            *(executor.field_resolver, executor.type_resolver, executor.subscribe_field_resolver),
            *(executor.enable_early_execution, None, executor.is_awaitable, executor.is_async_iterable),
        )
        finder = DirectiveFinder(executor.fragment_definitions)
        visit(self.node, finder)
        self._conditions = tuple(sorted(finder.variables))
        # graphql-core collects fields anew in each execution where fragments have variables or fields are deferred.
        has_fragment_variables = any(each.variable_signatures for each in executor.fragments.values())
        self._cacheable = not has_fragment_variables and finder.directives <= CONDITION_DIRECTIVES
        self._selections: dict[tuple[Any, ...], Selections] = {}
        self._attributes = _shared_attributes(executor) if self._cacheable and executor.hooks is None else None
        coercers = _coercers.setdefault(self.schema, InputCoercers())
        self._variables = [
            (signature.name, signature, coercers.of(signature.type), node.default_value is not None)
            for node in self.node.variable_definitions or ()
            if not isinstance(signature := get_variable_signature(self.schema, node), GraphQLError)
        ]

    def coerce(self, raw_values: dict[str, Any]) -> VariableValues | list[GraphQLError]:
        """Return the coerced variables, or graphql-core's errors."""
        values: dict[str, Any] = {}
        sources: dict[str, VariableValueSource] = {}
        try:
            for name, signature, coerce, has_default in self._variables:
                if name in raw_values:
                    sources[name] = VariableValueSource(signature, raw_values[name])
                    values[name] = coerce(raw_values[name], 0)
                elif has_default:
                    sources[name] = VariableValueSource(signature)
                    values[name] = coerce_default_value(signature)
                elif isinstance(signature.type, GraphQLNonNull):
                    fall_back(name)
                else:
                    sources[name] = VariableValueSource(signature)
        except Exception:  # noqa: BLE001 - absent, invalid or merely unusual: graphql-core reads them again
            definitions = self.node.variable_definitions or ()
            hide_suggestions = self.options.named.get("hide_suggestions", False)
            max_errors = self.options.positional[MAX_COERCION_ERRORS_INDEX]
            return get_variable_values(self.schema, definitions, raw_values, max_errors, hide_suggestions)
        return VariableValues(sources, values)

    def create_executor(self, class_: type[E], root_value: Any, context_value: Any, variables: VariableValues) -> E:
        """Return an executor with the attributes of the first one, for other values."""
        if self._attributes is not None:
            executor = class_.__new__(class_)
            values = {"root_value": root_value, "context_value": context_value, "variable_values": variables}
            executor.__dict__ = {**self._attributes, **values}
            return executor
        operation = (root_value, context_value, self.node, variables)
        return class_(self.schema, *self._fragments, *operation, *self._resolvers, **self.options.named)

    def selections_for(self, variables: Mapping[str, Any]) -> Selections | None:
        """Return the selections under the conditions of these variables; None when the operation is not cacheable."""
        if not self._cacheable:
            return None
        key = tuple([variables.get(name) for name in self._conditions]) if self._conditions else ()
        selections = self._selections.get(key)
        if selections is None:
            if len(self._selections) >= MAX_CONDITIONS:
                self._selections.clear()
            selections = Selections(dict(zip(self._conditions, key, strict=True)))
            self._selections[key] = selections
        return selections


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
        self._coercers = coercers
        self._type = type_

    def __call__(self, value: Any, depth: int) -> Any:
        return self._coerce(value, depth)

    @cached_property
    def _coerce(self) -> Coerce:
        """All fields in one expression; a required field that is absent raises `KeyError`."""
        if self._type.is_one_of:
            raise FallBackToGraphQLCore(self._type)
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


class DirectiveFinder(Visitor):
    """Collects the directives of an operation and its fragments, and the variables in their arguments."""

    def __init__(self, fragments: Mapping[str, Any]) -> None:
        super().__init__()
        self.directives: set[str] = set()
        self.variables: set[str] = set()
        self._fragments = dict(fragments)

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        """Collect a directive."""
        self.directives.add(node.name.value)
        self.variables.update(
            argument.value.name.value for argument in node.arguments or () if isinstance(argument.value, VariableNode)
        )

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
        """Visit a fragment, once."""
        fragment: Node | None = self._fragments.pop(node.name.value, None)
        if fragment is not None:
            visit(fragment, self)
