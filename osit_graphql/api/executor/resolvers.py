"""Compiles the call of a field's resolver, once for an operation; the call itself is Strawberry's."""

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
from osit_graphql.api.executor.codegen_source import FallBackToGraphQLCore
from osit_graphql.api.executor.input_coercion import inputs_of
from osit_graphql.api.executor.strawberry_metadata import DEFINITION_KEY, declaring_class
from osit_graphql.api.strawberry_adapter import FieldNodes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql.execution import Executor
    from graphql.execution.collect_fields import FieldDetailsList
    from graphql.execution.values import VariableValues

Resolve = Callable[[Any, Any, "VariableValues"], Any]
"""Resolves a field, given its source, graphql-core's `info` and the variables."""


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
    converters = inputs_of(executor.schema).converters
    by_graphql_core = _graphql_core_resolver(executor, definition, nodes[0])
    field = definition.extensions.get(DEFINITION_KEY)
    if converters is None or not isinstance(field, StrawberryField) or field.is_subscription or field.is_basic_field:
        return CompiledField(definition, nodes, by_graphql_core)
    try:
        read_arguments = compile_arguments(definition, nodes[0], field, converters)
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
