"""The request id, the structlog context variables of a request, and its line in the log.

The line has method, path, status, duration in milliseconds, operation name, error codes and every other context
variable of the request. Variables and documents are never logged.
"""

import re
from collections.abc import Iterable
from secrets import token_hex

import structlog
from starlette.types import Scope
from structlog.contextvars import bind_contextvars, clear_contextvars

from osit_graphql.http.request import headers_by_name

REQUEST_ID_HEADER = "X-Request-Id"
REQUEST_ID_NAME = REQUEST_ID_HEADER.lower().encode()
CLIENT_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
REQUEST_ID_BYTES = 16
MAX_LOGGED_CHARACTERS = 200
DEBUG_LEVEL_PATHS = {"/healthz", "/readyz"}

log = structlog.get_logger()


def begin_request(scope: Scope) -> str:
    """Choose the request id, put it into `scope["state"]`, and bind it to all log lines of the request."""
    request_id = _client_request_id(scope) or token_hex(REQUEST_ID_BYTES)
    scope.setdefault("state", {})["request_id"] = request_id
    clear_contextvars()  # a task that another request created inherits its variables
    bind_contextvars(request_id=request_id)
    return request_id


def end_request(scope: Scope, status: int, duration_s: float) -> None:
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


def bind_operation(name: str | None) -> None:
    """Add the operation name to the log lines of this request."""
    if name:
        bind_contextvars(operation=name[:MAX_LOGGED_CHARACTERS])


def bind_error_codes(codes: Iterable[str]) -> None:
    """Add the error codes to the log lines of this request."""
    if distinct := sorted(set(codes)):
        bind_contextvars(codes=distinct)


def request_id_of(scope: Scope) -> str:
    """Return the request id that `begin_request` chose."""
    request_id: str = scope["state"]["request_id"]
    return request_id


def _client_request_id(scope: Scope) -> str | None:
    """Return the client's X-Request-Id if it is short and plain, so that it can be followed across systems."""
    value = headers_by_name(scope).get(REQUEST_ID_NAME)
    if value is None:
        return None
    text = value.decode("latin-1")
    return text if CLIENT_REQUEST_ID.fullmatch(text) else None
