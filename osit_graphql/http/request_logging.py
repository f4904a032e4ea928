"""What goes around every HTTP request: its id, its line in the log, and an answer even when everything breaks."""

import re
from collections.abc import Awaitable, Callable, Iterator
from secrets import token_hex
from time import perf_counter

import structlog
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from osit_graphql.http.answers import Answer, Field
from osit_graphql.http.error_formatting import Reader
from osit_graphql.http.notes import MAX_LOGGED, begin_notes, end_notes
from osit_graphql.http.request import read_fields
from osit_graphql.http.responses import Responder
from osit_graphql.i18n import negotiate

HEADER = "X-Request-Id"
FIELD = HEADER.lower().encode()
COST_HEADER = "X-Query-Cost"  # asks for `extensions.cost`
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
DIGITS = 32  # of an id of ours
DRAWN = 64  # of them at once: to ask the system for randomness takes longer than all the rest of an id
QUIET = {"/healthz", "/readyz"}
DISCONNECTED = 499  # what reverse proxies log for a client that left before the answer

log = structlog.get_logger()

Finish = Callable[[Scope, list[Field]], list[Field]]
Find = Callable[[Scope, Receive], Awaitable[Answer]]


class RequestLog:
    """Middleware, the outermost: binds `request_id` for every line logged meanwhile, and logs one line at the end.

    The line has the method, path, status and duration in milliseconds, the operation's name, the codes of errors, and
    whatever else was bound meanwhile; never a variable, never a document.
    """

    def __init__(self, app: ASGIApp, finish: Finish | None = None) -> None:
        """`finish` has the last word on an answer's fields, for whoever needs no middleware of its own for that."""
        self._app = app
        self._finish = finish
        self._ids = _draw_ids()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _begin(scope, self._ids)
        status, started = DISCONNECTED, perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                fields = [*message.get("headers", ()), (FIELD, request_id.encode())]
                message["headers"] = self._finish(scope, fields) if self._finish else fields
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            log.exception("fault")
            if status != DISCONNECTED:
                raise  # half an answer is out: only the server can cut the line now
            await _apologize(scope, request_id)(scope, receive, send_with_id)
        finally:
            _end(scope, status, started)


class AnswerLog:
    """What `RequestLog` does, around what returns its answer: no message has to be looked at on its way."""

    def __init__(self, answer: Find, finish: Finish) -> None:
        """`finish` has the last word on an answer's fields."""
        self._answer = answer
        self._finish = finish
        self._ids = _draw_ids()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request_id = _begin(scope, self._ids)
        status, started = DISCONNECTED, perf_counter()
        try:
            try:
                answer = await self._answer(scope, receive)
            except ClientDisconnect:
                return
            except Exception:
                log.exception("fault")
                answer = _apologize(scope, request_id)
            status = answer.status
            fields = self._finish(scope, [*answer.fields, (FIELD, request_id.encode())])
            await send({"type": "http.response.start", "status": status, "headers": fields})
            await send({"type": "http.response.body", "body": answer.body})
        except Exception:
            log.exception("fault")
            raise  # half an answer is out
        finally:
            _end(scope, status, started)


def _begin(scope: Scope, ids: Iterator[str]) -> str:
    request_id: str = _read_given_id(scope) or next(ids)
    scope.setdefault("state", {})["request_id"] = request_id
    begin_notes(request_id)
    return request_id


def _end(scope: Scope, status: int, started: float) -> None:
    try:
        _log_request(scope, status, perf_counter() - started)
    finally:
        end_notes()


def _apologize(scope: Scope, request_id: str) -> Answer:
    language = negotiate(Headers(scope=scope).get("accept-language"))
    return Responder(Reader(language, request_id)).fail()


def _log_request(scope: Scope, status: int, seconds: float) -> None:
    write = log.debug if scope["path"] in QUIET else log.info
    write(
        "request",
        method=scope["method"][:MAX_LOGGED],
        path=scope["path"][:MAX_LOGGED],
        status=status,
        duration_ms=round(seconds * 1000, 1),
    )


def _read_given_id(scope: Scope) -> str | None:
    """The caller's own id when it is short and plain, so that it can be followed across systems."""
    value = read_fields(scope).get(FIELD)
    if value is None:
        return None
    given = value.decode("latin-1")
    return given if REQUEST_ID.fullmatch(given) else None


def _draw_ids() -> Iterator[str]:
    """Give new ids. None is drawn before the first is needed: no two processes have the same ones."""
    while True:
        drawn = token_hex(DIGITS // 2 * DRAWN)
        for start in range(0, len(drawn), DIGITS):
            yield drawn[start : start + DIGITS]


def read_request_id(scope: Scope) -> str:
    """The id that the middleware gave this request."""
    request_id: str = scope["state"]["request_id"]
    return request_id
