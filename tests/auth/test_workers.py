"""Several processes behind one port: as one to whoever asks, and none outlives the first."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from osit_graphql.server.workers import _hear_end
from tests.auth.servers import Server
from tests.company import Company
from tests.waiting import HANG_TIMEOUT_S, wait_until

WHO = "{ viewer { user { name } } }"
ASKED = 20


@contextmanager
def serving(company: Company) -> Iterator[Server]:
    """Serve the company by three processes."""
    server = Server(company.database, OSIT_WORKERS="3")
    try:
        server.wait()
        wait_until(lambda: len(server.processes()) == 3)
        yield server
    finally:
        server.end()


def ask(server: Server, token: str) -> list[dict[str, Any]]:
    """Return what many connections of their own are answered, each by whichever process took it."""
    request: dict[str, Any] = {"json": {"query": WHO}, "headers": {"Authorization": f"Bearer {token}"}}
    address = f"http://127.0.0.1:{server.port}/graphql"
    return [httpx.post(address, timeout=HANG_TIMEOUT_S, **request).json() for _ in range(ASKED)]


def is_free(port: int) -> bool:
    """Whether nobody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


async def test_each_answers_and_one_that_dies_is_replaced(company: Company) -> None:
    def play() -> None:
        with serving(company) as server:
            first = server.processes()
            expected = ask(server, company.tokens["manager"])
            assert expected[0]["data"]["viewer"]
            assert all(answer == expected[0] for answer in expected)
            for process in first:  # whoever is left answers, each of them in the end
                os.kill(process, signal.SIGKILL)
                assert ask(server, company.tokens["manager"]) == expected
            wait_until(lambda: len(server.processes() - first) == 3)
            assert ask(server, company.tokens["manager"]) == expected
        assert is_free(server.port)

    await asyncio.to_thread(play)


async def test_what_is_revoked_is_revoked_for_all_within_two_seconds(company: Company) -> None:
    def play() -> None:
        with serving(company) as server:
            token = company.tokens["operator"]
            assert all(answer["data"]["viewer"] for answer in ask(server, token))
            assert server.ask(token, "mutation { signOut { __typename } }").keys() == {"data"}
            time.sleep(2)
            for answer in ask(server, token):
                assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"

    await asyncio.to_thread(play)


async def test_none_outlives_the_first(company: Company) -> None:
    def play() -> None:
        with serving(company) as server:
            processes = server.processes()
            server.kill()
            wait_until(lambda: not any(Path(f"/proc/{process}").exists() for process in processes))
            assert is_free(server.port)

    await asyncio.to_thread(play)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_process_that_is_asked_to_stop_knows_it_and_so_does_its_server(number: signal.Signals) -> None:
    heard: list[int] = []
    before = {each: signal.signal(each, lambda told, _: heard.append(told)) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        ending = _hear_end()
        assert not ending()
        signal.raise_signal(number)
        assert ending()
        assert heard == [number]
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
