"""The outermost middleware: errors and clients that leave, and the order with middleware that others add."""

from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.testing import capture_logs

from osit_graphql.db.engine import Database
from osit_graphql.http.middleware import RequestMiddleware
from osit_graphql.http.responses import GraphQLResponse
from osit_graphql.server.app import build
from osit_graphql.settings import Settings
from tests.client import Api

RESPONSE = GraphQLResponse(418, [(b"x-frame-options", b"SAMEORIGIN"), (b"content-length", b"2")], b"{}")


async def respond(scope: Scope, receive: Receive, send: Send) -> None:
    await RESPONSE(scope, receive, send)


async def fail(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise RuntimeError


async def leave(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """Return without a response, as the endpoint does when the client has left."""


async def run(app: ASGIApp, failing_send: int) -> tuple[list[Message], list[tuple[Any, Any]], bool]:
    """Return the messages sent before the failing one, the log, and whether an error reached the server."""
    sent: list[Message] = []
    raised = False

    async def receive() -> Message:
        raise AssertionError

    async def send(message: Message) -> None:
        if len(sent) == failing_send:
            raise OSError
        sent.append(message)

    headers = [(b"x-request-id", b"r-1"), (b"accept-language", b"en")]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers}
    with capture_logs() as logs:
        try:
            await RequestMiddleware(app)(scope, receive, send)
        except OSError:
            raised = True
    return sent, [(line["event"], line.get("status")) for line in logs], raised


async def test_a_response_gets_the_request_id_and_the_missing_security_headers() -> None:
    [start, body], logs, raised = await run(respond, failing_send=2)
    assert (start["status"], body["body"], raised) == (418, b"{}", False)
    headers = dict(start["headers"])
    assert (headers[b"x-request-id"], headers[b"x-frame-options"]) == (b"r-1", b"SAMEORIGIN")
    assert headers[b"referrer-policy"] == b"no-referrer"
    assert logs == [("request", 418)]


async def test_an_error_is_logged_and_answered_under_the_request_id() -> None:
    [start, body], logs, raised = await run(fail, failing_send=2)
    assert (start["status"], dict(start["headers"])[b"x-request-id"], raised) == (500, b"r-1", False)
    assert b'"requestId":"r-1"' in body["body"]
    assert logs == [("fault", None), ("request", 500)]


@pytest.mark.parametrize(("app", "faults"), [(respond, []), (fail, [("fault", None)])])
@pytest.mark.parametrize("failing_send", [0, 1])
async def test_a_response_that_cannot_be_sent_is_one_line_in_the_log(
    app: ASGIApp, faults: list[tuple[str, None]], failing_send: int
) -> None:
    sent, logs, raised = await run(app, failing_send)
    assert (len(sent), raised) == (failing_send, False)
    assert logs == [*faults, ("request", 499)]


async def test_a_client_that_leaves_gets_no_response() -> None:
    assert await run(leave, failing_send=2) == ([], [("request", 499)], False)


async def test_middleware_added_to_the_application_sees_every_path(settings: Settings, database: Database) -> None:
    seen: dict[str, int] = {}

    class Probe:
        def __init__(self, app: ASGIApp) -> None:
            self.app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            async def send_and_note(message: Message) -> None:
                if message["type"] == "http.response.start":
                    seen[scope["path"]] = message["status"]
                await send(message)

            await self.app(scope, receive, send_and_note)

    application = build(settings, database)
    application.add_middleware(Probe)
    async with Api(settings, database, application) as api:
        assert (await api.ask(None, "{ __typename }")).data == {"__typename": "Query"}
        for path in ("/graphiql", "/healthz", "/nowhere"):
            await api.http.get(path)
    assert seen.keys() == {"/graphql", "/graphiql", "/healthz", "/nowhere"}
    assert (seen["/graphql"], seen["/nowhere"]) == (200, 404)
