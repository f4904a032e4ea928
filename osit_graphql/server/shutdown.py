"""The end of a server process: on SIGTERM it drains, then the port closes and uvicorn finishes the requests under way.

While it drains, /readyz answers 503, everything is served, and each connection ends with its next response. See
docs/decisions/0048.
"""

import asyncio
import select
import signal
import socket
import time
from contextlib import suppress
from types import FrameType
from typing import Any

import structlog

STOP_SIGNALS = {signal.SIGTERM, signal.SIGINT}
SERVER_STOPS = signal.SIGUSR1  # from the first process to its workers, before uvicorn sends them SIGTERM
POLL_INTERVAL_S = 0.001
ACCEPT_TIMEOUT_S = 1.0  # for connections that wait to be accepted while the port closes
LAST_REQUESTS_S = 0.5  # for requests on connections that were accepted last

log = structlog.get_logger()


class Shutdown:
    """The shutdown of this process: what signals begin, and what responses say meanwhile."""

    def __init__(self, drain_seconds: float, listener: socket.socket | None) -> None:
        """`listener`: the port that this process closes; None in a worker, whose first process closes it."""
        self.closes_connections = False
        """Whether each connection ends with its next response."""
        self.server_stops = False
        """Whether /readyz fails. It does not for a worker that SIGHUP replaces."""
        self.forced = False
        """Whether a second signal ends the process at once."""
        self._begun = False
        self._drain_seconds, self._listener = drain_seconds, listener

    def handle_signals(self) -> None:
        """Replace the handlers that uvicorn has installed. They are called when the drain is over."""
        self._loop = asyncio.get_running_loop()
        self._uvicorn: Any = signal.getsignal(signal.SIGTERM)
        for number in STOP_SIGNALS:
            signal.signal(number, self._stop)
        if self._listener is None:
            signal.signal(SERVER_STOPS, self._announce)

    def _announce(self, _number: int, _frame: FrameType | None) -> None:
        self.server_stops = self.closes_connections = True

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        if not self._begun:
            self._begun = self.closes_connections = True
            self.server_stops = self.server_stops or self._listener is not None
            self._loop.call_soon_threadsafe(self._begin, number)
        elif self._listener is not None or number == signal.SIGINT:
            # systemd and the first process may both send SIGTERM to a worker: that is not a second request.
            self.forced = True
            for _ in range(2):  # to uvicorn, the second SIGINT means not to wait
                self._uvicorn(signal.SIGINT, None)

    def _begin(self, number: int) -> None:
        if number == signal.SIGTERM and self._drain_seconds:
            log.info("draining", seconds=self._drain_seconds)
            end = self._loop.time() + self._drain_seconds
            self._loop.call_at(end, self._close_port, end + ACCEPT_TIMEOUT_S)
            return
        if self._listener is not None:
            close_port(self._listener)
        self._uvicorn(number, None)

    def _close_port(self, last_time: float) -> None:
        if self._listener is not None:
            if connection_waits(self._listener) and self._loop.time() < last_time:
                self._loop.call_soon(self._close_port, last_time)
                return
            close_port(self._listener)
        self._loop.call_later(LAST_REQUESTS_S, self._uvicorn, signal.SIGTERM, None)


def close_port_once_idle(listener: socket.socket) -> None:
    """Close the port when no connection waits to be accepted: it would be reset, and its request lost."""
    last_time = time.monotonic() + ACCEPT_TIMEOUT_S
    while connection_waits(listener) and time.monotonic() < last_time:
        time.sleep(POLL_INTERVAL_S)
    close_port(listener)


def connection_waits(listener: socket.socket) -> bool:
    """Whether a connection waits to be accepted."""
    return bool(select.select([listener], [], [], 0)[0])


def close_port(listener: socket.socket) -> None:
    """Close the port for all processes that share it; `close` would only close it for this one."""
    with suppress(OSError):  # it is closed already
        listener.shutdown(socket.SHUT_RDWR)
