"""The log of slow statements and slow requests (`OSIT_SLOW_MS`): names, texts with placeholders, never values.

A slow request's line has the number of its statements, their time, and the hash of its document. The variables that
structlog has bound to the request, such as its ID and operation name, are in both kinds of lines.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from hashlib import sha256
from time import perf_counter

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from osit_graphql.db.observation import Observer, shorten, summarize

DOCUMENT_KEY = "document"
"""Key of `scope["state"]`: the text of the request's document."""

log = structlog.get_logger()


@dataclass
class Tally:
    """The statements of one request."""

    statements: int = 0
    seconds: float = 0.0


_tally: ContextVar[Tally | None] = ContextVar("tally", default=None)


class SlowRequestLog:
    """ASGI middleware inside `RequestMiddleware`; `log_slow_statements` counts the statements."""

    def __init__(self, app: ASGIApp, threshold_ms: int) -> None:
        self._app, self._threshold_ms = app, threshold_ms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; log it if it takes too long."""
        tally, began = Tally(), perf_counter()
        token = _tally.set(tally)
        try:
            await self._app(scope, receive, send)
        finally:
            _tally.reset(token)
            duration_ms = (perf_counter() - began) * 1000
            if duration_ms >= self._threshold_ms:
                document = scope.get("state", {}).get(DOCUMENT_KEY)
                log.warning(
                    "slow request",
                    duration_ms=round(duration_ms, 1),
                    statements=tally.statements,
                    statements_ms=round(tally.seconds * 1000, 1),
                    document=sha256(document.encode()).hexdigest() if document else None,
                )


def log_slow_statements(threshold_ms: int) -> Observer:
    """Return the observer of `Database.observers` that logs slow statements and counts those of each request."""

    def observe(text: str, seconds: float, error: str | None) -> None:
        if tally := _tally.get():
            tally.statements += 1
            tally.seconds += seconds
        if seconds * 1000 >= threshold_ms:
            log.warning(
                "slow statement",
                duration_ms=round(seconds * 1000, 1),
                statement=summarize(text),
                sql=shorten(text),
                **({} if error is None else {"error": error}),
            )

    return observe
