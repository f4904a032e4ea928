"""The middleware of every path: client address, request id, security headers, request log, 500 for any exception; CORS.

The line in the log has method, path, status, duration in milliseconds, operation name, error codes, those of
`userErrors` and every other structlog context variable of the request. Variables and documents are never logged.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from secrets import token_hex
from time import perf_counter
from typing import TYPE_CHECKING

import structlog
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

from osit_graphql.http.errors import INTERNAL_ERROR_CODE, ErrorContext, LengthRequired
from osit_graphql.http.request import COST_HEADER, client_address, headers_by_name
from osit_graphql.http.responses import Header, ResponseBuilder, encode_headers
from osit_graphql.http.trusted_proxies import TrustedProxies
from osit_graphql.i18n import negotiate
from osit_graphql.services import security_log

if TYPE_CHECKING:
    from osit_graphql.metrics import Metrics

CLIENT_CLOSED_REQUEST = 499  # the status that reverse proxies log for a client that left before the response
REQUEST_ID_HEADER = "X-Request-Id"
REQUEST_ID_NAME = REQUEST_ID_HEADER.lower().encode()
CLIENT_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
REQUEST_ID_BYTES = 16
MAX_LOGGED_CHARACTERS = 200
DEBUG_LEVEL_PATHS = {"/healthz", "/readyz", "/metrics"}
OPERATION_KEY = "operation"
"""Key of `scope["state"]`: the labels of a GraphQL request in the metrics, name and type of its operation."""
SERVER_ERROR_CODES = {INTERNAL_ERROR_CODE, "TIMEOUT", "UNAVAILABLE"}

SECURITY_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # A response of the API is no page: opened as one, it runs nothing and cannot be framed.
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
# One year, for this host only, without its subdomains.
HTTPS_HEADERS = {"Strict-Transport-Security": "max-age=31536000"}
HTTP_DEFAULTS = encode_headers(SECURITY_HEADERS)
HTTPS_DEFAULTS = encode_headers({**SECURITY_HEADERS, **HTTPS_HEADERS})
CONNECTION_CLOSE: Header = (b"connection", b"close")

CORS_METHODS = ("GET", "POST", "HEAD")
# Headers that our clients send in addition to the browser's own; Apollo's are on by default.
CORS_REQUEST_HEADERS = (
    *("Authorization", REQUEST_ID_HEADER, COST_HEADER),
    *("GraphQL-Require-Preflight", "Apollo-Require-Preflight", "X-Apollo-Operation-Name"),
)
CORS_RESPONSE_HEADERS = (
    *(REQUEST_ID_HEADER, "Retry-After", "RateLimit", "RateLimit-Policy", "Content-Disposition"),
    *("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"),
)
LOCAL_ORIGIN = r"https?://((?:[a-z0-9-]+\.)*localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?"
PREFLIGHT_MAX_AGE_S = 7200  # the longest time that any browser caches a preflight response

log = structlog.get_logger()


class RequestMiddleware:
    """ASGI middleware around every path. One class instead of three: each layer costs a call and a header pass."""

    def __init__(
        self,
        app: ASGIApp,
        trusted_proxies: TrustedProxies | None = None,
        metrics: "Metrics | None" = None,
        *,
        closes_connections: Callable[[], bool] | None = None,
    ) -> None:
        """`closes_connections`: whether each connection ends with its next response, because the process stops."""
        self._app = app
        self._trusted_proxies = trusted_proxies or TrustedProxies(())
        self._metrics, self._closes_connections = metrics, closes_connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refused = b"transfer-encoding" in headers_by_name(scope) and not self._trusted_proxies.sent(scope)
        scope = self._trusted_proxies.resolve(scope)
        request_id = _begin_request(scope)
        status, started_at = CLIENT_CLOSED_REQUEST, perf_counter()

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", ()), (REQUEST_ID_NAME, request_id.encode())]
                message["headers"] = _add_security_headers(scope, headers + self._connection_headers())
            try:
                await send(message)
            except Exception as error:  # the client left before the responses to its earlier requests
                status = CLIENT_CLOSED_REQUEST
                bind_contextvars(send_error=str(error)[:MAX_LOGGED_CHARACTERS])
                raise ClientDisconnect from error

        try:
            app = _response_builder(scope, request_id).request_error(LengthRequired()) if refused else self._app
            await app(scope, receive, send_with_headers)
        except ClientDisconnect:
            status = CLIENT_CLOSED_REQUEST
        except Exception:
            log.exception("fault")
            if status != CLIENT_CLOSED_REQUEST:
                raise  # the response has started: only the server can close the connection now
            with suppress(ClientDisconnect):
                await _response_builder(scope, request_id).internal_error()(scope, receive, send_with_headers)
        finally:
            duration_s = perf_counter() - started_at
            if self._metrics is not None and (operation := scope["state"].get(OPERATION_KEY)):
                name, type_ = operation
                self._metrics.observe_request(name, type_, _worst_code(status), duration_s)
            _end_request(scope, status, duration_s)

    def _connection_headers(self) -> list[Header]:
        return [CONNECTION_CLOSE] if self._closes_connections and self._closes_connections() else []


def cors_middleware(origins: Sequence[str], *, development: bool = False) -> list[Middleware]:
    """Return the middleware for the origins whose pages may call the API from a browser.

    In development these are also all origins on localhost. There is no middleware without any origin, and browsers then
    refuse by themselves. OSIT uses no cookies, so no credentials.
    """
    if not origins and not development:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=tuple(origins),
            allow_origin_regex=LOCAL_ORIGIN if development else None,
            allow_methods=CORS_METHODS,
            allow_headers=CORS_REQUEST_HEADERS,
            expose_headers=CORS_RESPONSE_HEADERS,
            allow_credentials=False,
            max_age=PREFLIGHT_MAX_AGE_S,
        )
    ]


def bind_operation(name: str | None) -> None:
    """Add the operation name to the log lines of this request."""
    if name:
        bind_contextvars(operation=name[:MAX_LOGGED_CHARACTERS])


def bind_error_codes(codes: Iterable[str]) -> None:
    """Add the error codes to the log lines of this request."""
    if distinct := sorted(set(codes)):
        bind_contextvars(codes=distinct)


def bind_user_error_codes(codes: Iterable[str]) -> None:
    """Add the codes of `userErrors` to the log lines of this request."""
    if distinct := sorted(set(codes)):
        bind_contextvars(user_errors=distinct)


def _worst_code(status: int) -> str:
    """Return the code of the request for the metrics: an error of the server if it has one, else any error, or OK."""
    if status == CLIENT_CLOSED_REQUEST:
        return "CLIENT_CLOSED_REQUEST"
    codes: Sequence[str] = get_contextvars().get("codes", ())
    if not codes:
        return INTERNAL_ERROR_CODE if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "OK"
    return next((code for code in codes if code in SERVER_ERROR_CODES), codes[0])


def request_id_of(scope: Scope) -> str:
    """Return the request id that `RequestMiddleware` chose."""
    request_id: str = scope["state"]["request_id"]
    return request_id


def _begin_request(scope: Scope) -> str:
    """Choose the request id, put it into `scope["state"]`, and bind it to all log lines of the request."""
    request_id = _client_request_id(scope) or token_hex(REQUEST_ID_BYTES)
    scope.setdefault("state", {})["request_id"] = request_id
    clear_contextvars()  # a task that another request created inherits its variables
    bind_contextvars(request_id=request_id)
    security_log.client_address.set(client_address(scope))
    return request_id


def _end_request(scope: Scope, status: int, duration_s: float) -> None:
    """Log the request and clear its context variables."""
    write = log.debug if scope["path"] in DEBUG_LEVEL_PATHS else log.info
    try:
        write(
            "request",
            method=scope["method"][:MAX_LOGGED_CHARACTERS],
            path=scope["path"][:MAX_LOGGED_CHARACTERS],
            status=status,
            duration_ms=round(duration_s * 1000, 1),
        )
    finally:
        clear_contextvars()


def _client_request_id(scope: Scope) -> str | None:
    """Return the client's X-Request-Id if it is short and plain, so that it can be followed across systems."""
    text = headers_by_name(scope).get(REQUEST_ID_NAME, b"").decode("latin-1")
    return text if CLIENT_REQUEST_ID.fullmatch(text) else None


def _add_security_headers(scope: Scope, headers: list[Header]) -> list[Header]:
    """Return the headers with the missing security headers; over TLS, which a trusted proxy ends, with HSTS.

    A header that the response sets itself is not changed.
    """
    names = {name for name, _ in headers}
    defaults = HTTPS_DEFAULTS if scope.get("scheme") == "https" else HTTP_DEFAULTS
    return headers + [header for header in defaults if header[0] not in names]


def _response_builder(scope: Scope, request_id: str) -> ResponseBuilder:
    accept_language = headers_by_name(scope).get(b"accept-language", b"").decode("latin-1")
    return ResponseBuilder(ErrorContext(negotiate(accept_language), request_id))
