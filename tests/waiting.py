"""Timeouts of tests that wait for another process or task; only a hanging test reaches them."""

import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import httpx

HANG_TIMEOUT_S = 900.0  # a busy machine stays far below it
POLL_INTERVAL_S = 0.05


def wait_until(condition: Callable[[], bool], failure: str = "it never happened") -> None:
    """Return when the condition holds; fail when it has not held for HANG_TIMEOUT_S."""
    end = time.monotonic() + HANG_TIMEOUT_S
    while not condition():
        assert time.monotonic() < end, failure
        time.sleep(POLL_INTERVAL_S)


def find_free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the server at this address is ready; fail with its log when its process ends before."""

    def is_ready() -> bool:
        assert process.poll() is None, f"the server ended:\n{log.read_text(errors='replace')[-3000:]}"
        try:
            return httpx.get(f"{address}/readyz", timeout=HANG_TIMEOUT_S, trust_env=False).is_success
        except httpx.TransportError:
            return False

    wait_until(is_ready, f"the server at {address} is not ready")
