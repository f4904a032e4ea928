"""Reading a request: bodies in chunks, repeated headers, clients that disconnect, and exact paths."""

import httpx
import pytest
from starlette.types import Message

from osit_graphql.db.engine import Database
from osit_graphql.server.app import build
from osit_graphql.settings import Settings
from tests.client import Api
from tests.http.exchange import GRAPHQL, JSON, codes
from tests.http.schema import DEAD, LIVE, make_app

HELLO = b'{"query": "{ hello }"}'


async def send_chunks(chunks: list[bytes], *, leaving: bool = False) -> list[Message]:
    """Send a body in chunks, and optionally disconnect before its end; return the messages of the response."""
    waiting, sent = list(chunks), list[Message]()

    async def receive() -> Message:
        if not waiting:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": waiting.pop(0), "more_body": leaving or bool(waiting)}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers}
    await make_app()(scope, receive, send)
    return sent


@pytest.mark.parametrize("at", [0, 1, 10, len(HELLO)])
async def test_a_body_in_chunks_is_joined(at: int) -> None:
    start, body = await send_chunks([HELLO[:at], HELLO[at:]])
    assert (start["status"], body["body"]) == (200, b'{"data":{"hello":"bonjour monde"}}')


async def test_a_body_in_chunks_is_limited() -> None:
    for chunks in ([b" " * 300_000], [b" " * 200_000] * 2, [b""] * 5 + [b" " * 300_000]):
        assert (await send_chunks(chunks))[0]["status"] == 413


@pytest.mark.parametrize("chunks", [[], [HELLO[:5]], [HELLO[:5], b""]])
async def test_a_client_that_disconnects_gets_no_response(chunks: list[bytes]) -> None:
    assert await send_chunks(chunks, leaving=True) == []


async def test_the_first_of_two_headers_counts(client: httpx.AsyncClient) -> None:
    for first, second, status in ((LIVE, DEAD, 200), (DEAD, LIVE, 401)):
        tokens = [("Authorization", f"Bearer {token}") for token in (first, second)]
        headers = [("Content-Type", JSON), ("Accept", GRAPHQL), *tokens]
        response = await client.post("/graphql", content=HELLO, headers=headers)
        assert response.status_code == status, codes(response)


async def test_a_list_header_in_two_lines_is_joined(client: httpx.AsyncClient) -> None:
    headers = [("Content-Type", JSON), ("Accept", "text/html"), ("Accept", GRAPHQL)]
    response = await client.post("/graphql", content=HELLO, headers=headers)
    assert response.headers["Content-Type"] == f"{GRAPHQL}; charset=utf-8"


async def test_only_the_exact_path_is_the_endpoint(api: Api) -> None:
    responses = {path: await api.http.post(path, content=b"{") for path in ("/graphql/", "/graphqlx", "/x/graphql")}
    assert {path: response.status_code for path, response in responses.items()} == {
        "/graphql/": 307,
        "/graphqlx": 404,
        "/x/graphql": 404,
    }
    assert responses["/graphql/"].headers["Location"].endswith("/graphql")
    for response in responses.values():
        assert {"x-request-id", "x-frame-options"} <= set(response.headers)
        assert "RateLimit" not in response.headers


async def test_the_endpoint_works_under_a_root_path(settings: Settings, database: Database) -> None:
    transport = httpx.ASGITransport(app=build(settings, database), root_path="/below")
    async with httpx.AsyncClient(transport=transport, base_url="http://osit.test") as client:
        response = await client.post("/below/graphql", json={"query": "{ __typename }"})
    assert response.json() == {"data": {"__typename": "Query"}}
