"""The `/graphql` endpoint: one ASGI application behind one Starlette route.

Each request passes these steps: parameters, process slot, document, authentication, user slot, charge, execution,
response. See `rate_limiting` for the slots and the charge.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from graphql import FieldNode, GraphQLError, OperationDefinitionNode, OperationType
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from osit_graphql.api.argument_paths import add_argument_paths
from osit_graphql.api.context import Caller, MakeContext
from osit_graphql.api.document_cache import Document, InvalidDocumentError, is_sign_in
from osit_graphql.api.errors import TooComplex, find_refusal, find_server_error
from osit_graphql.api.strawberry_schema import Schema
from osit_graphql.api.tables import NotATableError, Table, find_table
from osit_graphql.db.fault_log import report_fault
from osit_graphql.domain.errors import OutOfScope, RequestError, Throttled, TimedOut, Unauthenticated, Unavailable
from osit_graphql.domain.security_events import SecurityEvent
from osit_graphql.http.csv_format import write_csv
from osit_graphql.http.errors import (
    ALLOWED_METHODS,
    INTERNAL_ERROR_CODE,
    ErrorContext,
    MethodNotAllowed,
    MutationOverGet,
    NotTabular,
    Overloaded,
    SubscriptionOverHttp,
    format_errors,
)
from osit_graphql.http.middleware import (
    OPERATION_KEY,
    bind_error_codes,
    bind_operation,
    bind_user_error_codes,
    request_id_of,
)
from osit_graphql.http.rate_limiting import UNCHARGED_ERRORS, RateLimiter, RequestQuota
from osit_graphql.http.request import (
    COST_HEADER,
    CSV,
    GRAPHQL,
    MAX_ACCEPT_CHARACTERS,
    HttpRequest,
    Parameters,
    PersistedDocuments,
    choose_media_type,
    client_address,
    read_parameters,
)
from osit_graphql.http.responses import GraphQLResponse, ResponseBuilder
from osit_graphql.http.slow_log import DOCUMENT_KEY
from osit_graphql.http.variable_errors import explain_variables
from osit_graphql.i18n import negotiate
from osit_graphql.services import security_log
from osit_graphql.services.auth.opaque_tokens import digest
from osit_graphql.settings import Settings

if TYPE_CHECKING:
    from osit_graphql.metrics import Metrics

GRAPHQL_PATH = "/graphql"
SAFE_METHODS = ("GET", "HEAD")
SERVED_METHODS = {*SAFE_METHODS, "POST"}
COST_HEADER_NAME = COST_HEADER.lower().encode()
NO_SPAN = nullcontext()
TraceOperation = Callable[[OperationDefinitionNode], AbstractContextManager[object]]
OTHER = "other"
"""The operation name in the metrics of all documents that are not registered: clients choose these names."""
NO_OPERATION = (OTHER, "unknown")
REFUSAL_REASONS: Mapping[type, str] = {Throttled: "rate_limit", Overloaded: "overload", TooComplex: "complexity"}
"""The label of a refusal in the metrics, by class of the error."""

log = structlog.get_logger()


class GraphQLEndpoint:
    """ASGI application for `Route(GRAPHQL_PATH, …)`; `RequestMiddleware` must be around it.

    `make_context` builds the context of one operation. It raises `Unauthenticated` for an invalid token, or another
    `RequestError` to refuse the request. It is called after validation, a second time only without the token. The
    context may have a `principal`: the key of the token bucket that is charged.
    """

    def __init__(
        self,
        schema: Schema,
        make_context: MakeContext,
        settings: Settings,
        *,
        rate_limiter: RateLimiter,
        persisted_documents: PersistedDocuments | None = None,
        trace_operation: TraceOperation | None = None,
        metrics: "Metrics | None" = None,
    ) -> None:
        self._schema = schema
        self._trace_operation = trace_operation or _no_span
        self._make_context = make_context
        self._rate_limiter = rate_limiter
        self._persisted_documents = persisted_documents or PersistedDocuments()
        self._metrics = metrics
        self._max_body_bytes = settings.max_body
        self._timeout_s = settings.request_timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; a client that left gets no response."""
        request = HttpRequest(scope, receive)
        try:
            response = await self._respond(request)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _respond(self, request: HttpRequest) -> GraphQLResponse:
        if request.method == "OPTIONS":
            return GraphQLResponse(204, [(b"allow", ALLOWED_METHODS.encode())])
        request.scope["state"][OPERATION_KEY] = NO_OPERATION
        context = ErrorContext(negotiate(request.header(b"accept-language")), request_id_of(request.scope))
        quota = self._rate_limiter.quota_for(_read_caller(request, context))
        builder, uncharged = ResponseBuilder(context), False
        try:
            if request.method not in SERVED_METHODS:
                raise MethodNotAllowed  # noqa: TRY301 - all errors become responses below
            media_type = choose_media_type(request.list_header(b"accept")[:MAX_ACCEPT_CHARACTERS])
            # Errors of a file are no file: their HTTP status tells.
            builder = ResponseBuilder(context, GRAPHQL if media_type == CSV else media_type)
            async with asyncio.timeout(self._timeout_s):
                response = await self._serve(request, builder, quota, as_csv=media_type == CSV)
        except (RequestError, TimeoutError) as raised:
            error = TimedOut() if isinstance(raised, TimeoutError) else raised
            if isinstance(error, Unavailable):
                report_fault(error)
            if isinstance(error, Throttled):
                security_log.record(SecurityEvent.REQUEST_THROTTLED, retry_after=error.after)
            bind_error_codes([error.code])
            self._count_refusal(error)
            response = builder.request_error(error)
            uncharged = isinstance(error, UNCHARGED_ERRORS)
        except ClientDisconnect:
            raise
        except Exception:
            log.exception("fault")
            bind_error_codes([INTERNAL_ERROR_CODE])
            response = builder.internal_error()
        await quota.settle_cost(response, uncharged=uncharged)
        return response

    async def _serve(
        self, request: HttpRequest, builder: ResponseBuilder, quota: RequestQuota, *, as_csv: bool
    ) -> GraphQLResponse:
        parameters = await read_parameters(request, self._max_body_bytes, self._persisted_documents)
        request.scope["state"][DOCUMENT_KEY] = parameters.query
        with quota.process_slot():
            try:
                document = self._prepare(parameters.query, quota)
            except InvalidDocumentError as invalid:
                self._count_refusal(find_refusal(invalid.errors[0]))
                return _not_executed(builder, invalid.errors)
            operation = document.pick_operation(parameters.operation_name)
            name = operation.name.value if operation.name else None
            bind_operation(name)
            if self._metrics is not None:
                registered = name is not None and self._persisted_documents.has(parameters.query)
                request.scope["state"][OPERATION_KEY] = (name if registered else OTHER, operation.operation.value)
            _check_method(request, operation)
            table = self._find_table(document, operation, parameters) if as_csv else None
            context = await self._authenticate(quota.caller, operation)
            quota.set_principal(getattr(context, "principal", None))
            with quota.user_slot():
                await quota.charge(document.cost(operation, parameters.variables))
                async with quota.heavy_slot():
                    with self._trace_operation(operation):
                        result = await self._schema.execute(
                            parameters.query,
                            parameters.variables,
                            context,
                            operation_name=name,
                            operation_extensions=parameters.extensions,
                        )
            quota.deferred_fields = getattr(context, "waits", 0)
            bind_user_error_codes(getattr(context, "user_error_codes", ()))
            with_cost = COST_HEADER_NAME in request.headers
            response = self._build_response(builder, result, document, parameters, quota, with_cost=with_cost)
            return response if table is None else _to_csv(builder, table, response)

    def _find_table(self, document: Document, operation: OperationDefinitionNode, parameters: Parameters) -> Table:
        try:
            return find_table(self._schema.core, document.node, operation, parameters.variables or {})
        except NotATableError:
            raise NotTabular from None

    def _count_refusal(self, error: RequestError | None) -> None:
        if self._metrics is not None and (reason := REFUSAL_REASONS.get(type(error))):
            self._metrics.count_refusal(reason)

    def _prepare(self, text: str, quota: RequestQuota) -> Document:
        documents = self._schema.documents
        misses = documents.misses
        try:
            return documents.prepare(text)
        finally:
            if documents.misses > misses:
                quota.add_parse_cost(text)

    async def _authenticate(self, caller: Caller, operation: OperationDefinitionNode) -> object:
        """Return the context of the operation; `signIn` alone runs anonymously if the token is invalid."""
        try:
            if caller.token == "":
                security_log.record(SecurityEvent.TOKEN_REFUSED, reason="malformed")
                raise Unauthenticated  # noqa: TRY301 - an empty token is as invalid as an unknown one
            return await self._make_context(caller)
        except Unauthenticated:
            if caller.token is None or not is_sign_in(operation):
                raise
            return await self._make_context(caller._replace(token=None, token_digest=b""))

    def _build_response(
        self,
        builder: ResponseBuilder,
        result: ExecutionResult,
        document: Document,
        parameters: Parameters,
        quota: RequestQuota,
        *,
        with_cost: bool,
    ) -> GraphQLResponse:
        errors: list[dict[str, Any]] = []
        if raised := result.errors:
            if isinstance(result, PreExecutionError) or any(
                each.path is None and find_server_error(each) for each in raised
            ):
                return _not_executed(builder, raised)
            if result.data is None and all(error.path is None for error in raised):
                quota.set_failed()
                operation, variables = document.pick_operation(parameters.operation_name), parameters.variables or {}
                explained = explain_variables(self._schema.core, document.node, operation, variables)
                return _not_executed(builder, explained)
            add_argument_paths(document.node, raised)
            _log_refusals(raised)
            errors = format_errors(raised, builder.context)
            bind_error_codes(error["extensions"]["code"] for error in errors)
            if builder.media_type == GRAPHQL and _is_unserved(
                document.pick_operation(parameters.operation_name), result.data, errors
            ):
                return builder.not_executed(errors)
        response = builder.result(result.data, errors, result.extensions)
        quota.measure_response(response.body)
        if with_cost:
            extensions = {**(result.extensions or {}), "cost": quota.cost_extension()}
            response = builder.result(result.data, errors, extensions)
        return response


