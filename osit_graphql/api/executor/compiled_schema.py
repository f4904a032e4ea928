"""The schema on the compiled executor, which valid documents reach without Strawberry's own pipeline."""

from collections.abc import Iterable, Sequence
from typing import Any

from graphql import GraphQLError
from strawberry.execution import optimized_is_awaitable
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from osit_graphql.api.document_cache import InvalidDocumentError
from osit_graphql.api.executor.executor import CompiledExecutor
from osit_graphql.api.executor.operation_cache import BuildOptions
from osit_graphql.api.strawberry_schema import Schema

MAX_COERCION_ERRORS = 5
# graphql-core's parameters from `field_resolver` on: its default resolvers, and Strawberry's test for awaitables.
OPTIONS = BuildOptions.of(
    (None, None, None, MAX_COERCION_ERRORS, False, None, optimized_is_awaitable, None), {"hide_suggestions": True}
)


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
        allowed_operation_types: Iterable[OperationType] | None = None,
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
