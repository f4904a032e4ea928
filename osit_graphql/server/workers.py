"""Serving with several processes: `uvicorn.run` starts them, replaces those that die, and stops them with this one.

Each process has its own event loop, database pool and, without Redis, token buckets. All accept connections from one
socket, which the first process opens: clients wait until a process is ready.
"""

import asyncio
import json
import multiprocessing
import os
import signal
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import asdict
from threading import Event, Thread, Timer

import uvicorn
from starlette.applications import Starlette

from osit_graphql.db.engine import Database
from osit_graphql.domain.errors import SetupError
from osit_graphql.http.graphiql import DemoAccount
from osit_graphql.server import logging_config
from osit_graphql.server.bootstrap import attach
from osit_graphql.server.monitoring import create_metrics, serving_workers_metrics
from osit_graphql.server.serve import build_server_application, uvicorn_options
from osit_graphql.server.shutdown import SERVER_STOPS, STOP_SIGNALS, Shutdown, close_port_once_idle
from osit_graphql.server.worker_exits import worker_exit_log
from osit_graphql.settings import Settings

WORKER_START_TIMEOUT_S = 30  # also the timeout of uvicorn's health check of a worker
LISTEN_BACKLOG = 2048  # connections, uvicorn's default
WORKER_VARIABLE = "OSIT_WORKER"  # environment variable: the database URL and the demo accounts, as JSON


def supervise(settings: Settings, url: str, demo_accounts: Sequence[DemoAccount], listener: socket.socket) -> None:
    """Serve the database with `OSIT_WORKERS` processes until SIGINT or SIGTERM; SIGHUP replaces them."""
    os.environ[WORKER_VARIABLE] = json.dumps({"url": url, "demo_accounts": [asdict(each) for each in demo_accounts]})
    listener.listen(LISTEN_BACKLOG)
    followed = _followed_signals(listener, settings.drain_seconds)
    with serving_workers_metrics(settings), worker_exit_log(), followed as stopping:
        uvicorn.run(
            f"{__name__}:create_application",
            factory=True,
            loop="uvloop",
            workers=settings.workers,
            timeout_worker_healthcheck=WORKER_START_TIMEOUT_S,
            **uvicorn_options(listener),
        )
    if not stopping.is_set():  # uvicorn stops without a signal if a worker fails to start
        raise SetupError("A worker process failed to start. Its error is above.")


@contextmanager
def _followed_signals(listener: socket.socket, drain_seconds: float) -> Iterator[Event]:
    """Follow the signals of this process in a thread, beside the handlers that uvicorn installs.

    The yielded event is set at SIGINT or SIGTERM.
    """
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    previous_fd = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    stopping = Event()
    thread = Thread(target=_follow_signals, args=(reader, listener, drain_seconds, stopping))
    thread.start()
    try:
        yield stopping
    finally:
        signal.set_wakeup_fd(previous_fd)
        writer.close()
        thread.join()
        reader.close()


def _follow_signals(reader: socket.socket, listener: socket.socket, drain_seconds: float, stopping: Event) -> None:
    """Tell the workers that the server stops, and close the port when they have drained. A second signal ends them."""
    number = _read_stop_signal(reader)
    if number is None:
        return
    stopping.set()
    _signal_workers(SERVER_STOPS)
    closing = Timer(drain_seconds if number == signal.SIGTERM else 0, close_port_once_idle, [listener])
    closing.start()
    while _read_stop_signal(reader) is not None:
        _signal_workers(signal.SIGINT)
    closing.cancel()


def _read_stop_signal(reader: socket.socket) -> int | None:
    """Wait for SIGINT or SIGTERM; return None at the end of the server."""
    while number := reader.recv(1):
        if number[0] in STOP_SIGNALS:
            return number[0]
    return None


def _signal_workers(number: int) -> None:
    for worker in multiprocessing.active_children():
        if worker.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(worker.pid, number)


def create_application() -> Starlette:
    """Build the application of one worker. The first process has checked the database."""
    settings, worker = Settings(), json.loads(os.environ[WORKER_VARIABLE])
    logging_config.configure(settings)
    database = attach(worker["url"], settings)
    replica = attach(settings.replica_url, settings) if settings.replica_url else None
    return build_server_application(
        settings,
        database,
        Shutdown(settings.drain_seconds, listener=None),
        replica=replica,
        demo_accounts=[DemoAccount(**account) for account in worker["demo_accounts"]],
        metrics=create_metrics(settings),
        resources=_worker_resources(database, replica),
    )


@asynccontextmanager
async def _worker_resources(database: Database, replica: Database | None) -> AsyncIterator[None]:
    """Stop with the first process; close the databases at the end."""
    _stop_with_parent()
    try:
        yield
    finally:
        for each in (database, replica):
            if each is not None:
                await each.close()


def _stop_with_parent() -> None:
    """Send this process SIGINT when the first process has ended; otherwise it would hold the port forever.

    It does not drain: the port has to be free for the next start.
    """
    parent, loop = multiprocessing.parent_process(), asyncio.get_running_loop()
    if parent is None:
        return
    sentinel = parent.sentinel

    def stop() -> None:
        loop.remove_reader(sentinel)
        os.kill(os.getpid(), signal.SIGINT)

    loop.add_reader(sentinel, stop)
