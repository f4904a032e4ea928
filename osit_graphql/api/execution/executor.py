"""graphql-core's executor, which does what it found out once as it did it then."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, ClassVar, cast

from graphql import GraphQLError, OperationType
from graphql.pyutils import Path, Undefined
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from osit_graphql.api.execution.fields import Field, compile_field
from osit_graphql.api.execution.operations import Operation, Options, Selections
from osit_graphql.api.execution.plans import Plan, compile_plan

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from graphql import DocumentNode, GraphQLObjectType, GraphQLOutputType, GraphQLResolveInfo, GraphQLSchema
    from graphql.execution.collect_fields import FieldDetailsList
    from graphql.pyutils import AwaitableOrValue


class PlannedExecutor(StrawberryGraphQLCoreExecutionContext):
    """Strawberry's usual executor, faster from an operation's second time on: see the package's docstring."""

    kept: ClassVar[int] = 512
    _operations: ClassVar[OrderedDict[tuple[int, int, str | None], Operation]] = OrderedDict()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._selections: Selections | None = None

    @classmethod
    def build(
        cls,
        schema: GraphQLSchema,
        document: DocumentNode,
        root_value: Any = None,
        context_value: Any = None,
        raw_variable_values: dict[str, Any] | None = None,
        operation_name: str | None = None,
        *more: Any,
        **named: Any,
    ) -> Any:
        """Build an executor: as graphql-core does, or out of what the operation's first one was built of."""
        said = (root_value, context_value, raw_variable_values, operation_name)
        return cls.built(Options.of(more, named), schema, document, *said, named.get("operation_extensions"))

    @classmethod
    def built(
        cls,
        options: Options,
        schema: GraphQLSchema,
        document: DocumentNode,
        root_value: Any,
        context_value: Any,
        raw_variable_values: dict[str, Any] | None,
        operation_name: str | None,
        operation_extensions: dict[str, Any] | None,
    ) -> Any:
        """Do the same for whoever keeps the options: they are the same for every request of theirs."""
        key = (id(schema), id(document), operation_name)
        operation = cls._operations.get(key)
        if operation is None or operation.options != options:
            said = (root_value, context_value, raw_variable_values, operation_name)
            made: Any = super().build(
                schema, document, *said, *options.more, **options.named, operation_extensions=operation_extensions
            )
            if isinstance(made, list) or options.special:
                return made
            operation = cls._operations[key] = Operation(made, document, options)
            if len(cls._operations) > cls.kept:
                cls._operations.popitem(last=False)
        else:
            cls._operations.move_to_end(key)
            values = operation.coerce(raw_variable_values or {})
            if isinstance(values, list):
                return values
            made = operation.execution(cls, root_value, context_value, values)
            made.operation_extensions = operation_extensions
        made._select(operation)  # noqa: SLF001 - it is one of this class
        return made

    def _select(self, operation: Operation) -> None:
        """Take over what was found out of the operation under these variables' conditions."""
        self._selections = operation.under(self.variable_values.coerced)
        if self._selections is not None:
            self._relevant_sub_fields = self._selections.collected

    def execute_operation(self, serially: bool | None = None) -> AwaitableOrValue[Any]:
        """Execute it, without collecting its fields again."""
        selections, kind = self._selections, self.operation.operation
        root_type = self.schema.get_root_type(kind)
        if selections is None or root_type is None or kind is OperationType.SUBSCRIPTION:
            return super().execute_operation(serially)
        try:
            collected = selections.collect_root(self, root_type)
        except (RecursionError, GraphQLError):
            return super().execute_operation(serially)
        in_turn = kind is OperationType.MUTATION if serially is None else serially
        fields, defer_usages = collected.grouped_field_set, collected.new_defer_usages
        alone = next(iter(fields)) if len(fields) == 1 and not defer_usages else None
        try:
            if alone is not None:
                data: Any = self.execute_field(
                    root_type, self.root_value, fields[alone], Path(None, alone, root_type.name), None
                )
            else:
                data = self.execute_collected_root_fields(root_type, self.root_value, fields, in_turn, defer_usages)
        except GraphQLError as error:
            self.collected_errors.add(error, None)
            return self.build_response(None)
        return self._respond(data, alone) if self.is_awaitable(data) else self.build_response(_named(data, alone))

    async def _respond(self, data: Awaitable[Any], alone: str | None) -> Any:
        try:
            return self.build_response(_named(await data, alone))
        except GraphQLError as error:
            self.collected_errors.add(error, None)
            return self.build_response(None)

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
        try:
            found = field.resolve(source, info, self.variable_values)
            if self.is_awaitable(found):
                return self.complete_awaitable_value(
                    field.type, field_details_list, info, path, found, position_context
                )
            completed = self.complete_value(field.type, field_details_list, info, path, found, position_context)
        except Exception as error:  # noqa: BLE001 - whatever a resolver raises is told where it was
            self.handle_field_error(error, field.type, field_details_list, path)
            return None
        if not self.is_awaitable(completed):
            return completed
        return self._settle(completed, field.type, field_details_list, path)

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
        fields, key = self._selections.fields, (parent_type.name, id(details))
        if key not in fields:
            fields[key] = compile_field(self, parent_type, details, self._selections.conditions)
        return fields[key]


def _named(data: Any, alone: str | None) -> dict[str, Any]:
    """Return the fields of the operation; of the only one, its value is given."""
    if alone is None:
        return cast("dict[str, Any]", data)
    return {} if data is Undefined else {alone: data}


async def _complete(data: dict[str, Any], others: Any) -> dict[str, Any]:
    data.update(await others)
    return data
