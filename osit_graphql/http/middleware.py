"""The outermost middleware: client address, request id, security headers, request log, and 500 for any exception."""

from time import perf_counter

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from osit_graphql.http.error_formatting import ErrorContext
from osit_graphql.http.request import headers_by_name
from osit_graphql.http.request_logging import REQUEST_ID_NAME, begin_request, end_request
from osit_graphql.http.responses import GraphQLResponse, ResponseBuilder
from osit_graphql.http.security_headers import add_security_headers
from osit_graphql.http.trusted_proxies import TrustedProxies
from osit_graphql.i18n import negotiate

CLIENT_CLOSED_REQUEST = 499  # the status that reverse proxies log for a client that left before the response

log = structlog.get_logger()


class RequestMiddleware:
    """ASGI middleware around every path. One class instead of three: each layer costs a call and a header pass."""

    def __init__(self, app: ASGIApp, trusted_proxies: TrustedProxies | None = None) -> None:
        self._app = app
        self._trusted_proxies = trusted_proxies or TrustedProxies(())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = self._trusted_proxies.resolve(scope)
        request_id = begin_request(scope)
        status, started_at = CLIENT_CLOSED_REQUEST, perf_counter()

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", ()), (REQUEST_ID_NAME, request_id.encode())]
                message["headers"] = add_security_headers(scope, headers)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception:
            log.exception("fault")
            if status != CLIENT_CLOSED_REQUEST:
                raise  # the response has started: only the server can close the connection now
            await _internal_error(scope, request_id)(scope, receive, send_with_headers)
        finally:
            end_request(scope, status, perf_counter() - started_at)


def _internal_error(scope: Scope, request_id: str) -> GraphQLResponse:
    accept_language = headers_by_name(scope).get(b"accept-language", b"").decode("latin-1")
    return ResponseBuilder(ErrorContext(negotiate(accept_language), request_id)).internal_error()
