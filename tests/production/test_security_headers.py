"""Security headers of every response, and CORS for listed origins only."""

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
REQUESTS: dict[str, tuple[str, str, dict[str, object], int]] = {
    "data": ("POST", "/graphql", {"json": HELLO}, 200),
    "data by GET": ("GET", "/graphql", {"params": HELLO}, 200),
    "a refusal": ("POST", "/graphql", {"content": b"{"}, 415),
    "a dead token": ("POST", "/graphql", {"json": HELLO, "headers": {"Authorization": "Bearer x"}}, 401),
    "another method": ("DELETE", "/graphql", {}, 405),
    "OPTIONS": ("OPTIONS", "/graphql", {}, 204),
    "not found": ("GET", "/nowhere", {}, 404),
    "no GraphiQL": ("GET", "/graphiql", {}, 404),
    "no start page": ("GET", "/", {}, 404),
    "alive": ("GET", "/healthz", {}, 200),
    "ready": ("GET", "/readyz", {}, 200),
}


@pytest.mark.parametrize("name", REQUESTS)
async def test_every_response_has_security_headers(client: httpx.AsyncClient, name: str) -> None:
    method, path, sent, status = REQUESTS[name]
    response = await client.request(method, path, **sent)  # type: ignore[arg-type]
    assert response.status_code == status
    headers = response.headers
    assert {key: headers[key] for key in EXPECTED} == EXPECTED
    assert "no-store" in headers["cache-control"]
    assert headers["content-security-policy"].startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert [key for key, _ in headers.multi_items()] == list(headers.keys()), "a header is repeated"
    assert {"server", "x-powered-by", "set-cookie", "strict-transport-security"}.isdisjoint(headers)


async def test_hsts_is_sent_over_tls(connect: Connect) -> None:
    through = await connect().post("/graphql", json=HELLO, headers={"X-Forwarded-Proto": "https"})
    assert through.headers["strict-transport-security"] == "max-age=31536000"
    claimed = await connect("192.0.2.1").post("/graphql", json=HELLO, headers={"X-Forwarded-Proto": "https"})
    assert "strict-transport-security" not in claimed.headers


@pytest.mark.parametrize("origin", [DESK, "http://localhost:3000"])
async def test_a_listed_origin_may_call_and_read(client: httpx.AsyncClient, company: Company, origin: str) -> None:
    preflight_headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,x-query-cost,x-request-id",
    }
    preflight = await client.options("/graphql", headers=preflight_headers)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == origin
    assert {"GET", "POST"} <= set(preflight.headers["access-control-allow-methods"].split(", "))
    assert {"Authorization", "Content-Type"} <= set(preflight.headers["access-control-allow-headers"].split(", "))
    assert int(preflight.headers["access-control-max-age"]) > 0
    sent = {"Origin": origin, "Authorization": f"Bearer {company.tokens['operator']}"}
    response_to_post = await client.post("/graphql", json={"query": "{ viewer { user { name } } }"}, headers=sent)
    assert response_to_post.json() == {"data": {"viewer": {"user": {"name": "Operator"}}}}
    assert response_to_post.headers["access-control-allow-origin"] == origin
    readable = response_to_post.headers["access-control-expose-headers"].split(", ")
    assert {"X-Request-Id", "Retry-After", "RateLimit", "RateLimit-Policy"} <= set(readable)
    for response in (preflight, response_to_post):
        assert "Origin" in response.headers["vary"]
        assert "x-request-id" in response.headers
        assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://desk.example", "https://desk.example.evil.example", f"{DESK}:8443", "*",
     "https://DESK.example", "https://desk.example/"],
)  # fmt: skip
async def test_another_origin_may_not(client: httpx.AsyncClient, origin: str) -> None:
    preflight_headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    preflight = await client.options("/graphql", headers=preflight_headers)
    response_to_post = await client.post("/graphql", json=HELLO, headers={"Origin": origin})
    assert preflight.status_code == 400
    for response in (preflight, response_to_post):
        assert "access-control-allow-origin" not in response.headers
        assert "Origin" in response.headers["vary"]


async def test_without_a_list_no_other_origin_may(connect: Connect) -> None:
    client = connect(cors_origins=())
    preflight = await client.options("/graphql", headers={"Origin": DESK, "Access-Control-Request-Method": "POST"})
    response_to_post = await client.post("/graphql", json=HELLO, headers={"Origin": DESK})
    assert not [
        name
        for response in (preflight, response_to_post)
        for name in response.headers
        if name.startswith("access-control")
    ]


@pytest.mark.parametrize(
    "name",
    ["Remote-User", "X-Remote-User", "X-Forwarded-User", "X-Forwarded-Email", "X-Auth-Request-User", "X-User-Id",
     "X-Authenticated-User", "Cookie"],
)  # fmt: skip
async def test_identity_headers_are_ignored(client: httpx.AsyncClient, company: Company, name: str) -> None:
    """A bearer token is the only identity, also behind a trusted proxy."""
    value = f"session={company.tokens['admin']}" if name == "Cookie" else company.ids["admin"]
    response = await client.post("/graphql", json={"query": "{ viewer { user { id } } }"}, headers={name: value})
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert PROXY not in response.text
