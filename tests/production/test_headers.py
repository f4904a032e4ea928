"""Every answer says how a browser must treat it, whatever made it; other sites' pages call only when listed."""

import httpx
import pytest

from tests.company import Company
from tests.production.conftest import DESK, PROXY, Connect

HELLO = {"query": "{ __typename }"}
EXPECTED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
}
ANSWERS: dict[str, tuple[str, str, dict[str, object], int]] = {
    "data": ("POST", "/graphql", {"json": HELLO}, 200),
    "data by GET": ("GET", "/graphql", {"params": HELLO}, 200),
    "a refusal": ("POST", "/graphql", {"content": b"{"}, 415),
    "a dead token": ("POST", "/graphql", {"json": HELLO, "headers": {"Authorization": "Bearer x"}}, 401),
    "another method": ("DELETE", "/graphql", {}, 405),
    "OPTIONS": ("OPTIONS", "/graphql", {}, 204),
    "no page of ours": ("GET", "/nowhere", {}, 404),
    "no GraphiQL": ("GET", "/graphiql", {}, 404),
    "no page at all": ("GET", "/", {}, 404),
    "alive": ("GET", "/healthz", {}, 200),
    "ready": ("GET", "/readyz", {}, 200),
}


@pytest.mark.parametrize("name", ANSWERS)
async def test_every_answer_is_protected(client: httpx.AsyncClient, name: str) -> None:
    method, path, sent, status = ANSWERS[name]
    response = await client.request(method, path, **sent)  # type: ignore[arg-type]
    assert response.status_code == status
    headers = response.headers
    assert {key: headers[key] for key in EXPECTED} == EXPECTED
    assert "no-store" in headers["cache-control"]
    assert headers["content-security-policy"].startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert [key for key, _ in headers.multi_items()] == list(headers.keys()), "a header is said twice"
    assert {"server", "x-powered-by", "set-cookie", "strict-transport-security"}.isdisjoint(headers)


async def test_over_tls_a_browser_is_told_to_keep_to_it(connect: Connect) -> None:
    through = await connect().post("/graphql", json=HELLO, headers={"X-Forwarded-Proto": "https"})
    assert through.headers["strict-transport-security"] == "max-age=31536000"
    claimed = await connect("192.0.2.1").post("/graphql", json=HELLO, headers={"X-Forwarded-Proto": "https"})
    assert "strict-transport-security" not in claimed.headers


@pytest.mark.parametrize("origin", [DESK, "http://localhost:3000"])
async def test_a_listed_page_may_ask_and_read(client: httpx.AsyncClient, company: Company, origin: str) -> None:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,x-query-cost,x-request-id",
    }
    before = await client.options("/graphql", headers=asked)
    assert before.status_code == 200
    assert before.headers["access-control-allow-origin"] == origin
    assert {"GET", "POST"} <= set(before.headers["access-control-allow-methods"].split(", "))
    assert {"Authorization", "Content-Type"} <= set(before.headers["access-control-allow-headers"].split(", "))
    assert int(before.headers["access-control-max-age"]) > 0
    sent = {"Origin": origin, "Authorization": f"Bearer {company.tokens['operator']}"}
    answer = await client.post("/graphql", json={"query": "{ viewer { user { name } } }"}, headers=sent)
    assert answer.json() == {"data": {"viewer": {"user": {"name": "Operator"}}}}
    assert answer.headers["access-control-allow-origin"] == origin
    readable = answer.headers["access-control-expose-headers"].split(", ")
    assert {"X-Request-Id", "Retry-After", "RateLimit", "RateLimit-Policy"} <= set(readable)
    for response in (before, answer):
        assert "Origin" in response.headers["vary"]
        assert "x-request-id" in response.headers
        assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://desk.example", "https://desk.example.evil.example", f"{DESK}:8443", "*",
     "https://DESK.example", "https://desk.example/"],
)  # fmt: skip
async def test_another_page_may_not(client: httpx.AsyncClient, origin: str) -> None:
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    before = await client.options("/graphql", headers=asked)
    answer = await client.post("/graphql", json=HELLO, headers={"Origin": origin})
    assert before.status_code == 400
    for response in (before, answer):
        assert "access-control-allow-origin" not in response.headers
        assert "Origin" in response.headers["vary"]


async def test_without_a_list_no_page_of_another_site_may(connect: Connect) -> None:
    client = connect(cors_origins=())
    before = await client.options("/graphql", headers={"Origin": DESK, "Access-Control-Request-Method": "POST"})
    answer = await client.post("/graphql", json=HELLO, headers={"Origin": DESK})
    assert not [name for response in (before, answer) for name in response.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "name",
    ["Remote-User", "X-Remote-User", "X-Forwarded-User", "X-Forwarded-Email", "X-Auth-Request-User", "X-User-Id",
     "X-Authenticated-User", "Cookie"],
)  # fmt: skip
async def test_nobody_is_anybody_by_a_header(client: httpx.AsyncClient, company: Company, name: str) -> None:
    """Not even when the declared proxy hands it on: a bearer token is the only identity."""
    value = f"session={company.tokens['admin']}" if name == "Cookie" else company.ids["admin"]
    response = await client.post("/graphql", json={"query": "{ viewer { user { id } } }"}, headers={name: value})
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert PROXY not in response.text
