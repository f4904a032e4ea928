"""The compiled executor: graphql-core's executor, with the work of an operation's first execution cached.

`CompiledSchema` executes valid documents with it, without Strawberry's own pipeline.
"""

from __future__ import annotations

from collections import OrderedDict
from types import CoroutineType
from typing import TYPE_CHECKING, Any, ClassVar, cast

from graphql import ExecutionResult as CoreResult
from graphql import GraphQLError, OperationType
from graphql.pyutils import Path, Undefined
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from osit_graphql.api.document_cache import InvalidDocumentError
from osit_graphql.api.executor.codegen import ObjectSerializer, compile_serializer
from osit_graphql.api.executor.operation_cache import (
    ASYNC_HELPERS,
    LAZY_ATTRIBUTES,
    BuildOptions,
    CachedOperation,
    Selections,
)
from osit_graphql.api.executor.resolvers import CompiledField, compile_field
from osit_graphql.api.strawberry_schema import Schema

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable, Sequence

    from graphql import DocumentNode, GraphQLObjectType, GraphQLOutputType, GraphQLResolveInfo, GraphQLSchema
    from graphql.execution.collect_fields import FieldDetailsList
    from graphql.pyutils import AwaitableOrValue
    from strawberry.extensions import SchemaExtension
    from strawberry.types.graphql import OperationType as StrawberryOperationType

RESPONSE_ATTRIBUTES = {"collected_errors", "tasks", "streams"}
"""If an execution has one of these attributes, its response has more than data."""
MAX_COERCION_ERRORS = 5
# graphql-core's parameters from `field_resolver` on: its default resolvers, and Strawberry's test for awaitables.
OPTIONS = BuildOptions.of(
    (None, None, None, MAX_COERCION_ERRORS, False, None, optimized_is_awaitable, None), {"hide_suggestions": True}
)


