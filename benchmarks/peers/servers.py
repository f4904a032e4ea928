"""The measured servers: command, environment and GraphQL dialect."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load import UNLIMITED
from benchmarks.security._demo_server import DemoServer, free_port
from tests.node.npm_project import NpmProject
from web.build import Node

HERE = Path(__file__).parent
POOL = "10"
"""Database connections of each server."""
START_TIMEOUT_S = 60.0
"""Seconds until a server must accept connections."""


@dataclass(frozen=True)
class Peer:
    """A server under measurement."""

    name: str
    dialect: str
    command: tuple[str, ...]
    environment: Mapping[str, str]


@dataclass
class Running:
    """A started server."""

    peer: Peer
    served: DemoServer
    process: subprocess.Popen[bytes]


def peers(node: Node, ours: str, theirs: str) -> list[Peer]:
    """Return all peers; `ours` is the URL of the API's role, `theirs` that of a superuser."""
    superuser_environment = {"PGURL": theirs, "POOL": POOL, "NODE_ENV": "production", "GRAPHILE_ENV": "production"}
    osit = {**UNLIMITED, "OSIT_DATABASE_URL": ours}
    floor = (sys.executable, "-m", "benchmarks.peers.floor")
    script = (str(node.folder / "node"),)
    return [
        Peer("floor: PostgreSQL's JSON", "floor", (*floor, "text"), superuser_environment),
        Peer("floor: rows + orjson", "floor", (*floor, "rows"), superuser_environment),
        Peer("PostGraphile 5", "postgraphile", (*script, str(HERE / "node/postgraphile.mjs")), superuser_environment),
        Peer("Mercurius with its JIT", "mercurius", (*script, str(HERE / "node/mercurius.mjs")), superuser_environment),
        Peer("OSIT", "osit", (sys.executable, "-m", "osit_graphql.cli", "serve"), osit),
    ]


def install(node: Node) -> None:
    """Install the pinned packages."""
    NpmProject(node, HERE / "node").install()


@contextmanager
def started(peer: Peer) -> Iterator[Running]:
    """Run a server on the first core."""
    served, folder = DemoServer(free_port()), Path(tempfile.mkdtemp(prefix="osit-peers-"))
    environment = {**os.environ, **peer.environment, "PORT": str(served.port), "OSIT_PORT": str(served.port)}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(["taskset", "-c", "0", *peer.command], env=environment, stdout=log, stderr=log)  # noqa: S603, S607 - our own
    try:
        _await_open(served, process, folder / "log")
        yield Running(peer, served, process)
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(folder)


def _await_open(served: DemoServer, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a server accepts connections."""
    until = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", served.port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"It does not serve:\n{log.read_text('utf-8', 'replace')[-2000:]}")