def _log_refusals(raised: Sequence[GraphQLError]) -> None:
    """Log PostgreSQL's faults, and that a token lacks a scope."""
    refusals = [find_refusal(error) for error in raised]
    for refusal in refusals:
        if isinstance(refusal, Unavailable):
            report_fault(refusal)
    if any(isinstance(refusal, OutOfScope) for refusal in refusals):
        security_log.record(SecurityEvent.TOKEN_REFUSED, method="api_token", reason="scope")


def _is_unserved(operation: OperationDefinitionNode, data: Any, errors: list[dict[str, Any]]) -> bool:
    """Whether an operation did nothing and read nothing, because each of its root fields failed with `UNAVAILABLE`.

    A mutation stops at its first failure, so it did nothing if that is its first field. Clients of the older media type
    get status 200 and `data`, since some read a body only then.
    """
    failed = [error["path"] for error in errors if error["extensions"]["code"] == "UNAVAILABLE"]
    if len(failed) < len(errors) or any(len(path) > 1 for path in failed):
        return False
    if operation.operation is OperationType.MUTATION:
        first = operation.selection_set.selections[0]
        return isinstance(first, FieldNode) and failed == [[(first.alias or first.name).value]]
    return data is None or len(failed) == len(data)


def _check_method(request: HttpRequest, operation: OperationDefinitionNode) -> None:
    """Raise `SubscriptionOverHttp`, or `MutationOverGet`."""
    if operation.operation is OperationType.SUBSCRIPTION:
        raise SubscriptionOverHttp
    if operation.operation is OperationType.MUTATION and request.method in SAFE_METHODS:
        raise MutationOverGet


def _no_span(_operation: OperationDefinitionNode) -> AbstractContextManager[object]:
    return NO_SPAN


def _to_csv(builder: ResponseBuilder, table: Table, response: GraphQLResponse) -> GraphQLResponse:
    """Return the CSV of a JSON response, or its errors without data: an incomplete file would look complete."""
    body = orjson.loads(response.body)
    if errors := body.get("errors"):
        return builder.not_executed(errors)
    return builder.csv(table.path[0], write_csv(table, body["data"]))


def _not_executed(builder: ResponseBuilder, errors: list[GraphQLError]) -> GraphQLResponse:
    formatted = format_errors(errors, builder.context)
    bind_error_codes(error["extensions"]["code"] for error in formatted)
    return builder.not_executed(formatted)


def _read_caller(request: HttpRequest, context: ErrorContext) -> Caller:
    """Read the bearer token; a credential of another scheme counts as an empty, invalid token."""
    authorization, address = request.header(b"authorization"), client_address(request.scope)
    if authorization is None:
        return Caller(None, *context, address)
    scheme, _, credentials = authorization.strip().partition(" ")
    token = credentials.strip() if scheme.lower() == "bearer" else ""
    return Caller(token, *context, address, digest(token) if token else b"")
