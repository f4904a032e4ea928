"""SIGTERM drains a server; then the port closes, requests under way finish, and the process ends with 0."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPResponse
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from osit_graphql.domain.enums import Action
from osit_graphql.settings import Settings
from tests.auth.servers import Server
from tests.company import Company
from tests.documents import action_request
from tests.superuser import as_superuser
from tests.waiting import HANG_TIMEOUT_S, wait_until

WHO = '{"query": "{ viewer { user { name } } }"}'
WAITING = text("SELECT count(*) FROM pg_locks, pg_sleep(0.05) WHERE NOT granted")
NEVER = "3600"  # a drain that ends after the test has failed
PATIENT: dict[str, Any] = {"OSIT_LOCK_TIMEOUT": "600", "OSIT_REQUEST_TIMEOUT": "600"}
Start = Callable[..., Server]
one_process_or_two = pytest.mark.parametrize("workers", ["1", "2"])


@pytest.fixture
def start(company: Company) -> Iterator[Start]:
    """Provide a function that starts a server, with a drain and with processes."""
    started: list[Server] = []

    def start(workers: str, drain_seconds: str) -> Server:
        server = Server(company.database, OSIT_WORKERS=workers, OSIT_DRAIN_SECONDS=drain_seconds, **PATIENT)
        started.append(server)
        server.wait()
        if workers != "1":
            server.await_workers(int(workers))
        return server

    yield start
    for server in started:
        server.kill()
        server.end()


def is_open(port: int) -> bool:
    """Whether the port accepts connections."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def request(connection: HTTPConnection, method: str, path: str) -> HTTPResponse:
    """Send one request on a connection; return its response, read."""
    connection.request(method, path, WHO if method == "POST" else None, {"Content-Type": "application/json"})
    response = connection.getresponse()
    response.read()
    return response


def ask(server: Server, method: str = "POST", path: str = "/graphql") -> tuple[int, bool]:
    """Send a request on a new connection; return the status, and whether the response ends the connection."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=HANG_TIMEOUT_S)
    response = request(connection, method, path)
    connection.close()
    return response.status, response.getheader("Connection") == "close"


def is_ready(server: Server) -> bool:
    """Whether all of many connections, each accepted by any process, report that the server is ready."""
    return {ask(server, "GET", "/readyz")[0] for _ in range(10)} != {503}


@one_process_or_two
def test_a_draining_server_is_not_ready_and_serves_until_a_second_signal(start: Start, workers: str) -> None:
    """With several processes all get the first signal, as systemd does it, and the workers again from the first one."""
    server = start(workers, NEVER)
    connection = HTTPConnection("127.0.0.1", server.port, timeout=HANG_TIMEOUT_S)
    assert request(connection, "POST", "/graphql").getheader("Connection") is None
    assert ask(server, "GET", "/readyz") == (200, False)
    stream = connection.sock.dup()
    processes = server.processes() if workers != "1" else set()
    for process in (server.pid, *processes):
        os.kill(process, signal.SIGTERM)
    while (answer := request(connection, "POST", "/graphql")).getheader("Connection") is None:
        assert answer.status == 200
    assert (answer.status, answer.getheader("Connection")) == (200, "close")
    assert stream.recv(1) == b""
    stream.close()
    wait_until(lambda: not is_ready(server))
    assert ask(server, "GET", "/healthz") == (200, True)
    for process in processes:
        os.kill(process, signal.SIGTERM)
    assert [ask(server) for _ in range(50)] == [(200, True)] * 50
    assert workers == "1" or server.processes() == processes
    server.signal(signal.SIGTERM)
    assert server.await_end() == 0
    assert not is_open(server.port)


@one_process_or_two
async def test_requests_under_way_finish_after_the_port_has_closed(
    start: Start, company: Company, workers: str
) -> None:
    number = await company.ticket()
    server = await asyncio.to_thread(start, workers, "0.1")
    document, variables = action_request(company, Action.COMMENT, company.id(number), comment="under way")
    headers = {"Authorization": f"Bearer {company.tokens['developer']}"}
    superuser = as_superuser(company.database)
    async with httpx.AsyncClient(timeout=HANG_TIMEOUT_S, trust_env=False) as client:
        async with superuser.transaction() as session:
            await session.execute(text("SELECT 1 FROM ticket FOR UPDATE"))
            body = {"query": document, "variables": variables}
            response = asyncio.create_task(
                client.post(f"http://127.0.0.1:{server.port}/graphql", json=body, headers=headers)
            )
            while not await session.scalar(WAITING):
                pass
            server.signal(signal.SIGTERM)
            await asyncio.to_thread(wait_until, lambda: not is_open(server.port))
            assert not response.done()
        answer = (await response).json()
    assert answer["data"]["ticketComment"]["activity"]["comment"] == "under way"
    assert await asyncio.to_thread(server.await_end) == 0
    assert [line for line in server.read_log() if "fault" in line or "Traceback" in line] == []


@one_process_or_two
def test_an_interrupt_does_not_drain(start: Start, workers: str) -> None:
    """A terminal sends SIGINT to all processes."""
    server = start(workers, NEVER)
    for process in server.processes() if workers != "1" else ():
        os.kill(process, signal.SIGINT)
    server.signal(signal.SIGINT)
    assert server.await_end() == 0
    assert [line for line in server.read_log() if "fault" in line or "Traceback" in line] == []


def test_a_process_that_is_replaced_drains_but_stays_ready(start: Start) -> None:
    """On SIGHUP the first process sends SIGTERM to one worker after the other. The port stays open."""
    server = start("2", NEVER)
    os.kill(min(server.processes()), signal.SIGTERM)
    answers: set[tuple[int, bool]] = set()

    def both_are_ready() -> bool:  # on a busy machine a check may take too long once
        answers.update(ask(server, "GET", "/readyz") for _ in range(10))
        return answers >= {(200, False), (200, True)}

    wait_until(both_are_ready)


@pytest.mark.parametrize("seconds", ["-1", "3601", "soon"])
def test_the_duration_is_checked(monkeypatch: pytest.MonkeyPatch, seconds: str) -> None:
    monkeypatch.setenv("OSIT_DRAIN_SECONDS", seconds)
    with pytest.raises(ValueError, match="drain_seconds"):
        Settings(_env_file=None)
