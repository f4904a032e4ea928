"""What protects every answer in a browser, whatever made it; an answer that says something itself keeps its word."""

from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

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


class Protection:
    """Middleware, around all that answers; over TLS, which a declared proxy ends, browsers are told to keep to it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._plain = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
        self._secure = [*self._plain, *((name.lower().encode(), value.encode()) for name, value in TRANSPORT.items())]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wanted = self._secure if scope.get("scheme") == "https" else self._plain

        async def send_protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                said = dict(headers)
                message["headers"] = headers + [header for header in wanted if header[0] not in said]
            await send(message)

        await self._app(scope, receive, send_protected)
