"""Around what returns its answer, all is as around what sends it: the fields, the log, and what becomes of a fault."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send
from structlog.testing import capture_logs

from osit_graphql.http.answers import Answer
from osit_graphql.http.request_logging import AnswerLog, RequestLog
from osit_graphql.http.security_headers import protect

Find = Callable[[Scope, Receive], Awaitable[Answer]]


async def answer(_scope: Scope, _receive: Receive) -> Answer:
    return Answer(418, [(b"x-frame-options", b"SAMEORIGIN"), (b"content-length", b"2")], b"{}")


async def break_down(_scope: Scope, _receive: Receive) -> Answer:
    raise RuntimeError


async def leave(_scope: Scope, _receive: Receive) -> Answer:
    raise ClientDisconnect


def sending(find: Find) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """Return the application that sends what this finds, as the endpoint does."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            found = await find(scope, receive)
        except ClientDisconnect:
            return
        await found(scope, receive, send)

    return app


async def _ask(app: Any, sent_well: int) -> tuple[list[Message], list[Any], bool]:
    """Return what was sent until sending failed, what was logged, and whether the fault was the server's to hear of."""
    sent: list[Message] = []
    raised = False

    async def send(message: Message) -> None:
        if len(sent) == sent_well:
            raise OSError
        sent.append(message)

    headers = [(b"x-request-id", b"r-1"), (b"accept-language", b"en")]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers}
    with capture_logs() as logs:
        try:
            await app(scope, None, send)
        except OSError:
            raised = True
    return sent, [(line["event"], line.get("status")) for line in logs], raised


@pytest.mark.parametrize("sent_well", [0, 1, 2])
@pytest.mark.parametrize("find", [answer, break_down, leave])
async def test_it_is_the_same(find: Find, sent_well: int) -> None:
    both = [await _ask(app, sent_well) for app in (RequestLog(sending(find), protect), AnswerLog(find, protect))]
    assert both[0][::2] == both[1][::2]
    assert both[0][1][-1] == both[1][1][-1], "the request's own line"
    assert ("fault", None) in both[1][1] or both[1][1] == [("request", 418 if find is answer else 499)]


async def test_a_fault_is_told_under_its_id() -> None:
    [start, body], logs, _ = await _ask(AnswerLog(break_down, protect), 2)
    assert (start["status"], dict(start["headers"])[b"x-request-id"]) == (500, b"r-1")
    assert b'"requestId":"r-1"' in body["body"]
    assert logs == [("fault", None), ("request", 500)]
