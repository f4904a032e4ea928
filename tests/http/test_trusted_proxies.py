"""The client address: the peer, or what a trusted proxy reports; never a header of the client itself."""

from collections.abc import Sequence
from ipaddress import ip_network

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from structlog.testing import capture_logs

from osit_graphql.http.middleware import RequestMiddleware
from osit_graphql.http.request import client_address
from osit_graphql.http.trusted_proxies import TrustedProxies

PROXY, EDGE, CALLER, LIE, STRANGER = "10.0.0.1", "10.0.9.9", "203.0.113.7", "198.51.100.66", "192.0.2.250"
NETWORKS = ("10.0.0.0/16", "fd00::/8")
FOR, FORWARDED, PROTO = "X-Forwarded-For", "Forwarded", "X-Forwarded-Proto"

CASES: dict[str, tuple[str, list[tuple[str, str]], str]] = {
    "no header": (PROXY, [], PROXY),
    "from an untrusted peer": (STRANGER, [(FOR, LIE)], STRANGER),
    "Forwarded from an untrusted peer": (STRANGER, [(FORWARDED, f"for={LIE}")], STRANGER),
    "one proxy": (PROXY, [(FOR, CALLER)], CALLER),
    "the caller lied to the proxy": (PROXY, [(FOR, f"{LIE}, {CALLER}")], CALLER),
    "the caller lied in a header of its own": (PROXY, [(FOR, LIE), (FOR, CALLER)], CALLER),
    "two proxies": (PROXY, [(FOR, f"{LIE}, {CALLER}, {EDGE}")], CALLER),
    "the caller pretends to be a proxy": (PROXY, [(FOR, f"{LIE}, {EDGE}, {CALLER}")], CALLER),
    "from within, all are proxies": (PROXY, [(FOR, f"10.0.3.3, {EDGE}")], "10.0.3.3"),
    "with a port": (PROXY, [(FOR, f"{CALLER}:51234")], CALLER),
    "version 6 with a port": (PROXY, [(FOR, "[2001:DB8::7]:443")], "2001:db8::7"),
    "version 4 in version 6": (f"::ffff:{PROXY}", [(FOR, f"::ffff:{CALLER}")], CALLER),
    "version 6 proxy": ("fd00::1", [(FOR, CALLER)], CALLER),
    "nonsense": (PROXY, [(FOR, "unknown")], PROXY),
    "nonsense left of a proxy": (PROXY, [(FOR, f"{LIE}, <script>, {EDGE}")], EDGE),
    "empty": (PROXY, [(FOR, " , ")], PROXY),
    "without end": (PROXY, [(FOR, f"{LIE}," * 1_000 + CALLER)], PROXY),
    "by the standard": (PROXY, [(FORWARDED, f"for={LIE}, For={CALLER};proto=https;by={PROXY}")], CALLER),
    "by the standard, quoted": (PROXY, [(FORWARDED, 'proto=http;for="[2001:db8::7]:443"')], "2001:db8::7"),
    "by the standard, hidden": (PROXY, [(FORWARDED, f"for={LIE}, for=_secret")], PROXY),
    "an open quote before ours": (PROXY, [(FORWARDED, f'for="{LIE}, for={CALLER}')], PROXY),
    "a quote with a comma": (PROXY, [(FORWARDED, f'for="{LIE}, for={LIE}", for={CALLER}')], CALLER),
    "two answers in one": (PROXY, [(FORWARDED, f"for={LIE};for={CALLER}")], PROXY),
    "both agree": (PROXY, [(FOR, CALLER), (FORWARDED, f"for={CALLER}")], CALLER),
    "both, and one is the caller's own": (PROXY, [(FOR, CALLER), (FORWARDED, f"for={LIE}")], PROXY),
    "the other one is": (PROXY, [(FOR, LIE), (FORWARDED, f"for={CALLER}")], PROXY),
    "identity in a header": (PROXY, [("X-Real-IP", LIE), ("X-Client-IP", LIE), ("True-Client-IP", LIE)], PROXY),
}


