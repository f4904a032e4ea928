"""Connections that are lost: one line in the log for a client's, UNAVAILABLE for one to PostgreSQL."""

import asyncio
import json
import socket
import struct
from collections.abc import Iterator

import pytest

from osit_graphql.db.engine import Database
from osit_graphql.settings import Settings
from tests.auth.servers import Server
from tests.client import Api
from tests.company import Company
from tests.production.cutting_proxy import CuttingProxy
from tests.waiting import wait_until

SIGN_IN = 'mutation { signIn(input: {email: "a@b.example", password: "abcdefgh"}) { __typename } }'
BODY = json.dumps({"query": SIGN_IN}).encode()
REQUEST = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
RESET_AT_CLOSE = struct.pack("ii", 1, 0)
OFFSETS = (0, 1, 2, 9, 14, 40, 200, 330, 400)  # in the bytes that PostgreSQL sends at the start of a connection


@pytest.fixture
def server(company: Company) -> Iterator[Server]:
    server = Server(company.database)
    try:
        server.wait()
        yield server
    finally:
        server.end()


@pytest.mark.parametrize("count", [1, 2, 5])
def test_line_8_pipelined_requests_and_a_reset_write_a_line_each(server: Server, count: int) -> None:
    before = len(server.read_log())
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(REQUEST % (len(BODY), BODY) * count)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
    wait_until(lambda: len(server.read_log()) > before)
    for _ in range(count):
        server.ask(None, SIGN_IN)
    lines = server.read_log()[before:]
    requests = [line for line in lines if "[info     ] request " in line]
    assert [line for line in lines if line not in requests and "sign_in_failed" not in line] == []
    assert len(requests) <= 2 * count


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("offset", OFFSETS)
async def test_line_8_a_drop_while_connecting_is_unavailable(
    company: Company, settings: Settings, offset: int, reset: bool
) -> None:
    async with CuttingProxy(company.database.url, offset, reset=reset) as proxy:
        database = Database(proxy.url, pool_size=2)
        async with Api(settings, database) as api:
            answers = await asyncio.gather(*(api.ask(company.tokens["operator"], "{ viewer { id } }") for _ in "abc"))
        await database.close()
    assert proxy.connections > 0
    assert {(answer.status, *answer.codes) for answer in answers} == {(503, "UNAVAILABLE")}
