"""One HTTP request as it comes in: its header fields read in one pass, its body in as many pieces as it has."""

from collections.abc import Mapping

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope

from osit_graphql.http.errors import BodyTooLarge

LONGEST_NUMBER = 20  # digits of a Content-Length that are read: more is too much whatever they are
FIELDS = "osit.fields"


def read_fields(scope: Scope) -> Mapping[bytes, bytes]:
    """Return the header fields by name, of one that comes twice the first; they are kept in the scope."""
    found: Mapping[bytes, bytes] | None = scope.get(FIELDS)
    if found is None:
        found = scope[FIELDS] = dict(reversed(list(scope["headers"])))
    return found


class Incoming:
    """What the endpoint reads of a request. Starlette's `Request` looks through all fields for each that is asked."""

    __slots__ = ("_receive", "fields", "method", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self._receive = receive
        self.fields = read_fields(scope)

    def field(self, name: bytes) -> str | None:
        """Return what a header field says, None without it; names are in lower case, as ASGI has them."""
        value = self.fields.get(name)
        return None if value is None else value.decode("latin-1")

    def listed(self, name: bytes) -> bytes:
        """Return what a field says that is a list: it may stand in several lines."""
        lines = self.scope["headers"]
        if len(lines) == len(self.fields):
            return self.fields.get(name, b"")
        return b", ".join(value for key, value in lines if key == name)

    async def body(self, limit: int) -> bytes:
        """Return the body. Raises `BodyTooLarge`, and `ClientDisconnect` when the client left before its end."""
        length = self.fields.get(b"content-length", b"")
        if length.isdigit() and int(length[:LONGEST_NUMBER]) > limit:
            raise BodyTooLarge(limit=limit)
        body, more = _read_piece(await self._receive())
        if more:  # hardly ever: a server hands on in one piece what fits into one of its reads
            pieces = bytearray(body)
            while more and len(pieces) <= limit:
                body, more = _read_piece(await self._receive())
                pieces += body
            body = bytes(pieces)
        if len(body) > limit:  # no Content-Length, or a false one
            raise BodyTooLarge(limit=limit)
        return body


def _read_piece(message: Message) -> tuple[bytes, bool]:
    """Return a piece of the body, and whether there are more."""
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    return message.get("body", b""), message.get("more_body", False)
