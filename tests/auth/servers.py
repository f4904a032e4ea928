"""Server processes on one database, as on two machines."""

import os
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
from tests.waiting import HANG_TIMEOUT_S, find_free_port


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
        pid = self._process.pid
        children = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
        return {child for child in children if b"spawn_main" in _read_command_line(child)}

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


def _read_command_line(pid: int) -> bytes:
    """Return the command line of a process, empty if it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
