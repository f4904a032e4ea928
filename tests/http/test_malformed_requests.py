"""Malformed HTTP requests get their own status, and a GraphQL response in JSON."""

from collections.abc import AsyncIterator
from ipaddress import ip_network

import httpx
import pytest

from osit_graphql.http.trusted_proxies import TrustedProxies
from tests.http.exchange import GRAPHQL, JSON, codes
from tests.http.schema import make_app

HELLO = b'{"query": "{ hello }"}'

BODIES = {
    "empty": (b"", 400),
    "not JSON": (b"hello", 400),
    "bad UTF-8": (b'{"query": "\xff\xfe"}', 400),
    "lone surrogate": (b'{"query": "\\ud800"}', 400),
    "byte order mark": (b"\xef\xbb\xbf" + HELLO, 400),
    "NaN": (b'{"query": "{ hello }", "variables": {"n": NaN}}', 400),
    "infinity": (b'{"query": "{ hello }", "variables": {"n": 1e999}}', 400),
    "string": (b'"{ hello }"', 400),
    "null": (b"null", 400),
    "number": (b"1", 400),
    "list": (b"[]", 400),
    "batch": (b"[" + HELLO + b"]", 400),
    "deep": (b"[" * 100_000, 400),
    "deep and closed": (b"[" * 100_000 + b"]" * 100_000, 400),
    "deep variables": (b'{"query": "{ hello }", "variables": ' + b'{"a":' * 20_000 + b"1" + b"}" * 20_001, 400),
    "1 MB of braces": (b"{" * 1_000_000, 413),
    "1 MB of braces in a document": (b'{"query": "' + b"{" * 1_000_000 + b'"}', 413),
    "30 MB": (b" " * 30_000_000, 413),
    "no query": (b"{}", 400),
    "null query": (b'{"query": null}', 400),
    "empty query": (b'{"query": ""}', 400),
    "query a number": (b'{"query": 1}', 400),
    "query a list": (b'{"query": ["{ hello }"]}', 400),
    "operationName a number": (b'{"query": "{ hello }", "operationName": 1}', 400),
    "variables a string": (b'{"query": "{ hello }", "variables": "{}"}', 400),
    "variables a list": (b'{"query": "{ hello }", "variables": []}', 400),
    "extensions false": (b'{"query": "{ hello }", "extensions": false}', 400),
}


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
@pytest.mark.parametrize("name", BODIES)
async def test_a_malformed_body_is_refused(client: httpx.AsyncClient, name: str, accept: str) -> None:
    content, status = BODIES[name]
    response = await client.post("/graphql", content=content, headers={"Content-Type": JSON, "Accept": accept})
    assert (response.status_code, codes(response)) == (status, ["BAD_REQUEST"])
    assert "data" not in response.json()
    assert response.headers["Content-Type"] == f"{accept}; charset=utf-8"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"query": "\\ud800"}', "Character 12 of this JSON, \\ud800, is half of a surrogate pair."),
        (b'{"query": "\\ud83d\\ude00 \\uDC00"}', "Character 25 of this JSON, \\udc00, is half of a surrogate pair."),
        (b'{"query": "\xc3\xa9\xed\xa0\x80"}', "Character 13 of this JSON, \\ud800, is half of a surrogate pair."),
        (b'{"query": "\\\\ud800"', "The body is not valid JSON."),
    ],
)
async def test_a_lone_surrogate_is_named_with_its_place(
    client: httpx.AsyncClient, content: bytes, message: str
) -> None:
    headers = {"Content-Type": JSON, "Accept": GRAPHQL, "Accept-Language": "en"}
    response = await client.post("/graphql", content=content, headers=headers)
    assert response.status_code == 400
    assert [error["message"] for error in response.json()["errors"]] == [message]


async def test_a_chunked_body_of_a_trusted_proxy_is_limited_too() -> None:
    app, sent = make_app(trusted_proxies=TrustedProxies([ip_network("127.0.0.1")])), 0

    async def flow() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 65_536
            yield b"{" * 65_536

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://osit.test") as client:
        response = await client.post("/graphql", content=flow(), headers={"Content-Type": JSON})
    assert (response.status_code, codes(response)) == (413, ["BAD_REQUEST"])
    assert sent < 1_000_000


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("Application/JSON; charset=UTF-8", 200),
        ('application/json; charset="utf-8"; profile=x', 200),
        ("application/json; charset=iso-8859-1", 415),
        ("application/jsonfoo", 415),
        ("text/json", 415),
        ("text/plain", 415),
        ("application/graphql", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=application/json", 415),
        ("", 415),
    ],
)
async def test_a_body_is_exactly_json(client: httpx.AsyncClient, content_type: str, status: int) -> None:
    response = await client.post("/graphql", content=HELLO, headers={"Content-Type": content_type})
    assert response.status_code == status
    assert codes(response) == ([] if status == 200 else ["BAD_REQUEST"])


async def test_a_body_without_a_type_or_compressed_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.post("/graphql", content=HELLO)).status_code == 415
    compressed = await client.post("/graphql", content=HELLO, headers={"Content-Type": JSON, "Content-Encoding": "br"})
    assert compressed.status_code == 415


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "BREW"])
async def test_other_methods_get_the_allowed_ones(client: httpx.AsyncClient, method: str) -> None:
    response = await client.request(method, "/graphql")
    assert (response.status_code, codes(response)) == (405, ["BAD_REQUEST"])
    assert response.headers["Allow"] == "GET, POST, HEAD, OPTIONS"


async def test_options_returns_the_allowed_methods(client: httpx.AsyncClient) -> None:
    response = await client.options("/graphql")
    assert (response.status_code, response.headers["Allow"]) == (204, "GET, POST, HEAD, OPTIONS")


@pytest.mark.parametrize(
    "query_string",
    [
        "",
        "query=",
        "query=%FF",
        "query={hello}&query={hello}",
        "query={hello}&variables=1",
        "query={hello}&variables={",
        "query={hello}&variables=[]",
        "query={hello}&extensions=%22x%22",
        "&".join(f"a{index}=1" for index in range(100)),
    ],
)
async def test_a_malformed_query_string_is_refused(client: httpx.AsyncClient, query_string: str) -> None:
    response = await client.get(f"/graphql?{query_string}")
    assert (response.status_code, codes(response)) == (400, ["BAD_REQUEST"])


async def test_get_reads_its_parameters(client: httpx.AsyncClient) -> None:
    parameters = {"query": "query A($n: Int!) { number(n: $n) } query B { hello }", "variables": '{"n": 7}'}
    response = await client.get("/graphql", params={**parameters, "operationName": "A", "extensions": ""})
    assert (response.status_code, response.json()) == (200, {"data": {"number": 7}})


async def test_head_is_get_without_its_body(client: httpx.AsyncClient) -> None:
    get = await client.get("/graphql", params={"query": "{ hello }"})
    head = await client.head("/graphql", params={"query": "{ hello }"})
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"]
    assert head.headers["Content-Type"] == get.headers["Content-Type"]


async def test_responses_are_private_and_vary(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", content=HELLO, headers={"Content-Type": JSON})
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert {"Accept", "Authorization", "Accept-Language"} == set(response.headers["Vary"].split(", "))
