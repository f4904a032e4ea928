"""graphql-core's executor, which runs plans where there are some."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, ClassVar, cast

from graphql import FragmentSpreadNode, VariableNode
from graphql.language import Visitor, visit
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from osit_graphql.api.execution.plans import Plan, compile_plan

if TYPE_CHECKING:
    from graphql import DirectiveNode, GraphQLObjectType, GraphQLResolveInfo, Node, OperationDefinitionNode
    from graphql.execution.collect_fields import FieldDetailsList
    from graphql.pyutils import AwaitableOrValue, Path

Plans = dict[tuple[Any, ...], Plan | None]


class PlannedExecutor(StrawberryGraphQLCoreExecutionContext):
    """Strawberry's usual executor, faster on what needs no resolver: see the package's docstring."""

    kept: ClassVar[int] = 512
    _operations: ClassVar[OrderedDict[int, OperationPlans]] = OrderedDict()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        middleware = self.middleware_manager
        self._plans = None if middleware is not None and middleware.middlewares else self._recall()
        self._seen: dict[tuple[int, str], tuple[FieldDetailsList, Plan | None]] = {}

    def _recall(self) -> Plans:
        """Find the operation's plans for these values of what `@skip` and `@include` depend on."""
        operations, key = self._operations, id(self.operation)
        found = operations.get(key)
        if found is None:
            found = operations[key] = OperationPlans(self.operation, self.fragment_definitions)
            if len(operations) > self.kept:
                operations.popitem(last=False)
        else:
            operations.move_to_end(key)
        return found.under(self.variable_values.coerced)

    def complete_object_value(
        self,
        return_type: GraphQLObjectType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> AwaitableOrValue[dict[str, Any]]:
        """Write what the plan covers and let graphql-core execute the other fields; all of them when it fails."""
        plan = self._plan(return_type, field_details_list)
        data = None if plan is None else plan.try_to_write(result)
        if plan is None or data is None:
            return super().complete_object_value(return_type, field_details_list, info, path, result, position_context)
        if not plan.rest:
            return data
        collected = self.collect_subfields(return_type, field_details_list).grouped_field_set
        others = self.execute_fields(
            return_type, result, path, {name: collected[name] for name in plan.rest}, position_context
        )
        if self.is_awaitable(others):
            return _complete(data, others)
        data.update(cast("dict[str, Any]", others))
        return data

    def _plan(self, return_type: GraphQLObjectType, field_details_list: FieldDetailsList) -> Plan | None:
        if self._plans is None:
            return None
        # A request's lists of details are kept beside their plan, so that an id can't come back for another one.
        known = self._seen.get((id(field_details_list), return_type.name))
        if known is not None:
            return known[1]
        key = (return_type.name, *(id(details.node) for details in field_details_list))
        if key not in self._plans:
            self._plans[key] = compile_plan(self, return_type, field_details_list)
        plan = self._plans[key]
        self._seen[id(field_details_list), return_type.name] = (field_details_list, plan)
        return plan


class OperationPlans:
    """An operation, held so that its nodes' ids stay theirs, and its plans by what its conditions came to."""

    def __init__(self, operation: OperationDefinitionNode, fragments: dict[str, Any]) -> None:
        self.operation = operation
        self._held = fragments
        finder = ConditionFinder(fragments)
        visit(operation, finder)
        self._conditions = tuple(sorted(finder.names))
        self._plans: dict[tuple[Any, ...], Plans] = {}

    def under(self, variables: dict[str, Any]) -> Plans:
        """Return the plans for these values of the variables."""
        return self._plans.setdefault(tuple(variables.get(name) for name in self._conditions), {})


class ConditionFinder(Visitor):
    """Collects the variables that `@skip` and `@include` depend on, in an operation and the fragments it spreads."""

    def __init__(self, fragments: dict[str, Any]) -> None:
        super().__init__()
        self.names: set[str] = set()
        self._fragments = dict(fragments)

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        """Note the variable that it depends on."""
        self.names.update(
            argument.value.name.value for argument in node.arguments or () if isinstance(argument.value, VariableNode)
        )

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
        """Look into the fragment, once."""
        fragment: Node | None = self._fragments.pop(node.name.value, None)
        if fragment is not None:
            visit(fragment, self)


async def _complete(data: dict[str, Any], others: Any) -> dict[str, Any]:
    data.update(await others)
    return data