class CompiledExecutor(StrawberryGraphQLCoreExecutionContext):
    """Strawberry's usual executor, faster from an operation's second execution on: see the package's docstring."""

    max_operations: ClassVar[int] = 512
    _operations: ClassVar[OrderedDict[tuple[int, int, str | None], CachedOperation]] = OrderedDict()
    _selections: Selections | None
    """The cached selections of the operation; None where graphql-core executes all of it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._selections = None

    def __getattr__(self, name: str) -> Any:
        """Create an attribute that most executions do not need.

        These objects refer to the executor, so they are not stored on it: a reference cycle would keep all of them in
        memory until the garbage collector runs.
        """
        create = LAZY_ATTRIBUTES.get(name)
        if create is None:
            raise AttributeError(name)
        value = create(self)
        if name != ASYNC_HELPERS:
            self.__dict__[name] = value
        return value

    @classmethod
    def build(
        cls,
        schema: GraphQLSchema,
        document: DocumentNode,
        root_value: Any = None,
        context_value: Any = None,
        raw_variable_values: dict[str, Any] | None = None,
        operation_name: str | None = None,
        *options: Any,
        **named_options: Any,
    ) -> Any:
        """Build an executor with graphql-core's parameters; return its errors when the variables are not valid."""
        request = (root_value, context_value, raw_variable_values, operation_name)
        extensions = named_options.get("operation_extensions")
        return cls.build_with(BuildOptions.of(options, named_options), schema, document, *request, extensions)

    @classmethod
    def build_with(
        cls,
        options: BuildOptions,
        schema: GraphQLSchema,
        document: DocumentNode,
        root_value: Any,
        context_value: Any,
        raw_variable_values: dict[str, Any] | None,
        operation_name: str | None,
        operation_extensions: dict[str, Any] | None,
    ) -> Any:
        """Build an executor with options that the caller creates once for all of its requests."""
        key = (id(schema), id(document), operation_name)
        operation = cls._operations.get(key)
        if operation is None or (operation.options is not options and operation.options != options):
            request = (root_value, context_value, raw_variable_values, operation_name)
            executor: Any = super().build(
                schema,
                document,
                *request,
                *options.positional,
                **options.named,
                operation_extensions=operation_extensions,
            )
            if isinstance(executor, list) or options.by_graphql_core:
                return executor
            operation = cls._operations[key] = CachedOperation(executor, document, options)
            if len(cls._operations) > cls.max_operations:
                cls._operations.popitem(last=False)
        else:
            cls._operations.move_to_end(key)
            variables = operation.coerce(raw_variable_values or {})
            if isinstance(variables, list):
                return variables
            executor = operation.create_executor(cls, root_value, context_value, variables)
            executor.operation_extensions = operation_extensions
        executor._use(operation)  # noqa: SLF001 - an instance of this class
        return executor

    def _use(self, operation: CachedOperation) -> None:
        """Use the selections that are cached under the conditions of this execution's variables."""
        self._selections = operation.selections_for(self.variable_values.coerced)
        if self._selections is not None:
            self._relevant_sub_fields = self._selections.collected

    def execute_operation(self, serially: bool | None = None) -> AwaitableOrValue[Any]:
        """Execute the operation, with its root fields collected once."""
        if self._selections is not None and self._selections.single_field is not None:
            return self._execute_single_field(*self._selections.single_field)
        selections, kind = self._selections, self.operation.operation
        root_type = self.schema.get_root_type(kind)
        if selections is None or root_type is None or kind is OperationType.SUBSCRIPTION:
            return super().execute_operation(serially)
        try:
            collected = selections.collect_root_fields(self, root_type)
        except (RecursionError, GraphQLError):
            return super().execute_operation(serially)
        in_sequence = kind is OperationType.MUTATION if serially is None else serially
        fields, defer_usages = collected.grouped_field_set, collected.new_defer_usages
        if len(fields) == 1 and not defer_usages:
            [(name, details)] = fields.items()
            selections.single_field = (name, root_type, details, Path(None, name, root_type.name))
            return self._execute_single_field(*selections.single_field)
        try:
            data: Any = self.execute_collected_root_fields(
                root_type, self.root_value, fields, in_sequence, defer_usages
            )
        except GraphQLError as error:
            return self._build_error_response(error)
        return self._await_response(data, None) if self.is_awaitable(data) else self.build_response(data)

    def _execute_single_field(
        self, name: str, root_type: Any, details: FieldDetailsList, path: Path
    ) -> AwaitableOrValue[Any]:
        """Execute an operation that has one root field."""
        try:
            value: Any = self.execute_field(root_type, self.root_value, details, path, None)
        except GraphQLError as error:
            return self._build_error_response(error)
        if value.__class__ is CoroutineType or self.is_awaitable(value):
            return self._await_response(value, name)
        return self.build_response(_root_object(value, name))

    async def _await_response(self, data: Awaitable[Any], single_field: str | None) -> Any:
        try:
            return self.build_response(_root_object(await data, single_field))
        except GraphQLError as error:
            return self._build_error_response(error)

    def _build_error_response(self, error: GraphQLError) -> Any:
        self.collected_errors.add(error, None)
        return self.build_response(None)

    def build_response(self, data: dict[str, Any] | None) -> Any:
        """Build the response, without graphql-core where there is nothing but data."""
        if RESPONSE_ATTRIBUTES.isdisjoint(self.__dict__):
            return CoreResult(data, None)
        return super().build_response(data)

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: FieldDetailsList,
        path: Path,
        position_context: Any,
    ) -> AwaitableOrValue[Any]:
        """Resolve a field with its compiled call, and complete its value."""
        field = self._compiled_field(parent_type, field_details_list)
        if field is None:
            return super().execute_field(parent_type, source, field_details_list, path, position_context)
        info = self.build_resolve_info(field.definition, field.nodes, parent_type, path)
        position = (field.type, field_details_list, info, path)
        try:
            result = field.resolve(source, info, self.variable_values)
            if result.__class__ is CoroutineType:
                return self._complete_coroutine(field, position, result, position_context)
            if self.is_awaitable(result):
                return self.complete_awaitable_value(*position, result, position_context)
            completed = self.complete_value(*position, result, position_context)
        except Exception as error:  # noqa: BLE001 - any exception of a resolver becomes the field's error
            self.handle_field_error(error, field.type, field_details_list, path)
            return None
        if not self.is_awaitable(completed):
            return completed
        return self._await_completed(completed, field.type, field_details_list, path)

    async def complete_awaitable_value(
        self,
        return_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        """Complete an awaitable as graphql-core does, which also watches the abort signal where there is one."""
        position = (return_type, field_details_list, info, path)
        if self.abort_signal is not None:
            return await super().complete_awaitable_value(*position, result, position_context)
        try:
            completed = self.complete_value(*position, await result, position_context)
            return await completed if self.is_awaitable(completed) else completed
        except Exception as error:  # noqa: BLE001 - as in `execute_field`
            self.handle_field_error(error, return_type, field_details_list, path)
            return None

    async def _complete_coroutine(
        self,
        field: CompiledField,
        position: tuple[Any, FieldDetailsList, Any, Path],
        result: Any,
        position_context: Any,
    ) -> Any:
        """Complete a coroutine; an object of exactly the field's class needs no search for its type."""
        if self.abort_signal is not None:
            return await self.complete_awaitable_value(*position, result, position_context)
        try:
            value = await result
            if value.__class__ is field.object_class:
                completed: Any = self.complete_object_value(field.object_type, *position[1:], value, position_context)
            else:
                completed = self.complete_value(*position, value, position_context)
            return completed if completed.__class__ is dict or not self.is_awaitable(completed) else await completed
        except Exception as error:  # noqa: BLE001 - as in `execute_field`
            self.handle_field_error(error, field.type, position[1], position[3])
            return None

    async def _await_completed(
        self, completed: Awaitable[Any], type_: GraphQLOutputType, details: FieldDetailsList, path: Path
    ) -> Any:
        try:
            return await completed
        except Exception as error:  # noqa: BLE001 - as in `execute_field`
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
        """Serialize fields with generated code; graphql-core executes the others, or all fields if that code fails."""
        serializer = self._serializer(return_type, field_details_list)
        data = None if serializer is None else serializer.serialize_or_none(result)
        if serializer is None or data is None:
            return super().complete_object_value(return_type, field_details_list, info, path, result, position_context)
        if not serializer.remaining:
            return data
        if len(serializer.remaining) == 1:
            [(name, details)] = serializer.remaining.items()
            value = self.execute_field(
                return_type, result, details, Path(path, name, return_type.name), position_context
            )
            if value.__class__ is CoroutineType or self.is_awaitable(value):
                return _await_field(data, name, value)
            if value is not Undefined:
                data[name] = value
            return data
        others = self.execute_fields(return_type, result, path, serializer.remaining, position_context)
        if self.is_awaitable(others):
            return _await_fields(data, others)
        data.update(others)  # type: ignore[arg-type]  # it is not awaitable
        return data

    def _serializer(self, return_type: GraphQLObjectType, details: FieldDetailsList) -> ObjectSerializer | None:
        if self._selections is None:
            return None
        serializers, key = self._selections.serializers, (return_type.name, id(details))
        if key not in serializers:
            serializers[key] = compile_serializer(self, return_type, details)
        return serializers[key]

    def _compiled_field(self, parent_type: GraphQLObjectType, details: FieldDetailsList) -> CompiledField | None:
        if self._selections is None:
            return None
        fields, key = self._selections.fields, id(details)
        if key not in fields:
            fields[key] = compile_field(self, parent_type, details, self._selections.conditions)
        return fields[key]


class CompiledSchema(Schema):
    """A `Schema` whose operations the compiled executor runs."""

    def __init__(self, query: type, *, extensions: Sequence[type[SchemaExtension]] = (), **kwargs: Any) -> None:
        super().__init__(query, extensions=extensions, execution_context_class=CompiledExecutor, **kwargs)
        self._has_extensions = bool(extensions)

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[StrawberryOperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Execute a document as Strawberry does; a valid one without the hooks of its extensions."""
        request = (variable_values, context_value, root_value, operation_name)
        try:
            document = self.documents.prepare(query or "")
        except InvalidDocumentError:
            document = None
        if document is None or self._has_extensions or allowed_operation_types is not None:
            return await super().execute(query, *request, allowed_operation_types, operation_extensions)
        try:
            executor = CompiledExecutor.build_with(
                OPTIONS, self.core, document.node, root_value, context_value, variable_values, operation_name,
                operation_extensions,
            )  # fmt: skip
            if isinstance(executor, list):
                result = ExecutionResult(data=None, errors=executor)
            else:
                response = executor.execute_operation()
                if optimized_is_awaitable(response):
                    response = await response
                result = ExecutionResult(data=response.data, errors=response.errors)
        except Exception as error:  # noqa: BLE001 - as in Strawberry: no operation was executed
            cause = error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
            result = PreExecutionError(data=None, errors=[cause])
        if result.errors:
            self.process_errors(result.errors)
        return result

    def _get_custom_context_kwargs(
        self, operation_extensions: dict[str, Any] | None = None, *, sync: bool = False
    ) -> dict[str, Any]:
        """Return the options that Strawberry passes on to graphql-core; it has no documented way to set these two."""
        kwargs = super()._get_custom_context_kwargs(operation_extensions, sync=sync)
        return {**kwargs, "hide_suggestions": True, "max_coercion_errors": MAX_COERCION_ERRORS}


def _root_object(data: Any, single_field: str | None) -> dict[str, Any]:
    """Return the operation's data; of an operation with one root field, `data` is that field's value."""
    if single_field is None:
        return cast("dict[str, Any]", data)
    return {} if data is Undefined else {single_field: data}


async def _await_field(data: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    data[name] = await value
    return data


async def _await_fields(data: dict[str, Any], others: Any) -> dict[str, Any]:
    data.update(await others)
    return data
