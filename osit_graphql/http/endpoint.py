"""`/graphql`: one HTTP request in, one operation executed or a clear refusal out."""

from collections.abc import Coroutine
from typing import Any

import structlog
from graphql import GraphQLError, OperationDefinitionNode, OperationType
from starlette.requests import ClientDisconnect
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from strawberry.types.execution import ExecutionResult, PreExecutionError

from osit_graphql.api.caller import Caller, MakeContext, read_address
from osit_graphql.api.document_cache import Document, InvalidDocumentError, is_sign_in
from osit_graphql.api.error_classification import find_server_error
from osit_graphql.api.strawberry_schema import Schema
from osit_graphql.domain.errors import RequestError, TimedOut, Unauthenticated
from osit_graphql.http.answers import Answer
from osit_graphql.http.compression import COMPRESSED, compress
from osit_graphql.http.content_negotiation import JSON, choose_media_type
from osit_graphql.http.deadlines import Deadlines
from osit_graphql.http.error_formatting import Reader, format_errors
from osit_graphql.http.errors import METHODS, MethodNotAllowed, MutationOverGet, SubscriptionOverHttp
from osit_graphql.http.notes import note_codes, note_operation
from osit_graphql.http.parameters import Parameters, read_parameters
from osit_graphql.http.persisted_documents import TrustedDocuments
from osit_graphql.http.rate_limiting import FREE, Admission, Visit
from osit_graphql.http.request import Incoming
from osit_graphql.http.request_logging import COST_HEADER, read_request_id
from osit_graphql.http.responses import Responder
from osit_graphql.http.variable_errors import explain_variables
from osit_graphql.i18n import negotiate
from osit_graphql.services.auth.opaque_tokens import digest

BODY_LIMIT = 256 * 1024
TIMEOUT = 15.0
READING = ("GET", "HEAD")
SERVED = {*READING, "POST"}
COST_FIELD = COST_HEADER.lower().encode()

log = structlog.get_logger()


def endpoint(
    schema: Schema,
    make_context: MakeContext,
    *,
    admission: Admission | None = None,
    trusted: TrustedDocuments | None = None,
    path: str = "/graphql",
    body_limit: int = BODY_LIMIT,
    timeout: float = TIMEOUT,
) -> Route:
    """The route that serves `schema`, under the middleware `RequestLog`.

    `make_context` gives the context of one operation; it raises `Unauthenticated` for a token that is presented but
    dead, and any other `RequestError` for a request that is refused as a whole. It is called once the operation is
    known to be valid, and never for more than that without a live token or none. What it gives may have a `principal`,
    a name of whose budget the operation is on. `timeout` is in seconds, for the whole of a incoming.
    """
    turns = admission or Admission()
    return Route(path, Endpoint(schema, make_context, turns, trusted or TrustedDocuments(), body_limit, timeout))


