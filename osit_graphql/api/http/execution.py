"""Strawberry's schema, with our documents, our validation and our way with errors."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

import strawberry
import structlog
from graphql import ASTValidationRule, GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionContext
from strawberry.types.execution import ParseOptions

from osit_graphql.api.execution import PlannedExecutor
from osit_graphql.api.http.documents import Documents, InvalidDocumentError
from osit_graphql.api.http.faults import find_fault
from osit_graphql.api.limits import Limits, Weights

MAX_COERCION_ERRORS = 5

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
