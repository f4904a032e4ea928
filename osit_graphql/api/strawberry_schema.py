"""Strawberry's schema, with our documents, our validation and our way with errors."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

import strawberry
import structlog
from graphql import ASTValidationRule, GraphQLError
from strawberry.execution import optimized_is_awaitable
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.execution import ParseOptions, PreExecutionError
from strawberry.types.graphql import OperationType

from osit_graphql.api.document_cache import Documents, InvalidDocumentError
from osit_graphql.api.error_classification import find_fault
from osit_graphql.api.executor import Options, PlannedExecutor
from osit_graphql.api.query_cost import Limits, Weights

MAX_COERCION_ERRORS = 5
# What graphql-core builds executors with, in its order: resolvers of its own, and how to tell what is to be awaited.
OPTIONS = Options.of(
    (None, None, None, MAX_COERCION_ERRORS, False, None, optimized_is_awaitable, None), {"hide_suggestions": True}
)

log = structlog.get_logger()


class PreparedDocument(SchemaExtension):
    """Gives Strawberry the document as our cache has it, so that neither parsing nor validation happens twice."""

    def on_parse(self) -> Iterator[None]:
        """Put the parsed document, or what is wrong with it, where Strawberry would."""
        context = self.execution_context
        schema = context.schema
        if isinstance(schema, Schema) and context.query:
            # A document that can't be parsed is parsed again by Strawberry, under the same limits: that is
            # how it reports it. The endpoint never gets here with one; a WebSocket does.
            context.parse_options = cast("ParseOptions", schema.documents.limits.parse_options)
            try:
                context.graphql_document = schema.documents.prepare(context.query).node
                context.pre_execution_errors = []
            except InvalidDocumentError as error:
                context.graphql_document = error.node
                context.pre_execution_errors = error.errors if error.node else None
        yield


class Schema(strawberry.Schema):
    """The schema that the endpoint serves.

    `rules` are validation rules beyond the specification's, `weights` what its fields cost. An error that has a
    `RequestError` as its `original_error` is told with that refusal's code and sentence.
    """

    def __init__(
        self,
        query: type,
        *,
        rules: Sequence[type[ASTValidationRule]] = (),
        limits: Limits | None = None,
        weights: Weights | None = None,
        extensions: Sequence[type[SchemaExtension]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(
            query, extensions=(PreparedDocument, *extensions), execution_context_class=PlannedExecutor, **kwargs
        )
        self.documents = Documents(self._schema, rules, limits or Limits(), weights or Weights())
        self._plain = not extensions

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
        """Execute a document, as Strawberry does; one that is in order goes without the stations of its extensions."""
        said = (variable_values, context_value, root_value, operation_name)
        try:
            document = self.documents.prepare(query or "")
        except InvalidDocumentError:
            document = None
        if document is None or not self._plain or allowed_operation_types is not None:
            return await super().execute(query, *said, allowed_operation_types, operation_extensions)
        try:
            executor = PlannedExecutor.built(
                OPTIONS, self._schema, document.node, root_value, context_value, variable_values, operation_name,
                operation_extensions,
            )  # fmt: skip
            if isinstance(executor, list):
                result = ExecutionResult(data=None, errors=executor)
            else:
                found = executor.execute_operation()
                if optimized_is_awaitable(found):
                    found = await found
                result = ExecutionResult(data=found.data, errors=found.errors)
        except Exception as error:  # noqa: BLE001 - as Strawberry: no operation was executed
            fault = error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
            result = PreExecutionError(data=None, errors=[fault])
        if result.errors:
            self.process_errors(result.errors)
        return result

    def _get_custom_context_kwargs(
        self, operation_extensions: dict[str, Any] | None = None, *, sync: bool = False
    ) -> dict[str, Any]:
        """What Strawberry passes on to graphql-core's `execute`; it has no public way to say these two."""
        kwargs = super()._get_custom_context_kwargs(operation_extensions, sync=sync)
        return {**kwargs, "hide_suggestions": True, "max_coercion_errors": MAX_COERCION_ERRORS}

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:  # noqa: ARG002 - Strawberry calls it so
        """Log faults, with their traceback. A refusal is an answer like any other."""
        for error in errors:
            if fault := find_fault(error):
                path = ".".join(str(key) for key in error.path or ())
                log.error("fault", path=path, exc_info=fault)