class Endpoint:
    """The ASGI application behind the route."""

    def __init__(
        self,
        schema: Schema,
        make_context: MakeContext,
        admission: Admission,
        trusted: TrustedDocuments,
        body_limit: int,
        timeout: float,
    ) -> None:
        self._schema = schema
        self._trusted = trusted
        self._make_context = make_context
        self._admission = admission
        self._body_limit = body_limit
        self._deadlines = Deadlines(timeout)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            answer = await self.answer(scope, receive)
        except ClientDisconnect:
            return
        await answer(scope, receive, send)

    async def answer(self, scope: Scope, receive: Receive) -> Answer:
        """Return the answer to one request. Raises `ClientDisconnect`."""
        incoming = Incoming(scope, receive)
        reader = Reader(negotiate(incoming.field(b"accept-language")), read_request_id(scope))
        if incoming.method == "OPTIONS":
            return Answer(204, [(b"allow", METHODS.encode())])
        visit = self._admission.receive(_read_caller(incoming, reader))
        media_type, free = JSON, False
        try:
            if incoming.method not in SERVED:
                raise MethodNotAllowed  # noqa: TRY301 - every refusal is answered in one place, below
            media_type = choose_media_type(incoming.listed(b"accept"))
            with self._deadlines.limit():
                answer = await self._serve(incoming, Responder(reader, media_type), visit)
        except RequestError as refusal:
            note_codes([refusal.code])
            answer, free = Responder(reader, media_type).refuse(refusal), isinstance(refusal, FREE)
        except TimeoutError:
            note_codes([TimedOut.code])
            answer = Responder(reader, media_type).refuse(TimedOut())
        except ClientDisconnect:
            raise
        except Exception:
            log.exception("fault")
            note_codes(["INTERNAL_SERVER_ERROR"])
            answer = Responder(reader, media_type).fail()
        await visit.settle(answer, free=free)
        if len(answer.body) >= COMPRESSED:
            await compress(answer, incoming)
        return answer

    async def _serve(self, incoming: Incoming, responder: Responder, visit: Visit) -> Answer:
        parameters = await read_parameters(incoming, self._body_limit, self._trusted)
        with visit.inside():
            try:
                document = self._prepare(parameters.query, visit)
            except InvalidDocumentError as invalid:
                return _reject(responder, invalid.errors)
            operation = document.pick_operation(parameters.operation_name)
            name = operation.name.value if operation.name else None
            note_operation(name)
            if operation.operation is OperationType.SUBSCRIPTION:
                raise SubscriptionOverHttp
            if operation.operation is OperationType.MUTATION and incoming.method in READING:
                raise MutationOverGet
            context = await self._authenticate(visit.caller, operation)
            visit.recognize(getattr(context, "principal", None))
            with visit.seated():
                await visit.pay(document.price(operation, parameters.variables))
                if visit.is_large():
                    async with visit.turn():
                        result = await self._execute(parameters, context, name)
                else:
                    result = await self._execute(parameters, context, name)
            visit.waits = getattr(context, "waits", 0)
            return self._conclude(responder, result, operation, parameters, visit, COST_FIELD in incoming.fields)

    def _execute(
        self, parameters: Parameters, context: object, name: str | None
    ) -> Coroutine[Any, Any, ExecutionResult]:
        query, variables, extensions = parameters.query, parameters.variables, parameters.extensions
        return self._schema.execute(query, variables, context, None, name, operation_extensions=extensions)

    def _prepare(self, text: str, visit: Visit) -> Document:
        documents = self._schema.documents
        seen = documents.misses
        try:
            return documents.prepare(text)
        finally:
            if documents.misses > seen:
                visit.owe_reading(text)

    async def _authenticate(self, caller: Caller, operation: OperationDefinitionNode) -> object:
        """The context of the operation; whoever only signs in does so as nobody, whatever old token they carry."""
        try:
            if caller.token == "":
                raise Unauthenticated  # noqa: TRY301 - no token can be empty: it is as dead as those unknown below
            return await self._make_context(caller)
        except Unauthenticated:
            if caller.token is None or not is_sign_in(operation):
                raise
            return await self._make_context(caller._replace(token=None, digest=b""))

    def _conclude(
        self,
        responder: Responder,
        result: ExecutionResult,
        operation: OperationDefinitionNode,
        parameters: Parameters,
        visit: Visit,
        telling: bool,
    ) -> Answer:
        formatted: list[dict[str, Any]] = []
        if errors := result.errors:
            if isinstance(result, PreExecutionError) or any(
                each.path is None and find_server_error(each) for each in errors
            ):
                return _reject(responder, errors)
            if result.data is None and all(error.path is None for error in errors):
                visit.fail()
                variables = parameters.variables or {}
                return _reject(responder, explain_variables(self._schema.core, operation, variables))
            formatted = format_errors(errors, responder.reader)
            note_codes(error["extensions"]["code"] for error in formatted)
        answer = responder.execute(result.data, formatted, result.extensions)
        visit.receive(answer.body)
        if telling:
            answer = responder.execute(result.data, formatted, {**(result.extensions or {}), "cost": visit.tell()})
        return answer


def _reject(responder: Responder, errors: list[GraphQLError]) -> Answer:
    formatted = format_errors(errors, responder.reader)
    note_codes(error["extensions"]["code"] for error in formatted)
    return responder.reject(formatted)


def _read_caller(incoming: Incoming, reader: Reader) -> Caller:
    """A credential that isn't `Bearer` becomes an empty token, which is a dead one."""
    authorization, address = incoming.field(b"authorization"), read_address(incoming.scope)
    if authorization is None:
        return Caller(None, *reader, address)
    scheme, _, said = authorization.strip().partition(" ")
    token = said.strip() if scheme.lower() == "bearer" else ""
    return Caller(token, *reader, address, digest(token) if token else b"")
