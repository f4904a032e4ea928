"""`osit demo` as a user starts it: a process of its own, on an embedded database of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

OSIT = Path(sys.executable).parent / "osit"
PATIENCE = 180  # seconds: the first start fills the demo company


@contextmanager
def demo_server() -> Iterator[str]:
    """Serve the demo company on a free port and yield its address; everything is gone afterwards."""
    place = Path(tempfile.mkdtemp(prefix="osit-browser-"))
    place.chmod(0o711)  # the embedded server's system user passes through
    port = find_free_port()
    env = {name: value for name, value in os.environ.items() if not name.startswith("OSIT_")}
    with (place / "log").open("w+") as log:
        process = subprocess.Popen(
            [OSIT, "demo", "--port", str(port)],
            env=env | {"OSIT_DATA_DIR": str(place / "data")},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(address, process, place / "log")
            yield address
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)
            shutil.rmtree(place)


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        assert process.poll() is None, f"osit demo ended by itself:\n{log.read_text()}"
        try:
            if httpx.get(f"{address}/readyz", timeout=5).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"osit demo was not ready after {PATIENCE} s:\n{log.read_text()}")
