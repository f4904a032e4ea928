"""One incoming HTTP request: its headers read in one pass, its body up to a limit."""

from collections.abc import Mapping

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope

from osit_graphql.http.errors import BodyTooLarge

MAX_LENGTH_DIGITS = 20  # of a Content-Length; a longer number is above every limit
COST_HEADER = "X-Query-Cost"  # requests `extensions.cost`
HEADERS_KEY = "osit.headers"  # of the ASGI scope


def headers_by_name(scope: Scope) -> Mapping[bytes, bytes]:
    """Return the first value of each header, by lower-case name; computed once per request."""
    headers: Mapping[bytes, bytes] | None = scope.get(HEADERS_KEY)
    if headers is None:
        headers = scope[HEADERS_KEY] = dict(reversed(list(scope["headers"])))
    return headers


def client_address(scope: Scope) -> str | None:
    """Return the client's IP address, None for a Unix socket.

    `RequestMiddleware` has replaced a trusted proxy's address with its client's. No other code reads proxy headers.
    """
    client = scope.get("client")
    return client[0] if client else None


class HttpRequest:
    """A request as the endpoint reads it. Starlette's `Request` searches all headers for each name."""

    __slots__ = ("_receive", "headers", "method", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self._receive = receive
        self.headers = headers_by_name(scope)

    def header(self, name: bytes) -> str | None:
        """Return the value of a header by its lower-case name, None without it."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    def list_header(self, name: bytes) -> bytes:
        """Return a list header, joined if it was sent in several lines."""
        lines = self.scope["headers"]
        if len(lines) == len(self.headers):
            return self.headers.get(name, b"")
        return b", ".join(value for key, value in lines if key == name)

    async def body(self, max_bytes: int) -> bytes:
        """Return the body. Raises `BodyTooLarge`, and `ClientDisconnect` if the client leaves before its end."""
        length = self.headers.get(b"content-length", b"")
        if length.isdigit() and int(length[:MAX_LENGTH_DIGITS]) > max_bytes:
            raise BodyTooLarge(limit=max_bytes)
        body, more = _read_chunk(await self._receive())
        if more:
            chunks = bytearray(body)
            while more and len(chunks) <= max_bytes:
                body, more = _read_chunk(await self._receive())
                chunks += body
            body = bytes(chunks)
        if len(body) > max_bytes:  # without a Content-Length, or with a false one
            raise BodyTooLarge(limit=max_bytes)
        return body


def _read_chunk(message: Message) -> tuple[bytes, bool]:
    """Return one chunk of the body, and whether more follow."""
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    return message.get("body", b""), message.get("more_body", False)
