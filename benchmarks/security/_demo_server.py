"""The demo company, served by its own process with its own database during a measurement."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from osit_graphql.demo import PASSWORD

START_TIMEOUT_S = 900.0
"""Seconds for the start, which creates and fills the database."""
SIGN_IN = "mutation ($i: SignInInput!) { signIn(input: $i) { token } }"


@dataclass(frozen=True)
class DemoServer:
    """A server by its port."""

    port: int

    @property
    def url(self) -> str:
        """Return the URL of the endpoint."""
        return f"http://127.0.0.1:{self.port}/graphql"

    def sign_in(self, name: str) -> str:
        """Return a new token of one of the demo accounts."""
        credentials = {"email": f"{name}@demo.example", "password": PASSWORD}
        answer = httpx.post(self.url, json={"query": SIGN_IN, "variables": {"i": credentials}}, timeout=30)
        return str(answer.json()["data"]["signIn"]["token"])


@contextmanager
def demo(**environment: str) -> Iterator[DemoServer]:
    """Serve the demo company with additional settings; delete its data afterwards."""
    directory, data = (Path(tempfile.mkdtemp(prefix="osit-bench-")) for _ in range(2))
    served = DemoServer(free_port())
    settings = {
        "OSIT_DATA_DIR": str(data),
        "OSIT_PORT": str(served.port),
        "OSIT_LOG_LEVEL": "error",
        "OSIT_DRAIN_SECONDS": "0",
    }
    command = [sys.executable, "-m", "osit_graphql.cli", "demo"]
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(command, env={**os.environ, **settings, **environment}, stdout=log, stderr=log)  # noqa: S603 - our own program
    try:
        await_ready(served, process, directory / "log")
        yield served
    finally:
        process.terminate()
        process.wait(60)
        for each in (directory, data):
            shutil.rmtree(each, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def await_ready(served: DemoServer, process: subprocess.Popen[bytes], log: Path) -> None:
    ready = served.url.replace("/graphql", "/readyz")
    until = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(ready, timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise RuntimeError(f"The demo company is not served:\n{log.read_text('utf-8', 'replace')[-2000:]}")
