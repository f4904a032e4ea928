"""Server processes on one database, as on two machines."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from osit_graphql.db.engine import Database
from tests.directory.test_command import environment_of
from tests.embedded_postgres.server_process import list_children
from tests.waiting import HANG_TIMEOUT_S, find_free_port, wait_until


class Server:
    """A server process and its client."""

    def __init__(self, database: Database, port: int = 0, **environment: str) -> None:
        self.port = port or find_free_port()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it ends, below
        self._process = subprocess.Popen(
            [sys.executable, "-m", "osit_graphql.cli", "serve", "--port", str(self.port)],
            env=os.environ | environment_of(database) | {"OSIT_DRAIN_SECONDS": "0"} | environment,
            stdout=self._log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=HANG_TIMEOUT_S)

    @property
    def pid(self) -> int:
        """The process ID."""
        return self._process.pid

    def wait(self) -> None:
        """Wait until the server is ready."""
        while self._process.poll() is None:
            try:
                if self._http.get("/readyz").is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        self._log.seek(0)
        raise AssertionError(f"osit serve is not ready:\n{self._log.read().decode()}")

    def ask(self, token: str | None, document: str, **variables: Any) -> Any:
        """Send a document; return the body of the response."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = {"query": document, "variables": variables}
        return self._http.post("/graphql", json=body, headers=headers).json()

    def read_log(self) -> list[str]:
        """Return the lines that it has logged until now."""
        self._log.flush()
        return Path(f"/proc/self/fd/{self._log.fileno()}").read_text().splitlines()

    def processes(self) -> set[int]:
        """Return the process IDs of its workers, without its resource tracker."""
        return {child for child in list_children(self.pid) if b"spawn_main" in _read(child, "cmdline")}

    def await_workers(self, count: int) -> None:
        """Wait until so many workers handle signals; a worker that is still starting would end with the first one."""
        wait_until(lambda: sum(map(_handles_signals, self.processes())) == count, "not all workers serve")

    def kill(self) -> None:
        """Kill the process, as an out-of-memory killer does."""
        self._process.kill()

    def signal(self, number: int) -> None:
        """Send a signal to the process, as a process manager does."""
        self._process.send_signal(number)

    def await_end(self) -> int:
        """Wait for the end of the process; return its exit status."""
        return self._process.wait(timeout=HANG_TIMEOUT_S)

    def end(self) -> None:
        """Stop the server and wait for its end."""
        self._http.close()
        self.signal(signal.SIGTERM)
        self.await_end()
        self._log.close()


@contextmanager
def serving(database: Database, count: int = 2) -> Iterator[list[Server]]:
    """Serve the database by `count` processes."""
    servers: list[Server] = []
    try:
        servers += [Server(database) for _ in range(count)]
        for server in servers:
            server.wait()
        yield servers
    finally:
        for server in servers:
            server.end()


def _handles_signals(pid: int) -> bool:
    """Whether a worker has its handlers, of which SIGUSR1's is the last; SigCgt is described in proc(5)."""
    caught = re.search(rb"^SigCgt:\t(\w+)$", _read(pid, "status"), re.MULTILINE)
    return caught is not None and bool(int(caught[1], 16) >> (signal.SIGUSR1 - 1) & 1)


def _read(pid: int, name: str) -> bytes:
    """Return a file about a process, empty if it has ended."""
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
