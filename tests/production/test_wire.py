"""What `Wired` writes is what uvicorn writes, byte by byte; what is plainly an answer is written by it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from unittest.mock import patch

import pytest
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from osit_graphql.server.wire import Wired

Field = tuple[bytes, bytes]
DATE = (b"date", b"Mon, 30 Nov 2026 12:00:00 GMT")
PLAIN: Field = (b"Content-Type", b"application/json")
POST = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody"
REQUESTS = {
    "one": [POST],
    "one after the other": [POST, POST],
    "pipelined": [POST * 3],
    "in pieces": [POST[:20], POST[20:-2], POST[-2:]],
    "HEAD": [b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"],
    "HTTP/1.0": [b"GET / HTTP/1.0\r\n\r\n"],
    "the last": [b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"],
    "asking first": [b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n", b"body"],
    "no request": [b"nonsense\r\n\r\n"],
}
ANSWERS: dict[str, list[Message]] = {}


def answer(name: str, fields: list[Field], *pieces: bytes, status: int = 200, ending: bool = True) -> None:
    start = {"type": "http.response.start", "status": status, "headers": fields}
    parts = [{"type": "http.response.body", "body": piece, "more_body": True} for piece in pieces]
    if parts and ending:
        parts[-1].pop("more_body")
    ANSWERS[name] = [start, *parts]


def length(count: int) -> Field:
    return b"content-length", b"%d" % count


answer("whole", [PLAIN, (b"content-length", b"4")], b"body")
answer("empty", [(b"content-length", b"0")], b"")
answer("another status", [length(4)], b"body", status=418)
answer("a length in capitals", [(b"Content-Length", b"4")], b"body")
answer("in pieces", [length(4)], b"bo", b"dy")
answer("of no length", [PLAIN], b"bo", b"dy")
answer("in chunks", [(b"Transfer-Encoding", b"chunked")], b"bo", b"dy")
answer("nothing", [PLAIN], b"", status=204)
answer("not modified", [PLAIN], b"", status=304)
answer("too long", [length(4)], b"bodies")
answer("too short", [length(4)], b"bod")
answer("the last", [length(4), (b"Connection", b"Close")], b"body")
answer("a field twice", [length(4), (b"Vary", b"a"), (b"vary", b"b")], b"body")
answer("no field's name", [length(4), (b"a b", b"x")], b"body")
answer("no field's value", [length(4), (b"a", b"x\r\nb: y")], b"body")
answer("never ending", [length(4)], b"bo", ending=False)
answer("only begun", [length(4)])
ANSWERS["none"] = []


class Connection(asyncio.Transport):
    """What a connection wrote, and whether it was cut."""

    def __init__(self) -> None:
        super().__init__({"peername": ("192.0.2.1", 1), "sockname": ("192.0.2.2", 2)})
        self.written = b""
        self.cut = False

    def write(self, data: Any) -> None:
        self.written += data

    def close(self) -> None:
        self.cut = True

    def is_closing(self) -> bool:
        return self.cut

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


async def converse(app: ASGIApp, pieces: list[bytes], *, leaving: bool = False) -> tuple[bytes, bool]:
    """Say these to the application behind uvicorn's protocol; return what it answered, and whether it hung up."""
    config = uvicorn.Config(app, http="httptools", ws="none", interface="asgi3", access_log=False, log_config=None)
    state, connection = ServerState(), Connection()
    state.default_headers = [DATE]
    config.load()
    protocol = HttpToolsProtocol(config, state, {}, asyncio.get_running_loop())
    protocol.connection_made(connection)
    for piece in pieces:
        if not connection.cut:
            protocol.data_received(piece)
        for _turn in range(9):
            await asyncio.sleep(0)
    if leaving:
        protocol.connection_lost(None)
    await asyncio.gather(*state.tasks)
    if protocol.timeout_keep_alive_task:
        protocol.timeout_keep_alive_task.cancel()
    return connection.written, connection.cut


def answering(messages: list[Message], heard: list[Message]) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        while not heard or heard[-1].get("more_body"):
            heard.append(await receive())
        for message in messages:
            await send({**message})
        heard.append({"type": "the next"})

    return app


@pytest.mark.parametrize("said", REQUESTS)
@pytest.mark.parametrize("answered", [name for name in ANSWERS if name != "only begun"])
async def test_the_same_is_written(said: str, answered: str) -> None:
    ways: list[Any] = []
    for wired in (False, True):
        heard: list[Message] = []
        app = answering(ANSWERS[answered], heard)
        ways.append((await converse(Wired(app) if wired else app, REQUESTS[said]), heard))
    assert ways[0] == ways[1]
    assert ways[0][0][0] or answered.startswith("no field's")


@pytest.mark.parametrize("answered", ["whole", "in pieces"])
async def test_whoever_left_is_written_nothing(answered: str) -> None:
    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        for _turn in range(99):
            await asyncio.sleep(0)
        for message in ANSWERS[answered]:
            await send({**message})

    assert [await converse(each, [POST], leaving=True) for each in (app, Wired(app))] == [(b"", True)] * 2


async def test_whoever_listens_on_hears_nothing_more_until_the_client_leaves() -> None:
    heard: list[str] = []

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        heard.extend([(await receive())["type"] for _ in range(2)])

    for each in (app, Wired(app)):
        await converse(each, [POST], leaving=True)
    assert heard == ["http.request", "http.disconnect"] * 2


async def test_an_answer_that_was_only_begun_is_a_fault() -> None:
    written, _ = await converse(Wired(answering(ANSWERS["only begun"], [])), [POST])
    assert written.startswith(b"HTTP/1.1 500 ")


async def test_a_whole_answer_is_not_left_to_uvicorn() -> None:
    with (
        patch.object(RequestResponseCycle, "send", autospec=True, side_effect=AssertionError),
        patch.object(RequestResponseCycle, "receive", autospec=True, side_effect=AssertionError),
    ):
        written, cut = await converse(Wired(answering(ANSWERS["whole"], [])), [POST])
    assert written.startswith(b"HTTP/1.1 200 OK\r\ndate: ")
    assert not cut
