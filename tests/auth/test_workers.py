"""Several worker processes on one port: clients see one server, and no worker outlives it."""

import asyncio
import json
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
import uvicorn
from structlog.testing import capture_logs

from osit_graphql.domain.errors import SetupError
from osit_graphql.server import run, workers
from osit_graphql.server.database_urls import DatabaseUrls
from osit_graphql.server.worker_exits import log_exit
from osit_graphql.settings import Settings
from tests.auth.servers import Server
from tests.company import Company
from tests.directory.test_command import environment_of
from tests.waiting import HANG_TIMEOUT_S, wait_until

WHO = "{ viewer { user { name } } }"
REQUESTS = 20


@contextmanager
def serving(company: Company) -> Iterator[Server]:
    """Serve the company with three processes."""
    server = Server(company.database, OSIT_WORKERS="3", OSIT_LOG_FORMAT="json")
    try:
        server.wait()
        wait_until(lambda: len(server.processes()) == 3)
        yield server
    finally:
        server.end()


def ask(server: Server, token: str) -> list[dict[str, Any]]:
    """Return the responses on many connections, each accepted by any of the processes."""
    request: dict[str, Any] = {"json": {"query": WHO}, "headers": {"Authorization": f"Bearer {token}"}}
    address = f"http://127.0.0.1:{server.port}/graphql"
    return [httpx.post(address, timeout=HANG_TIMEOUT_S, **request).json() for _ in range(REQUESTS)]


def deaths(server: Server) -> list[dict[str, Any]]:
    """Return the log lines of processes that died."""
    return [json.loads(line) for line in server.read_log() if '"event":"worker died"' in line]


@pytest.mark.parametrize(
    ("exit_code", "line"),
    [
        (0, {"event": "worker ended", "log_level": "info", "status": 0}),
        (-signal.SIGTERM, {"event": "worker ended", "log_level": "info", "signal": "SIGTERM"}),
        (3, {"event": "worker died", "log_level": "error", "status": 3}),
        (-signal.SIGSEGV, {"event": "worker died", "log_level": "error", "signal": "SIGSEGV"}),
        (-50, {"event": "worker died", "log_level": "error", "signal": "50"}),
    ],
)
def test_the_end_of_a_process_is_logged_with_its_status_or_signal(exit_code: int, line: dict[str, object]) -> None:
    with capture_logs() as lines:
        log_exit(7, exit_code)
    assert lines == [{"pid": 7, **line}]


def is_free(port: int) -> bool:
    """Whether no process listens on the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


async def test_a_process_that_dies_is_replaced(company: Company) -> None:
    def play() -> None:
        with serving(company) as server:
            first = server.processes()
            expected = ask(server, company.tokens["manager"])
            assert expected[0]["data"]["viewer"]
            assert all(answer == expected[0] for answer in expected)
            for process in first:  # the remaining workers respond, each of them in the end
                os.kill(process, signal.SIGKILL)
                assert ask(server, company.tokens["manager"]) == expected
            wait_until(lambda: len(server.processes() - first) == 3)
            assert ask(server, company.tokens["manager"]) == expected
            wait_until(lambda: len(deaths(server)) == 3)
            assert {death.pop("pid") for death in deaths(server)} == first
            assert {(death["level"], death["signal"]) for death in deaths(server)} == {("error", "SIGKILL")}
        assert is_free(server.port)

    await asyncio.to_thread(play)


async def test_a_revocation_applies_to_all_processes_within_two_seconds(company: Company) -> None:
    def play() -> None:
        with serving(company) as server:
            token = company.tokens["operator"]
            assert all(answer["data"]["viewer"] for answer in ask(server, token))
            assert server.ask(token, "mutation { signOut { __typename } }").keys() == {"data"}
            time.sleep(2)
            for answer in ask(server, token):
                assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"

    await asyncio.to_thread(play)


async def test_no_process_outlives_the_first(company: Company) -> None:
    def play() -> None:
        with serving(company) as server:
            processes = server.processes()
            server.kill()
            wait_until(lambda: not any(Path(f"/proc/{process}").exists() for process in processes))
            assert is_free(server.port)

    await asyncio.to_thread(play)


def test_a_worker_that_cannot_start_ends_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Uvicorn returns without a signal when a worker fails to start."""
    signals: list[signal.Signals] = []

    def run(*_: object, **_options: object) -> None:
        for number in signals:
            signal.raise_signal(number)

    monkeypatch.setattr(uvicorn, "run", run)
    monkeypatch.setenv(workers.WORKER_VARIABLE, "")
    previous_handler = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        with socket.socket() as listener:
            with pytest.raises(SetupError):
                workers.supervise(Settings(_env_file=None, workers=2), "postgresql://", (), listener)
            signals.append(signal.SIGTERM)
            workers.supervise(Settings(_env_file=None, workers=2), "postgresql://", (), listener)
    finally:
        signal.signal(signal.SIGTERM, previous_handler)


async def test_an_invalid_manifest_is_reported_before_any_worker_starts(company: Company, tmp_path: Path) -> None:
    manifest = tmp_path / "documents.json"
    manifest.write_text('{"sha256:0": "{ __typename }"}')
    url = environment_of(company.database)["OSIT_DATABASE_URL"]
    settings = Settings(_env_file=None, workers=2, documents=(manifest,), database_url=url)
    urls = DatabaseUrls(str(settings.database_url))
    with pytest.raises(SetupError, match="invalid documents"):
        await run._check(settings, urls, run._open_existing)
