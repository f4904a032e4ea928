"""Every request has an id, in its response and its log lines, and one line in the log."""

import re
from typing import Any

import httpx
import pytest
import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message
from structlog.testing import capture_logs

from osit_graphql.http.middleware import RequestMiddleware
from tests.http.exchange import ask, codes
from tests.http.schema import SECRET, make_app


@pytest.mark.parametrize("request_id", ["a", "A-1_b.c", "x" * 64])
async def test_a_plain_request_id_is_accepted(client: httpx.AsyncClient, request_id: str) -> None:
    response = await ask(client, "{ hello }", x_request_id=request_id)
    assert response.headers["X-Request-Id"] == request_id


@pytest.mark.parametrize(
    "request_id", ["", "x" * 65, "a b", "é".encode().decode("latin-1"), "<script>", "a\tb", "a%0Ab"]
)
async def test_an_invalid_request_id_is_replaced(client: httpx.AsyncClient, request_id: str) -> None:
    response = await client.get("/graphql", headers=[(b"X-Request-Id", request_id.encode("latin-1"))])
    assert re.fullmatch("[0-9a-f]{32}", response.headers["X-Request-Id"])


async def test_two_requests_have_two_ids(client: httpx.AsyncClient) -> None:
    first, second = [await ask(client, "{ hello }") for _ in range(2)]
    assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]


async def test_ids_are_distinct(client: httpx.AsyncClient) -> None:
    ids = {(await client.get("/graphql")).headers["X-Request-Id"] for _ in range(192)}
    assert len(ids) == 192
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in ids)


async def _read_log(client: httpx.AsyncClient, query: str, **headers: str) -> list[dict[str, Any]]:
    with capture_logs([structlog.contextvars.merge_contextvars]) as logs:
        await ask(client, query, {"secret": SECRET}, **headers)
    return [dict(entry) for entry in logs]


async def test_the_line_has_the_outcome_and_no_variables(client: httpx.AsyncClient) -> None:
    [line] = await _read_log(client, "query Refused { forbidden number(n: 4242) }", x_request_id="r-1")
    duration = line.pop("duration_ms")
    assert isinstance(duration, float)
    assert line == {
        "event": "request",
        "log_level": "info",
        "request_id": "r-1",
        "method": "POST",
        "path": "/graphql",
        "status": 200,
        "operation": "Refused",
        "codes": ["FORBIDDEN"],
    }


async def test_an_internal_error_is_logged_under_the_same_id(client: httpx.AsyncClient) -> None:
    fault, line = await _read_log(client, "query Cursed { broken }", x_request_id="r-2")
    assert (fault["event"], fault["log_level"], fault["path"]) == ("fault", "error", "broken")
    assert fault["request_id"] == line["request_id"] == "r-2"
    assert line["codes"] == ["INTERNAL_SERVER_ERROR"]


async def test_context_variables_end_with_their_request(client: httpx.AsyncClient) -> None:
    await _read_log(client, "query First { forbidden }")
    [line] = await _read_log(client, "{ hello }")
    assert "operation" not in line
    assert "codes" not in line
    assert structlog.contextvars.get_contextvars() == {}


async def test_context_variables_of_the_task_are_cleared(client: httpx.AsyncClient) -> None:
    structlog.contextvars.bind_contextvars(request_id="r-0", operation="First", principal=1, codes=["FORBIDDEN"])
    [line] = await _read_log(client, "{ hello }")
    assert line["request_id"] != "r-0"
    assert line.keys().isdisjoint({"operation", "principal", "codes"})


async def test_an_operation_name_is_bounded(client: httpx.AsyncClient) -> None:
    [line] = await _read_log(client, "query " + "N" * 5_000 + " { hello }")
    assert line["operation"] == "N" * 200


async def _break(_request: Request) -> Response:
    raise RuntimeError(SECRET)


async def test_an_internal_error_of_another_path_is_masked_too() -> None:
    app = Starlette(routes=[Route("/broken", _break)], middleware=[Middleware(RequestMiddleware)])
    transport = httpx.ASGITransport(app=app)
    with capture_logs() as logs:
        async with httpx.AsyncClient(transport=transport, base_url="http://osit.test") as client:
            response = await client.get("/broken", headers={"X-Request-Id": "r-3", "Accept-Language": "en"})
    assert (response.status_code, codes(response)) == (500, ["INTERNAL_SERVER_ERROR"])
    assert response.json()["errors"][0]["extensions"]["requestId"] == response.headers["X-Request-Id"] == "r-3"
    assert SECRET not in response.text
    assert [entry["event"] for entry in logs] == ["fault", "request"]


async def test_a_client_that_disconnects_is_logged_as_499() -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers}
    with capture_logs() as logs:
        await make_app()(scope, receive, send)
    assert sent == []
    assert [(entry["event"], entry["status"]) for entry in logs] == [("request", 499)]
