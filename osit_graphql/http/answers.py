"""An answer, whole and in bytes: what Starlette's `Response` is, without a look at each field on each way."""

from starlette.types import Receive, Scope, Send

Field = tuple[bytes, bytes]


class Answer:
    """Status, header fields and body of an answer; it is sent as an ASGI application."""

    __slots__ = ("body", "fields", "status")

    def __init__(self, status: int, fields: list[Field], body: bytes = b"") -> None:
        self.status = status
        self.fields = fields
        self.body = body

    def encode(self, body: bytes, encoding: bytes) -> None:
        """Put another form of the body in its place."""
        length = b"%d" % len(body)
        self.fields = [(name, length if name == b"content-length" else value) for name, value in self.fields]
        self.fields.append((b"content-encoding", encoding))
        self.body = body

    def vary(self, name: bytes) -> None:
        """Say that the answer hangs on one more field of the request."""
        for index, (key, value) in enumerate(self.fields):
            if key == b"vary":
                self.fields[index] = (key, value + b", " + name)
                return

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send it."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.fields})
        await send({"type": "http.response.body", "body": self.body})
