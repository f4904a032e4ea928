"""Fields that have a resolver: found once for an operation, called as Strawberry would."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from graphql import FieldNode, GraphQLField, GraphQLNonNull, GraphQLObjectType
from graphql.execution.values import get_argument_values
from strawberry.execution import optimized_is_awaitable
from strawberry.extensions import FieldExtension
from strawberry.extensions.field_extension import build_field_extension_resolvers
from strawberry.types.field import StrawberryField

from osit_graphql.api.executor.arguments import compile_arguments
from osit_graphql.api.executor.codegen_leaves import UnplannedError
from osit_graphql.api.executor.input_coercion import inputs_of
from osit_graphql.api.executor.strawberry_metadata import DEFINITION, declaring_class

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql.execution import Executor
    from graphql.execution.collect_fields import FieldDetailsList
    from graphql.execution.values import VariableValues

Resolve = Callable[[Any, Any, "VariableValues"], Any]
"""Called with the source, graphql-core's `info`, and the variables."""


class FieldNodes(list[FieldNode]):
    """The nodes of a field, `info.field_nodes`: the same list for every execution of its operation.

    `conditions` are the values of the variables that `@skip` and `@include` depend on: all that is found out of the
    nodes under them holds for every execution that has these nodes, and may be kept in `notes`.
    """

    def __init__(self, nodes: Any, conditions: Mapping[str, Any]) -> None:
        super().__init__(nodes)
        self.conditions = conditions
        self.notes: dict[Any, Any] = {}


class Field:
    """A field as it stands in an operation."""

    __slots__ = ("definition", "nodes", "object", "origin", "resolve", "type")

    def __init__(self, definition: GraphQLField, nodes: FieldNodes, resolve: Resolve) -> None:
        self.definition = definition
        self.type: Any = definition.type
        inner = self.type.of_type if isinstance(self.type, GraphQLNonNull) else self.type
        self.object: Any = inner if isinstance(inner, GraphQLObjectType) else None
        origin = None if self.object is None else declaring_class(self.object)
        self.origin = None if origin is None or issubclass(origin, Exception) else origin
        self.nodes = nodes
        self.resolve = resolve


def compile_field(
    executor: Executor[Any], parent_type: GraphQLObjectType, details: FieldDetailsList, conditions: Mapping[str, Any]
) -> Field | None:
    """Return how a field is resolved; None for one that isn't in the schema."""
    definition = executor.schema.get_field(parent_type, details[0].node.name.value)
    if definition is None:
        return None
    nodes, conversions = FieldNodes((each.node for each in details), conditions), inputs_of(executor.schema).conversions
    plain = _as_graphql_core(executor, definition, nodes[0])
    field = definition.extensions.get(DEFINITION)
    if conversions is None or not isinstance(field, StrawberryField) or field.is_subscription or field.is_basic_field:
        return Field(definition, nodes, plain)
    try:
        arguments = compile_arguments(definition, nodes[0], field, conversions)
        call = _caller(field, conversions.config.info_class)
    except Exception:  # noqa: BLE001 - what only graphql-core reads, or a literal that it will refuse where it stands
        return Field(definition, nodes, plain)

    def resolve(source: Any, info: Any, variables: VariableValues) -> Any:
        try:
            given = arguments(variables.coerced)
        except Exception:  # noqa: BLE001 - whatever it is, graphql-core will meet it again, and tell it
            return plain(source, info, variables)
        return call(source, info, given)

    return Field(definition, nodes, resolve)


def _as_graphql_core(executor: Executor[Any], definition: GraphQLField, node: FieldNode) -> Resolve:
    resolver = definition.resolve or executor.field_resolver
    hide_suggestions = executor.hide_suggestions

    def resolve(source: Any, info: Any, variables: VariableValues) -> Any:
        if not definition.args and not node.arguments:
            return resolver(source, info)
        return resolver(source, info, **get_argument_values(definition, node, variables, None, hide_suggestions))

    return resolve


def _caller(field: StrawberryField, make_info: Any) -> Callable[[Any, Any, Mapping[str, Any]], Any]:
    """Return what calls a resolver through its extensions; `UnplannedError` when one of them reshapes its arguments."""
    resolver = field.base_resolver
    if resolver is None or any(
        type(each).map_arguments is not FieldExtension.map_arguments for each in field.extensions
    ):
        raise UnplannedError(field)
    function: Any = resolver.wrapped_func
    with_self = resolver.self_parameter is not None
    informed = resolver.info_parameter.name if resolver.info_parameter else None
    sources = {each.name for each in (resolver.parent_parameter, resolver.root_parameter) if each}
    if field.extensions and informed not in {None, "info"}:
        raise UnplannedError(field)  # extensions would be given it among the arguments

    def last(source: Any, info: Any, **given: Any) -> Any:
        if informed is not None:
            given[informed] = info
        return function(source, **given) if with_self else function(**given)

    functions = build_field_extension_resolvers(field)
    chain: Any = reduce(lambda inner, outer: partial(outer, inner), functions, last)

    def call(source: Any, info: Any, given: Mapping[str, Any]) -> Any:
        more = dict.fromkeys(sources, source) if sources else {}
        return chain(source, make_info(_raw_info=info, _field=field), **given, **more)

    async def call_and_await(source: Any, info: Any, given: Mapping[str, Any]) -> Any:
        found = call(source, info, given)
        return await found if optimized_is_awaitable(found) else found

    # A coroutine does nothing until it is awaited, whoever made it.
    waits = iscoroutinefunction(functions[-1] if functions else function)
    return call_and_await if field.is_async and not waits else call
