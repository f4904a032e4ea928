"""`osit demo` in its own process, with an embedded database."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.waiting import HANG_TIMEOUT_S, find_free_port, wait_until_ready

OSIT = Path(sys.executable).parent / "osit"


@contextmanager
def demo_server(program: Path = OSIT, **changes: str) -> Iterator[str]:
    """Serve the demo company on a free port and yield its address; then stop it and delete its data.

    `changes` are variables of the environment.
    """
    place = Path(tempfile.mkdtemp(prefix="osit-demo-"))
    place.chmod(0o711)  # the embedded server's system user passes through
    port = find_free_port()
    env = {name: value for name, value in os.environ.items() if not name.startswith("OSIT_")}
    with (place / "log").open("w+") as log:
        process = subprocess.Popen(
            [program, "demo", "--port", str(port)],
            env=env | {"OSIT_DATA_DIR": str(place / "data"), "OSIT_DRAIN_SECONDS": "0"} | changes,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            wait_until_ready(address, process, place / "log")
            yield address
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(HANG_TIMEOUT_S)
            shutil.rmtree(place)
