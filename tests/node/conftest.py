"""A Node.js, and a demo company served by the real command on a database of its own."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from web.build import BuildError, Node, find_own_node, install_node

START_SECONDS = 180


@pytest.fixture(scope="session")
def node() -> Node:
    """The machine's Node.js or PyPI's; without either nothing here can run, which CI doesn't take for an answer."""
    try:
        return find_own_node() or install_node()
    except (BuildError, OSError) as failure:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no Node.js: {failure}")


@pytest.fixture(scope="session")
def served() -> Iterator[str]:
    """The address of `osit demo`'s /graphql, with an embedded PostgreSQL that goes away with it."""
    # Not pytest's own directory: as root, PostgreSQL's user couldn't pass through it.
    scratch = Path(tempfile.mkdtemp(prefix="osit-node-"))
    log = Path(tempfile.mkstemp(prefix="osit-node-", suffix=".log")[1])
    port = _find_free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OSIT_")}
    environment |= {"OSIT_DATA_DIR": str(scratch), "OSIT_PORT": str(port)}
    with log.open("wb") as output:
        server = subprocess.Popen(
            [Path(sys.executable).with_name("osit"), "demo"],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_ready(f"http://127.0.0.1:{port}/readyz", server, log)
        yield f"http://127.0.0.1:{port}/graphql"
    finally:
        server.terminate()
        server.wait(60)
        shutil.rmtree(scratch)
        log.unlink()


def _find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx.get(url, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    pytest.fail(f"osit demo did not start:\n{log.read_text(errors='replace')[-3000:]}")
