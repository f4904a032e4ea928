"""OpenTelemetry spans of requests, operations and statements. Imported only if an exporter is configured.

A span contains no variable, argument, literal, address or name of a person, and no text of an exception. Its names and
attributes follow OpenTelemetry's semantic conventions for HTTP, GraphQL and databases.
"""

from collections.abc import MutableMapping
from contextlib import AbstractContextManager
from time import time_ns
from typing import Any, Final

from graphql import OperationDefinitionNode
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from osit_graphql.db.observation import shorten, summarize
from osit_graphql.http.endpoint import GRAPHQL_PATH, SERVED_METHODS
from osit_graphql.http.trusted_proxies import TrustedProxies

MAX_NAME_CHARACTERS: Final = 200
FIRST_SERVER_ERROR: Final = 500

propagator = TraceContextTextMapPropagator()


class TracingMiddleware:
    """ASGI middleware around `RequestMiddleware`: a span for each request of `/graphql`."""

    def __init__(self, app: ASGIApp, tracer: Tracer, trusted_proxies: TrustedProxies) -> None:
        self._app, self._tracer, self._trusted_proxies = app, tracer, trusted_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] != GRAPHQL_PATH:
            await self._app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in {*SERVED_METHODS, "OPTIONS"} else "_OTHER"
        attributes = {"http.request.method": method, "http.route": GRAPHQL_PATH, "url.path": GRAPHQL_PATH}
        with self._tracer.start_as_current_span(
            f"{method} {GRAPHQL_PATH}",
            self._parent(scope),
            SpanKind.SERVER,
            attributes,
            record_exception=False,  # the text of an exception may quote values
            set_status_on_exception=False,
        ) as span:

            async def send_with_status(message: Message) -> None:
                if message["type"] == "http.response.start":
                    _set_http_status(span, message["status"])
                await send(message)

            await self._app(scope, receive, send_with_status)

    def _parent(self, scope: Scope) -> Context:
        """Return the context that a trusted proxy sent, else an empty one: a new trace begins.

        The context of the task does not count: a task that another request created inherits it.
        """
        parents = [value for name, value in scope["headers"] if name == b"traceparent"]
        if len(parents) != 1 or not self._trusted_proxies.sent(scope):
            return Context()
        states = [value for name, value in scope["headers"] if name == b"tracestate"]
        carrier = {"traceparent": parents[0].decode("latin-1"), "tracestate": b",".join(states).decode("latin-1")}
        return propagator.extract(carrier, Context())


class OperationTracer:
    """Begins a span for each operation; the endpoint calls it."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def __call__(self, operation: OperationDefinitionNode) -> AbstractContextManager[Span]:
        """Return the span of an operation, as a context manager."""
        kind, name = operation.operation.value, operation.name.value[:MAX_NAME_CHARACTERS] if operation.name else None
        attributes = {"graphql.operation.type": kind} | ({"graphql.operation.name": name} if name else {})
        return self._tracer.start_as_current_span(
            f"{kind} {name}" if name else kind,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        )


class StatementTracer:
    """Adds a span for each statement of a traced request; an observer of `Database.observers`."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def __call__(self, text: str, seconds: float, error: str | None) -> None:
        """Add the span of a statement that has just ended."""
        if not trace.get_current_span().is_recording():  # a background job, or a request that is not sampled
            return
        end, summary = time_ns(), summarize(text)
        attributes = {
            "db.system.name": "postgresql",
            "db.query.summary": summary,
            "db.query.text": shorten(text),
        }
        span = self._tracer.start_span(
            summary, kind=SpanKind.CLIENT, attributes=attributes, start_time=end - round(seconds * 1e9)
        )
        if error is not None:
            span.set_attribute("error.type", error)
            span.set_status(StatusCode.ERROR)
        span.end(end)


def add_trace_id(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Add the trace's ID to a log line of a traced request; a processor of structlog."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = trace.format_trace_id(context.trace_id)
    return event


def _set_http_status(span: Span, status: int) -> None:
    span.set_attribute("http.response.status_code", status)
    if status >= FIRST_SERVER_ERROR:
        span.set_attribute("error.type", str(status))
        span.set_status(StatusCode.ERROR)
