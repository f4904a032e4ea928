"""Strawberry's schema class with a document cache, so that a document is parsed, validated and priced once."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

import strawberry
import structlog
from graphql import ASTValidationRule, GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionContext
from strawberry.types.execution import ParseOptions

from osit_graphql.api.document_cache import DocumentCache, InvalidDocumentError
from osit_graphql.api.errors import find_server_error
from osit_graphql.api.query_cost import Limits, Weights
from osit_graphql.api.strawberry_adapter import core_schema

log = structlog.get_logger()


class PreparedDocument(SchemaExtension):
    """Gives Strawberry the cached document, so that it neither parses nor validates it again."""

    def on_parse(self) -> Iterator[None]:
        """Set the parsed document, or its errors, before Strawberry parses it."""
        context = self.execution_context
        schema = context.schema
        if isinstance(schema, Schema) and context.query:
            # Strawberry parses an unparsable document again to report its error, under the same limits.
            context.parse_options = cast("ParseOptions", schema.documents.limits.parse_options)
            try:
                context.graphql_document = schema.documents.prepare(context.query).node
                context.pre_execution_errors = []
            except InvalidDocumentError as error:
                context.graphql_document = error.node
                context.pre_execution_errors = error.errors if error.node else None
        yield


class Schema(strawberry.Schema):
    """The schema that the endpoint serves, on the executor of graphql-core and Strawberry.

    `rules` are validation rules beyond the specification's, `weights` the costs of its fields. An error with a
    `RequestError` as its `original_error` is reported with that error's code and message.
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
        super().__init__(query, extensions=(PreparedDocument, *extensions), **kwargs)
        self.core = core_schema(self)
        self.documents = DocumentCache(self.core, rules, limits or Limits.default(), weights or Weights())

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:  # noqa: ARG002 - Strawberry's signature
        """Log the server's errors with their traceback; the client's are part of the response only."""
        for error in errors:
            if cause := find_server_error(error):
                path = ".".join(str(key) for key in error.path or ())
                log.error("fault", path=path, exc_info=cause)
