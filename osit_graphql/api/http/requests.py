"""What goes around every HTTP request: its id, its line in the log, and an answer even when everything breaks."""

import re
from collections.abc import Iterable
from secrets import token_hex
from time import perf_counter

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from osit_graphql.api.http.formatting import Reader
from osit_graphql.api.http.responses import Responder
from osit_graphql.api.messages import negotiate

HEADER = "X-Request-Id"
FIELD = HEADER.lower().encode()
COST_HEADER = "X-Query-Cost"  # asks for `extensions.cost`
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
QUIET = {"/healthz", "/readyz"}
MAX_LOGGED = 200
DISCONNECTED = 499  # what reverse proxies log for a client that left before the answer

log = structlog.get_logger()


class RequestLog:
    """Middleware, the outermost: binds `request_id` for every line logged meanwhile, and logs one line at the end.

    The line has the method, path, status and duration in milliseconds, the operation's name, the codes of errors, and
    whatever else was bound meanwhile; never a variable, never a document.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _accept_request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            await self._serve(scope, receive, send, request_id)
        finally:
            structlog.contextvars.clear_contextvars()

    async def _serve(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        status = DISCONNECTED
        started = perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (FIELD, request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            log.exception("fault")
            if status != DISCONNECTED:
                raise  # half an answer is out: only the server can cut the line now
            await _apologize(scope, receive, send_with_id, request_id)
        finally:
            _log_request(scope, status, perf_counter() - started)


async def _apologize(scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
    language = negotiate(Headers(scope=scope).get("accept-language"))
    response = Responder(Reader(language, request_id)).fail()
    await response(scope, receive, send)


def _log_request(scope: Scope, status: int, seconds: float) -> None:
    write = log.debug if scope["path"] in QUIET else log.info
    write(
        "request",
        method=scope["method"][:MAX_LOGGED],
        path=scope["path"][:MAX_LOGGED],
        status=status,
        duration_ms=round(seconds * 1000, 1),
    )


def _accept_request_id(scope: Scope) -> str:
    """The caller's own id when it is short and plain, so that it can be followed across systems; else a new one."""
    for name, value in scope["headers"]:
        if name == FIELD:
            given = value.decode("latin-1")
            return given if REQUEST_ID.fullmatch(given) else token_hex(16)
    return token_hex(16)


def read_request_id(scope: Scope) -> str:
    """The id that the middleware gave this request."""
    request_id: str = scope["state"]["request_id"]
    return request_id


def note_operation(name: str | None) -> None:
    """Let the request's lines in the log say which operation it ran."""
    if name:
        structlog.contextvars.bind_contextvars(operation=name[:MAX_LOGGED])


def note_codes(codes: Iterable[str]) -> None:
    """Let the request's line in the log say what was refused."""
    if distinct := sorted(set(codes)):
        structlog.contextvars.bind_contextvars(codes=distinct)
