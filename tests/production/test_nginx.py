"""Behind nginx with examples/nginx.conf: trailers stay outside, and heads, bodies and slow clients have bounds."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from tests.auth.servers import Server
from tests.company import Company
from tests.production.nginx import ADDRESS, PROGRAM, Nginx
from tests.production.raw_http import encode_chunked, exchange
from tests.waiting import HANG_TIMEOUT_S

WHO = "{ viewer { user { name } } }"
OPERATOR = '"name":"Operator"'
HALF = b"POST /graphql HTTP/1.1\r\nHost: desk.example\r\nContent-Type: appl"
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs nginx")


@pytest.fixture
def server(company: Company) -> Iterator[Server]:
    server = Server(company.database, OSIT_TRUSTED_PROXIES=ADDRESS)
    try:
        server.wait()
        yield server
    finally:
        server.end()


@pytest.fixture
def nginx(server: Server) -> Iterator[Nginx]:
    nginx = Nginx(
        server.port, location="proxy_request_buffering off;"
    )  # forwards chunks; nginx sends a length otherwise
    yield nginx
    nginx.stop()


@pytest.mark.parametrize("method", ["POST", "GET", "PUT"])
def test_line_3_a_chunked_body_from_another_peer_is_refused(server: Server, company: Company, method: str) -> None:
    request = encode_chunked(WHO, {"Accept-Language": "fr"}, {"Authorization": f"Bearer {company.tokens['operator']}"})
    status, text = exchange(server.port, request.replace(b"POST", method.encode(), 1))
    assert status == 411
    assert "Envoyez le corps avec un Content-Length, sans découpage en morceaux." in text
    assert OPERATOR not in text


def test_line_3_a_chunked_body_passes_behind_nginx(nginx: Nginx, company: Company) -> None:
    headers = {"Authorization": f"Bearer {company.tokens['operator']}"}
    status, text = exchange(nginx.port, encode_chunked(WHO, headers, {}))
    assert (status, OPERATOR in text) == (200, True)


def test_line_3_a_token_in_a_trailer_signs_nobody_in_behind_nginx(nginx: Nginx, company: Company) -> None:
    trailers = {"Authorization": f"Bearer {company.tokens['operator']}", "X-Forwarded-For": "198.51.100.66"}
    status, text = exchange(nginx.port, encode_chunked(WHO, {}, trailers))
    assert (status, "UNAUTHENTICATED" in text, OPERATOR in text) == (200, True, False)


@pytest.mark.parametrize("headers", [{"x-long": "x" * 100_000}, {f"x-{n}": "x" * 1_000 for n in range(100)}])
def test_line_7_nginx_refuses_large_heads(nginx: Nginx, headers: dict[str, str]) -> None:
    response = httpx.get(nginx.url, headers=headers, timeout=HANG_TIMEOUT_S, trust_env=False)
    assert (response.status_code, response.headers["Server"].partition("/")[0]) == (400, "nginx")


def test_line_7_nginx_refuses_large_bodies(nginx: Nginx) -> None:
    response = httpx.post(nginx.url, content=b" " * 300_000, timeout=HANG_TIMEOUT_S, trust_env=False)
    assert response.status_code == 413


def test_line_7_half_sent_requests_delay_no_other_and_end(nginx: Nginx, company: Company) -> None:
    address, headers = ("127.0.0.1", nginx.port), {"Authorization": f"Bearer {company.tokens['operator']}"}
    with ExitStack() as stack:
        slow = [stack.enter_context(socket.create_connection(address, HANG_TIMEOUT_S)) for _ in range(1_000)]
        for connection in slow:
            connection.sendall(HALF)
        answer = httpx.post(nginx.url, json={"query": WHO}, headers=headers, timeout=HANG_TIMEOUT_S, trust_env=False)
        assert answer.json()["data"]["viewer"]["user"]["name"] == "Operator"
        for connection in slow:
            assert is_closed_by_peer(connection)


def is_closed_by_peer(connection: socket.socket) -> bool:
    """Wait until the other side closes the connection, with or without a response."""
    try:
        return connection.recv(1) in {b"", b"H"}
    except ConnectionResetError:
        return True
