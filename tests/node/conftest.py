"""Node.js, and a demo company served by `osit demo` with its own database."""

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
    """The Node.js of the machine or of PyPI; without either the tests are skipped, except in CI."""
    try:
        return find_own_node() or install_node()
    except (BuildError, OSError) as failure:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no Node.js: {failure}")


@pytest.fixture(scope="session")
def served() -> Iterator[str]:
    """The address of /graphql of a demo server with its own embedded PostgreSQL."""
    # Not pytest's temporary directory: PostgreSQL's system user cannot enter it.
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
