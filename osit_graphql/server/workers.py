"""Several processes behind one port: uvicorn starts them, replaces those that die, and ends them with this one.

Each is what a process alone is: an event loop, a pool of connections, budgets of its own unless Redis has them. They
take connections from one socket, which the first process holds open: while none is ready, clients wait, no more.
"""

import asyncio
import multiprocessing
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from threading import Event
from typing import Any

from starlette.applications import Starlette
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from osit_graphql.domain.errors import SetupError
from osit_graphql.http.graphiql import DemoAccount
from osit_graphql.server import logging_config
from osit_graphql.server.app import build
from osit_graphql.server.bootstrap import attach
from osit_graphql.server.serve import configure, keeping, settle_in
from osit_graphql.server.wire import Wired
from osit_graphql.settings import Settings

PATIENCE = 30  # seconds for a process to start, and for one that runs to say that it does


@dataclass(frozen=True)
class Worker:
    """What each process makes its application of: it is carried there, and called."""

    settings: Settings
    address: str
    demo_accounts: Sequence[DemoAccount]

    def __call__(self) -> Wired:
        """Build it. Whether the database can be served was found out before any process began."""
        logging_config.configure(self.settings)
        database = attach(self.address, self.settings)
        replica = attach(self.settings.replica_url, self.settings) if self.settings.replica_url else None

        @asynccontextmanager
        async def lifespan(application: Starlette) -> AsyncIterator[None]:
            _end_with_parent()
            settle_in()
            try:
                async with keeping(database, application):
                    yield
            finally:
                for each in (database, replica):
                    if each is not None:
                        await each.close()

        application = build(
            self.settings,
            database,
            replica=replica,
            demo_accounts=self.demo_accounts,
            draining=_hear_end(),
            lifespan=lifespan,
        )
        return Wired(application)


def supervise(settings: Settings, address: str, demo_accounts: Sequence[DemoAccount], reserved: socket.socket) -> None:
    """Serve the database by as many processes as the settings say, until SIGINT or SIGTERM; SIGHUP replaces them."""
    worker = Worker(settings, address, demo_accounts)
    config = configure(
        worker,
        factory=True,
        loop="uvloop",
        lifespan="on",
        workers=settings.workers,
        timeout_worker_healthcheck=PATIENCE,
    )
    reserved.listen(config.backlog)
    processes = Multiprocess(config, [reserved])
    processes.run()
    if any(process.exitcode == STARTUP_FAILURE for process in processes.processes):
        raise SetupError("A process that was to serve ended before it did; what it wrote above says why.")


def _hear_end() -> Callable[[], bool]:
    """Return whether this process was asked to stop: uvicorn hears it too, and tells nobody."""
    asked = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _noting(asked, signal.getsignal(number)))
    return asked.is_set


def _noting(asked: Event, then: Any) -> Callable[[int, Any], None]:
    def hear(number: int, frame: Any) -> None:
        asked.set()
        then(number, frame)

    return hear


def _end_with_parent() -> None:
    """Have this process asked to stop once the first one is gone: nobody would replace it, and it holds the port."""
    parent, loop = multiprocessing.parent_process(), asyncio.get_running_loop()
    if parent is None:
        return
    sentinel = parent.sentinel

    def end() -> None:
        loop.remove_reader(sentinel)
        os.kill(os.getpid(), signal.SIGTERM)

    loop.add_reader(sentinel, end)
