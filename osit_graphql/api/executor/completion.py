"""How fields are resolved and values completed: as was found out once of each, the rest as graphql-core does."""

from __future__ import annotations

from types import CoroutineType
from typing import TYPE_CHECKING, Any

from graphql.pyutils import Path, Undefined
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from osit_graphql.api.executor.codegen import Plan, compile_plan
from osit_graphql.api.executor.resolvers import Field, compile_field

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from graphql import GraphQLObjectType, GraphQLOutputType, GraphQLResolveInfo
    from graphql.execution.collect_fields import FieldDetailsList
    from graphql.pyutils import AwaitableOrValue

    from osit_graphql.api.executor.operation_cache import Selections


class Completion(StrawberryGraphQLCoreExecutionContext):
    """Strawberry's usual executor, as far as it resolves and completes fields."""

    _selections: Selections | None
    """What was found out of the operation; None where graphql-core does it all."""

    async def complete_awaitable_value(
        self,
        return_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        """Complete what is awaited; as graphql-core does, which also looks whether execution is aborted meanwhile."""
        said = (return_type, field_details_list, info, path)
        if self.abort_signal is not None:
            return await super().complete_awaitable_value(*said, result, position_context)
        try:
            completed = self.complete_value(*said, await result, position_context)
            return await completed if self.is_awaitable(completed) else completed
        except Exception as error:  # noqa: BLE001 - whatever a resolver raises is told where it was
            self.handle_field_error(error, return_type, field_details_list, path)
            return None

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: FieldDetailsList,
        path: Path,
        position_context: Any,
    ) -> AwaitableOrValue[Any]:
        """Resolve a field, and complete what it gives as graphql-core does."""
        field = self._field(parent_type, field_details_list)
        if field is None:
            return super().execute_field(parent_type, source, field_details_list, path, position_context)
        info = self.build_resolve_info(field.definition, field.nodes, parent_type, path)
        said = (field.type, field_details_list, info, path)
        try:
            found = field.resolve(source, info, self.variable_values)
            if found.__class__ is CoroutineType:
                return self._await_value(field, said, found, position_context)
            if self.is_awaitable(found):
                return self.complete_awaitable_value(*said, found, position_context)
            completed = self.complete_value(*said, found, position_context)
        except Exception as error:  # noqa: BLE001 - whatever a resolver raises is told where it was
            self.handle_field_error(error, field.type, field_details_list, path)
            return None
        if not self.is_awaitable(completed):
            return completed
        return self._settle(completed, field.type, field_details_list, path)

    async def _await_value(
        self, field: Field, said: tuple[Any, FieldDetailsList, Any, Path], result: Any, position_context: Any
    ) -> Any:
        """Complete what is awaited; an object of the field's very class without asking what else it could be."""
        if self.abort_signal is not None:
            return await self.complete_awaitable_value(*said, result, position_context)
        try:
            found = await result
            if found.__class__ is field.origin:
                completed: Any = self.complete_object_value(field.object, *said[1:], found, position_context)
            else:
                completed = self.complete_value(*said, found, position_context)
            return completed if completed.__class__ is dict or not self.is_awaitable(completed) else await completed
        except Exception as error:  # noqa: BLE001 - as above
            self.handle_field_error(error, field.type, said[1], said[3])
            return None

    async def _settle(
        self, completed: Awaitable[Any], type_: GraphQLOutputType, details: FieldDetailsList, path: Path
    ) -> Any:
        try:
            return await completed
        except Exception as error:  # noqa: BLE001 - as above
            self.handle_field_error(error, type_, details, path)
            return None

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
        if len(plan.rest) == 1:
            [(name, details)] = plan.rest.items()
            value = self.execute_field(
                return_type, result, details, Path(path, name, return_type.name), position_context
            )
            if value.__class__ is CoroutineType or self.is_awaitable(value):
                return _fill(data, name, value)
            if value is not Undefined:
                data[name] = value
            return data
        others = self.execute_fields(return_type, result, path, plan.rest, position_context)
        if self.is_awaitable(others):
            return _complete(data, others)
        data.update(others)  # type: ignore[arg-type]  # it isn't awaited
        return data

    def _plan(self, return_type: GraphQLObjectType, details: FieldDetailsList) -> Plan | None:
        if self._selections is None:
            return None
        plans, key = self._selections.plans, (return_type.name, id(details))
        if key not in plans:
            plans[key] = compile_plan(self, return_type, details)
        return plans[key]

    def _field(self, parent_type: GraphQLObjectType, details: FieldDetailsList) -> Field | None:
        if self._selections is None:
            return None
        fields, key = self._selections.fields, id(details)
        if key not in fields:
            fields[key] = compile_field(self, parent_type, details, self._selections.conditions)
        return fields[key]


async def _fill(data: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    data[name] = await value
    return data


async def _complete(data: dict[str, Any], others: Any) -> dict[str, Any]:
    data.update(await others)
    return data
