"""Rows D2 and D3: kill -9 of PostgreSQL, of its backends and of the API, under clients that send until answered.

`python -m benchmarks.security.kills`: 15, 10 and 5 kills in under three minutes, on a PostgreSQL of its own.
"""

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

from sqlalchemy import text

from benchmarks.security._clients import Client, Ledger
from benchmarks.security._company import scratch, small_company
from osit_graphql.db.engine import Database
from osit_graphql.db.error_translation import DatabaseError
from osit_graphql.domain.errors import Unavailable
from osit_graphql.domain.viewer import System
from osit_graphql.embedded_postgres import EmbeddedServer
from tests.company import Company
from tests.superuser import audit_differences

TICKETS, CLIENTS = 10, 12
RECOVERY_TIMEOUT_S = 60.0  # seconds for the database to come back
SECONDS_BETWEEN_KILLS = (1.0, 4.0)  # seconds of work before a kill
BACKENDS = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name = 'osit'"
WRITTEN = "SELECT id, comment FROM activity WHERE comment IS NOT NULL"


@dataclass
class Installation:
    """A PostgreSQL, an API on it, and clients in a thread."""

    place: Path
    ledger: Ledger = field(default_factory=Ledger)
    enough: bool = False
    recovery_times: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start PostgreSQL, API and clients."""
        self.server = EmbeddedServer.start(self.place / "data")
        self.company = asyncio.run(self._create_company())
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.api = self._serve()
        self.clients = threading.Thread(target=lambda: asyncio.run(self._work()))
        self.clients.start()

    async def _create_company(self) -> Company:
        async with small_company(self.server) as company:
            for _ in range(TICKETS):
                await company.ticket()
            return company

    def _serve(self) -> subprocess.Popen[bytes]:
        chosen = {"OSIT_DATABASE_URL": self.server.api_url, "OSIT_PORT": str(self.port), "OSIT_LOG_LEVEL": "error"}
        command = [sys.executable, "-m", "osit_graphql.cli", "serve"]
        api = subprocess.Popen(  # noqa: S603 - our own program
            command, env={**os.environ, **chosen}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                with urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5):
                    return api
            except OSError:
                time.sleep(0.05)
        raise SystemExit("The API does not come up.")

    async def _work(self) -> None:
        url = f"http://127.0.0.1:{self.port}/graphql"
        clients = [
            Client(self.company, (url,), TICKETS, self.ledger, random.Random(number))  # noqa: S311 - a drawing, no secret
            for number in range(CLIENTS)
        ]
        await asyncio.gather(*(client.work(lambda: self.enough) for client in clients))

    def kill_server(self) -> None:
        """Kill PostgreSQL and start it again."""
        assert self.server._process  # noqa: S101, SLF001 - whom to kill is not anybody else's business
        os.kill(self.server._process.pid, signal.SIGKILL)  # noqa: SLF001 - the same
        self.server.stop()
        self.server = EmbeddedServer.start(self.place / "data")

    def kill_backend(self) -> None:
        """Kill one backend: PostgreSQL then restarts all of them."""
        numbers = self.query(BACKENDS)
        with suppress(IndexError, ProcessLookupError):  # it may have ended
            os.kill(random.choice(numbers)[0], signal.SIGKILL)  # noqa: S311 - a drawing, no secret

    def kill_api(self) -> None:
        """Kill the API and start it again."""
        self.api.kill()
        self.api.wait()
        self.api = self._serve()

    def query(self, statement: str) -> list[tuple[int, str]]:
        """Return the rows of a statement; the database may still recover from a kill."""
        end = time.monotonic() + RECOVERY_TIMEOUT_S
        while True:
            try:
                return asyncio.run(self._ask(statement))
            except (Unavailable, *DatabaseError):
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)

    async def _ask(self, statement: str) -> list[tuple[int, str]]:
        database = Database(self.server.admin_url("osit"), pool_size=1)
        try:
            async with database.reading(System.HEALTH) as session:
                return [tuple(row) for row in await session.execute(text(statement))]
        finally:
            await database.close()

    def await_answer(self) -> None:
        """Wait for the next acknowledgement, and record the duration."""
        known, began = len(self.ledger.rows), time.monotonic()
        while len(self.ledger.rows) == known and time.monotonic() < began + 30:
            time.sleep(0.01)
        self.recovery_times.append(time.monotonic() - began)

    def close(self) -> None:
        """Wait until the clients have finished."""
        self.enough = True
        self.clients.join(60)

    def stop(self) -> None:
        """End the processes."""
        self.enough = True
        self.api.kill()
        self.api.wait()
        self.server.stop()

    def figures(self) -> dict[str, int]:
        """Compare acknowledged writes with the rows."""
        rows = self.query(WRITTEN)
        there = Counter(comment for _, comment in rows)
        return {
            "acknowledged": len(self.ledger.rows),
            "sent again": self.ledger.again,
            "refused": len(self.ledger.refused),
            "lost": sum(there[key] == 0 for key in self.ledger.rows),
            "done twice": sum(count > 1 for count in there.values()) + len(self.ledger.doubles),
            "differences in the audit": asyncio.run(self._audit()),
        }

    async def _audit(self) -> int:
        database = Database(self.server.api_url, pool_size=1)
        differing = await audit_differences(database)
        await database.close()
        return len(differing)


def run(place: Path, *, servers: int, backends: int, apis: int) -> tuple[dict[str, int], list[float]]:
    """Kill each kind so often, in random order; return the figures, and the seconds until the next response."""
    installation = Installation(place)
    try:
        kills = (
            [installation.kill_server] * servers
            + [installation.kill_backend] * backends
            + [installation.kill_api] * apis
        )
        random.shuffle(kills)
        for kill in kills:
            time.sleep(random.uniform(*SECONDS_BETWEEN_KILLS))  # noqa: S311 - a drawing, no secret
            kill()
            installation.await_answer()
        installation.close()
        return installation.figures(), installation.recovery_times
    finally:
        installation.stop()


def main() -> None:
    """Print the figures; status 1 if a write was lost or repeated."""
    with scratch("kills") as place:
        figures, recovery_times = run(place, servers=15, backends=10, apis=5)
    for name, figure in figures.items():
        print(f"{figure:8,} {name}")
    recovery_times.sort()
    median, longest = recovery_times[len(recovery_times) // 2], recovery_times[-1]
    print(f"{len(recovery_times)} kills; next response after {median:.1f} s (median), {longest:.1f} s (maximum)")
    if figures["lost"] or figures["done twice"] or figures["differences in the audit"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
