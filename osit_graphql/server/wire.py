"""How answers reach uvicorn's connection: as uvicorn writes them, for a fraction of what it takes to.

uvicorn tries two regular expressions on each field of each answer, and all but three or four of some twenty are those
of the answer before. Here what is written of a field is remembered, and an answer that is whole is written at once.
Whatever is not plainly that goes uvicorn's own way. What this reads of uvicorn has names without an underscore, and is
in no documentation: `tests/production/test_wire.py` compares what both write.
"""

from collections.abc import Coroutine
from functools import lru_cache
from itertools import starmap
from typing import Any, cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HEADER_RE, HEADER_VALUE_RE, STATUS_LINE, RequestResponseCycle

REMEMBERED = 512  # fields
FRAMING = {b"connection", b"transfer-encoding"}  # what uvicorn acts on, beside a length


class Wired:
    """An application, as uvicorn is given it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:
        """Serve one request, or whatever else a server sends."""
        cycle = getattr(send, "__self__", None)
        if type(cycle) is RequestResponseCycle and scope["method"] != "HEAD" and not cycle.access_log:
            wire = Wire(cycle)
            receive, send = wire.receive, wire.send
        return self._app(scope, receive, send)  # type: ignore[return-value]  # `async def`s, as all of Starlette's are


class Wire:
    """One request's way to its connection."""

    __slots__ = ("_cycle", "_start")

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle
        self._start: Message | None = None  # an answer's beginning, until it is known whether it is all there

    async def receive(self) -> Message:
        """Return the body; nobody waits for one that is there as a whole, as most are."""
        cycle = self._cycle
        there = cycle.message_event.is_set() and not (cycle.more_body or cycle.waiting_for_100_continue)
        if not there or cycle.response_complete or cycle.disconnected:
            return cast("Message", await cycle.receive())
        cycle.flow.resume_reading()
        cycle.message_event.clear()
        body, cycle.body = bytes(cycle.body), bytearray()
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: Message) -> None:
        """Write an answer, once it is there as a whole or in pieces."""
        start = self._start
        if start is None:
            if message["type"] == "http.response.start":
                self._start = message
                return
        else:
            self._start = None
            if self._write(start, message):
                return
            await self._cycle.send(cast("Any", start))
        await self._cycle.send(cast("Any", message))

    def _write(self, start: Message, message: Message) -> bool:
        """Write a whole answer, or return that it isn't plainly one."""
        cycle, body = self._cycle, message.get("body", b"")
        if (
            message.get("more_body")
            or not cycle.keep_alive
            or cycle.response_started
            or cycle.disconnected
            or cycle.flow.write_paused
        ):
            return False
        fields = [*cycle.default_headers, *start.get("headers", ())]
        if (b"content-length", b"%d" % len(body)) not in fields:
            return False
        try:
            head = b"".join(starmap(_spell, fields))
        except ValueError:
            return False
        cycle.transport.write(b"%b%b\r\n%b" % (STATUS_LINE[start["status"]], head, body))
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        cycle.message_event.set()
        cycle.on_response()
        return True


@lru_cache(REMEMBERED)
def _spell(name: bytes, value: bytes) -> bytes:
    """Return the line of a field. Raises `ValueError` for one that uvicorn acts on, or refuses."""
    lower = name.lower()
    if lower in FRAMING or HEADER_RE.search(name) or not (value.isalnum() or not HEADER_VALUE_RE.search(value)):
        raise ValueError
    return b"%b: %b\r\n" % (lower, value)
