"""A Node.js, and a demo company served by the real command on a database of its own."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.waiting import HANG_TIMEOUT_S, find_free_port, wait_until_ready
from web.build import BuildError, Node, find_own_node, install_node


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
    port = find_free_port()
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
        wait_until_ready(f"http://127.0.0.1:{port}", server, log)
        yield f"http://127.0.0.1:{port}/graphql"
    finally:
        server.terminate()
        server.wait(HANG_TIMEOUT_S)
        shutil.rmtree(scratch)
        log.unlink()
