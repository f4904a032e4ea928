"""What protects every answer in a browser, whatever made it; an answer that says something itself keeps its word."""

from collections.abc import Mapping
from functools import lru_cache
from operator import itemgetter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from osit_graphql.http.answers import Field

HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # An answer of the API is no page: were it opened as one, nothing in it would run, and nobody may frame it.
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
# A year, this host alone: the company's other hosts are not ours to speak for.
TRANSPORT = {"Strict-Transport-Security": "max-age=31536000"}


def _encode(headers: Mapping[str, str]) -> list[Field]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


REMEMBERED = 256  # sets of fields: answers of a kind say the same ones
NAME = itemgetter(0)
PLAIN = _encode(HEADERS)
SECURE = _encode({**HEADERS, **TRANSPORT})


def protect(scope: Scope, fields: list[Field]) -> list[Field]:
    """Return an answer's fields, and those of ours that it says nothing of."""
    return fields + _find_missing(tuple(map(NAME, fields)), scope.get("scheme") == "https")


@lru_cache(REMEMBERED)
def _find_missing(said: tuple[bytes, ...], secure: bool) -> list[Field]:
    return [field for field in (SECURE if secure else PLAIN) if field[0] not in said]


class Protection:
    """Middleware, around all that answers; over TLS, which a declared proxy ends, browsers are told to keep to it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = protect(scope, list(message.get("headers", ())))
            await send(message)

        await self._app(scope, receive, send_protected)