def client_and_scheme(request: Request) -> JSONResponse:
    return JSONResponse([client_address(request.scope), request.url.scheme])


def make_app(networks: Sequence[str] = NETWORKS) -> Starlette:
    trusted_proxies = TrustedProxies([ip_network(network) for network in networks])
    middleware = Middleware(RequestMiddleware, trusted_proxies=trusted_proxies)
    return Starlette(routes=[Route("/", client_and_scheme)], middleware=[middleware])


async def ask(peer: str, headers: list[tuple[str, str]], networks: Sequence[str] = NETWORKS) -> httpx.Response:
    transport = httpx.ASGITransport(app=make_app(networks), client=(peer, 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://osit.test") as client:
        return await client.get("/", headers=headers)


@pytest.mark.parametrize("case", CASES)
async def test_the_address_is_the_clients(case: str) -> None:
    peer, headers, address = CASES[case]
    assert (await ask(peer, headers)).json()[0] == address


@pytest.mark.parametrize("case", CASES)
async def test_without_trusted_proxies_it_is_the_peers(case: str) -> None:
    peer, headers, _ = CASES[case]
    assert (await ask(peer, headers, ())).json() == [peer, "http"]


@pytest.mark.parametrize(
    ("peer", "headers", "scheme"),
    [
        (PROXY, [(PROTO, "https")], "https"),
        (PROXY, [(FORWARDED, f"for={CALLER};proto=https")], "https"),
        (PROXY, [(PROTO, "http")], "http"),
        (PROXY, [(PROTO, "javascript")], "http"),
        (PROXY, [(FORWARDED, f"for={CALLER};proto=https, for={EDGE};proto=http")], "http"),
        (PROXY, [(FORWARDED, f"for={CALLER};proto=https"), (FORWARDED, f"for={EDGE};proto=http")], "http"),
        (PROXY, [(FORWARDED, f"for={CALLER};proto=http"), (FORWARDED, f"for={EDGE};proto=https")], "https"),
        (STRANGER, [(PROTO, "https")], "http"),
    ],
)
async def test_the_scheme_comes_from_a_trusted_proxy(peer: str, headers: list[tuple[str, str]], scheme: str) -> None:
    response = await ask(peer, headers)
    assert response.json()[1] == scheme
    assert ("Strict-Transport-Security" in response.headers) == (scheme == "https")


async def test_an_untrusted_proxy_is_logged_once() -> None:
    transport = httpx.ASGITransport(app=make_app(), client=(STRANGER, 40000))
    with capture_logs() as logs:
        async with httpx.AsyncClient(transport=transport, base_url="http://osit.test") as client:
            for _ in range(3):
                await client.get("/", headers={FOR: LIE})
    warnings = [entry for entry in logs if entry["event"] != "request"]
    assert [(entry["event"], entry["peer"]) for entry in warnings] == [("undeclared proxy", STRANGER)]
    assert LIE not in str(logs)


async def test_a_unix_socket_has_no_address() -> None:
    assert client_address({"type": "http"}) is None


async def test_cached_addresses_belong_to_one_client() -> None:
    requests: list[tuple[str, list[tuple[str, str]], list[str]]] = [
        (PROXY, [(FOR, CALLER), (PROTO, "https")], [CALLER, "https"]),
        (PROXY, [(FOR, LIE), (PROTO, "https")], [LIE, "https"]),
        (PROXY, [(FOR, CALLER)], [CALLER, "http"]),
        (PROXY, [(FORWARDED, f"for={CALLER};proto=https")], [CALLER, "https"]),
        (PROXY, [], [PROXY, "http"]),
        (EDGE, [], [EDGE, "http"]),
        (PROXY, [(FOR, f"{LIE}, " * 100 + CALLER)], [CALLER, "http"]),
    ]
    application = make_app()
    for peer, headers, expected in requests * 2:
        transport = httpx.ASGITransport(app=application, client=(peer, 40000))
        async with httpx.AsyncClient(transport=transport, base_url="http://osit.test") as client:
            assert (await client.get("/", headers=headers)).json() == expected
