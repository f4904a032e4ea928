"""PostgreSQL behind a network of our own, two server processes with workers, and clients in a thread."""

import asyncio
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks.security._clients import Client, Ledger
from benchmarks.security._company import small_company
from osit_graphql.db.engine import Database
from osit_graphql.db.error_translation import DatabaseError
from osit_graphql.domain.errors import RequestError
from osit_graphql.embedded_postgres import EmbeddedServer
from tests.auth.servers import Server
from tests.chaos.network import Network
from tests.company import Company
from tests.embedded_postgres.server_process import list_children
from tests.superuser import Superuser
from tests.waiting import HANG_TIMEOUT_S, wait_until

T = TypeVar("T")
TICKETS, CLIENTS = 10, 8
CLOSE_TIMEOUT_S = 5.0
OPTIONS = {
    "OSIT_DATABASE_POOL": "5",
    **dict.fromkeys(("OSIT_BUDGET_POINTS", "OSIT_BUDGET_RATE"), "1000000000"),
    **dict.fromkeys(("OSIT_MAX_REQUESTS", "OSIT_MAX_REQUESTS_EACH"), "1000"),
}
REQUEST = "[info     ] request "
WORKERS = ("2", "1")


class Installation:
    """Everything that runs. Clients and network have a thread of their own; all methods belong in the main thread."""

    def __init__(self, place: Path) -> None:
        """Start everything; `place` is for PostgreSQL's data."""
        self.place, self.ledger, self._enough = place, Ledger(), False
        self.log: list[str] = []
        """Lines of servers that have ended, without those of requests."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.postgres = EmbeddedServer.start(place / "data")
        self.company = asyncio.run(self._create_company())
        self.network = self.call(self._open_network())
        self.servers = [self._start_server(number) for number in range(len(WORKERS))]
        for server in self.servers:
            server.wait()
        self.urls = tuple(f"http://127.0.0.1:{server.port}/graphql" for server in self.servers)
        self._clients = self.submit(self._work())

    async def _create_company(self) -> Company:
        async with small_company(self.postgres) as company:
            for _ in range(TICKETS):
                await company.ticket()
            return company

    async def _open_network(self) -> Network:
        return await Network(Database(self.postgres.api_url).url).__aenter__()

    async def _work(self) -> None:
        clients = [Client(self.company, self.urls, TICKETS, self.ledger, random.Random(n)) for n in range(CLIENTS)]
        await asyncio.gather(*(client.work(lambda: self._enough) for client in clients))

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine beside the clients."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine beside the clients, and return its result."""
        return self.submit(work).result(HANG_TIMEOUT_S)

    def change_network(self, change: Callable[[Network], object]) -> None:
        """Change the behaviour of the network."""

        async def apply() -> None:
            change(self.network)

        self.call(apply())

    def _start_server(self, number: int, port: int = 0) -> Server:
        return Server(Database(self.network.url), port, **OPTIONS, OSIT_WORKERS=WORKERS[number])

    def restart_server(self, number: int) -> None:
        """Start a server again, on the same port, after its end."""
        self._end(self.servers[number])
        self.servers[number] = self._start_server(number, self.servers[number].port)
        self.servers[number].wait()

    def restart_postgres(self) -> None:
        """Start PostgreSQL again after its end, or end it as an administrator does."""
        self.postgres.stop()
        self.postgres = EmbeddedServer.start(self.place / "data")

    def signal_postgres(self, number: int) -> None:
        """Send a signal to all processes of PostgreSQL."""
        for each in (self.postmaster, *list_children(self.postmaster)):
            with suppress(ProcessLookupError):
                os.kill(each, number)

    @property
    def postmaster(self) -> int:
        """The process ID of PostgreSQL."""
        assert self.postgres._process is not None
        return self.postgres._process.pid

    def ask(self, statement: str) -> list[Any]:
        """Execute a statement in a transaction of the superuser, and return its rows; PostgreSQL may be restarting."""
        rows: list[Any] = []
        wait_until(lambda: self._answers(statement, rows), statement)
        return rows

    def _answers(self, statement: str, rows: list[Any]) -> bool:
        try:
            rows[:] = asyncio.run(self._ask(statement))
        except (RequestError, *DatabaseError):
            return False
        return True

    async def _ask(self, statement: str) -> list[Any]:
        database = Superuser(self.postgres.admin_url("osit"), pool_size=1)
        try:
            async with database.transaction() as session:
                return [tuple(row) for row in await session.execute(text(statement))]
        finally:
            await database.close()

    def ask_alone(self, statement: str) -> None:
        """Execute a statement that PostgreSQL refuses inside a transaction."""

        async def execute() -> None:
            engine = create_async_engine(self.postgres.admin_url("osit"), isolation_level="AUTOCOMMIT")
            async with engine.connect() as connection:
                await connection.execute(text(statement))
            await engine.dispose()

        asyncio.run(execute())

    def await_health(self, path: str, status: int) -> None:
        """Wait until a health check of each server has this status."""
        for server in self.servers:
            wait_until(partial(self._has_status, f"http://127.0.0.1:{server.port}{path}", status), path)

    def _has_status(self, url: str, status: int) -> bool:
        return httpx.get(url, timeout=HANG_TIMEOUT_S, trust_env=False).status_code == status

    def await_unready(self) -> None:
        """Wait until each server is alive and not ready."""
        self.await_health("/readyz", 503)
        self.await_health("/healthz", 200)

    def time_next_write(self) -> float:
        """Wait until the next write is acknowledged; return the seconds."""
        known, began = len(self.ledger.rows), time.monotonic()
        wait_until(lambda: len(self.ledger.rows) > known, "no write is acknowledged")
        return time.monotonic() - began

    def finish(self) -> None:
        """Let each client end its last write."""
        self._enough = True
        self._clients.result(HANG_TIMEOUT_S)

    async def _cancel_all(self) -> None:
        if tasks := asyncio.all_tasks() - {asyncio.current_task()}:
            _, pending = await asyncio.wait(tasks, timeout=CLOSE_TIMEOUT_S)
            for task in pending:
                task.cancel()

    def stop_servers(self) -> None:
        """End the servers."""
        for server in self.servers:
            self._end(server)
        self.servers = []

    def _end(self, server: Server) -> None:
        server.signal(signal.SIGTERM)
        server.await_end()
        self.log += [line for line in server.read_log() if REQUEST not in line]
        server.end()

    def stop(self) -> None:
        """End everything."""
        self._enough = True
        for server in self.servers:
            server.kill()
        self.stop_servers()
        self.call(self._cancel_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        if self.postgres._process is not None:
            self.signal_postgres(signal.SIGCONT)
        self.postgres.stop()
