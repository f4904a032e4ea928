"""A request is read as it comes: in one piece or many, with a field once or twice, whole or left in the middle."""

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


async def send_pieces(pieces: list[bytes], *, leaving: bool = False) -> list[Message]:
    """Send a body in pieces, and leave before its end or not; return what is answered."""
    waiting, answered = list(pieces), list[Message]()

    async def receive() -> Message:
        if not waiting:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": waiting.pop(0), "more_body": leaving or bool(waiting)}

    async def send(message: Message) -> None:
        answered.append(message)

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers}
    await make_app()(scope, receive, send)
    return answered


@pytest.mark.parametrize("at", [0, 1, 10, len(HELLO)])
async def test_a_body_in_pieces_is_the_body(at: int) -> None:
    start, body = await send_pieces([HELLO[:at], HELLO[at:]])
    assert (start["status"], body["body"]) == (200, b'{"data":{"hello":"bonjour monde"}}')


async def test_a_body_is_bounded_in_whatever_pieces() -> None:
    for pieces in ([b" " * 300_000], [b" " * 200_000] * 2, [b""] * 5 + [b" " * 300_000]):
        assert (await send_pieces(pieces))[0]["status"] == 413


@pytest.mark.parametrize("pieces", [[], [HELLO[:5]], [HELLO[:5], b""]])
async def test_whoever_leaves_before_the_end_is_answered_nothing(pieces: list[bytes]) -> None:
    assert await send_pieces(pieces, leaving=True) == []


async def test_of_a_field_that_comes_twice_the_first_counts(client: httpx.AsyncClient) -> None:
    for first, second, status in ((LIVE, DEAD, 200), (DEAD, LIVE, 401)):
        tokens = [("Authorization", f"Bearer {token}") for token in (first, second)]
        said = [("Content-Type", JSON), ("Accept", GRAPHQL), *tokens]
        response = await client.post("/graphql", content=HELLO, headers=said)
        assert response.status_code == status, codes(response)


async def test_a_list_that_comes_in_two_lines_is_one(client: httpx.AsyncClient) -> None:
    said = [("Content-Type", JSON), ("Accept", "text/html"), ("Accept", GRAPHQL)]
    response = await client.post("/graphql", content=HELLO, headers=said)
    assert response.headers["Content-Type"] == f"{GRAPHQL}; charset=utf-8"


async def test_only_exactly_the_endpoints_path_is_its_own(api: Api) -> None:
    elsewhere = {path: await api.http.post(path, content=b"{") for path in ("/graphql/", "/graphqlx", "/x/graphql")}
    assert {path: answer.status_code for path, answer in elsewhere.items()} == {
        "/graphql/": 307,
        "/graphqlx": 404,
        "/x/graphql": 404,
    }
    assert elsewhere["/graphql/"].headers["Location"].endswith("/graphql")
    for answer in elsewhere.values():
        assert {"x-request-id", "x-frame-options"} <= set(answer.headers)
        assert "RateLimit" not in answer.headers


async def test_the_path_is_found_below_another_applications(settings: Settings, database: Database) -> None:
    transport = httpx.ASGITransport(app=build(settings, database), root_path="/below")
    async with httpx.AsyncClient(transport=transport, base_url="http://osit.test") as client:
        response = await client.post("/below/graphql", json={"query": "{ __typename }"})
    assert response.json() == {"data": {"__typename": "Query"}}
