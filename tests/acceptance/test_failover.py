"""Failover to a promoted replica with two real servers, synchronous replication and clients that retry."""

import asyncio
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from benchmarks.security._clients import Client, Ledger
from osit_graphql.db.engine import Database
from osit_graphql.db.schema.connection import schema_connection
from osit_graphql.db.schema.migrate import migrate
from osit_graphql.domain.viewer import System
from tests.acceptance.conftest import Record
from tests.company import Company, create_company
from tests.private_cluster import PrivateCluster, needs_cluster, private_cluster
from tests.superuser import SERVING, Superuser, audit_differences, make_roles, register_superuser
from tests.waiting import find_free_port, wait_until, wait_until_ready

pytestmark = needs_cluster
ROOT = Path(__file__).parents[2]
TICKETS, CLIENTS = 10, 8
WRITES_BEFORE, WRITES_AFTER = 150, 150
COMMENTS = text("SELECT comment FROM activity WHERE comment IS NOT NULL")


@pytest.fixture
def cluster() -> Iterator[PrivateCluster]:
    """Provide a primary and a replica that confirms each commit before it is acknowledged."""
    with private_cluster() as cluster:
        cluster.create("primary", fsync="on")
        asyncio.run(create_roles(cluster))
        cluster.create_replica("replica", "primary", fsync="on")
        asyncio.run(replicate_synchronously(cluster))
        yield cluster


async def create_roles(cluster: PrivateCluster) -> None:
    async with schema_connection(cluster.url("primary", "postgres")) as connection:
        await make_roles(connection)


async def replicate_synchronously(cluster: PrivateCluster) -> None:
    superuser = Superuser(cluster.url("primary", "postgres"), pool_size=1)
    connection = await superuser.acquire()
    for statement in ("ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"):
        await connection.execute(statement)
    await superuser.release(connection)
    await superuser.close()


async def open_company(cluster: PrivateCluster) -> Company:
    """Migrate the primary and open some tickets."""
    superuser = Superuser(cluster.url("primary", "postgres"), pool_size=1)
    register_superuser(superuser)
    await migrate(superuser, serving=cluster.url("primary"))
    database = Database(cluster.url("primary"), pool_size=1)
    company = await create_company(database)
    for _ in range(TICKETS):
        await company.ticket()
    await database.close()
    await superuser.close()
    return company


class Load:
    """`osit serve` with both servers in its URL, and clients in a thread that send until they are answered."""

    def __init__(self, cluster: PrivateCluster, company: Company) -> None:
        hosts = ",".join(f"127.0.0.1:{cluster.ports[name]}" for name in ("primary", "replica"))
        self.address = f"http://127.0.0.1:{find_free_port()}"
        self.company, self.ledger, self.enough = company, Ledger(), False
        self.log = cluster.folder / "osit.log"
        environment = {
            "OSIT_DATABASE_URL": f"postgresql://{SERVING}@{hosts}/postgres?target_session_attrs=read-write",
            "OSIT_PORT": self.address.rpartition(":")[2],
            "OSIT_BUDGET_POINTS": "1000000000",
        }
        command = [sys.executable, "-m", "osit_graphql.cli", "serve"]
        with self.log.open("wb") as log:
            self.server = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stderr=log)
        wait_until_ready(self.address, self.server, self.log)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._work()))
        self._thread.start()

    async def _work(self) -> None:
        clients = [
            Client(self.company, (f"{self.address}/graphql",), TICKETS, self.ledger, random.Random(number))
            for number in range(CLIENTS)
        ]
        await asyncio.gather(*(client.work(lambda: self.enough) for client in clients))

    def await_writes(self, count: int) -> None:
        """Wait until so many more writes are acknowledged."""
        until = len(self.ledger.rows) + count
        wait_until(lambda: len(self.ledger.rows) >= until, "no write is acknowledged")

    def readiness(self) -> int:
        return httpx.get(f"{self.address}/readyz", trust_env=False, timeout=60).status_code

    def stop(self) -> None:
        self.enough = True
        self._thread.join()
        self.server.terminate()
        self.server.wait()


async def find_differences(cluster: PrivateCluster, ledger: Ledger) -> dict[str, int]:
    """Compare what was acknowledged with the rows of the promoted server."""
    superuser = Superuser(cluster.url("replica", "postgres"), pool_size=1)
    register_superuser(superuser)
    async with superuser.reading(System.HEALTH) as session:
        shown = Counter((await session.execute(COMMENTS)).scalars())
    database = Database(cluster.url("replica"), pool_size=1)
    differing = await audit_differences(database)
    await database.close()
    await superuser.close()
    return {
        "lost": sum(shown[key] == 0 for key in ledger.rows),
        "doubled": sum(count > 1 for count in shown.values()) + len(ledger.doubles),
        "refused": len(ledger.refused),
        "differences in the audit": len(differing),
    }


@pytest.mark.parametrize("how", ["killed", "frozen"])
def test_failover_loses_and_doubles_no_acknowledged_write(cluster: PrivateCluster, how: str, record: Record) -> None:
    company = asyncio.run(open_company(cluster))
    load = Load(cluster, company)
    try:
        load.await_writes(WRITES_BEFORE)
        began = time.monotonic()
        if how == "killed":
            cluster.kill("primary")
        else:
            cluster.freeze("primary")
        cluster.promote("replica")
        promoted = time.monotonic() - began
        load.await_writes(1)
        answered = time.monotonic() - began
        load.await_writes(WRITES_AFTER)
        wait_until(lambda: load.readiness() == 200, "/readyz stays red")
    finally:
        load.stop()
        if how == "frozen":
            cluster.kill("primary")
    differences = asyncio.run(find_differences(cluster, load.ledger))
    assert differences == dict.fromkeys(differences, 0)
    assert "Traceback" not in load.log.read_text()
    acknowledged, again = len(load.ledger.rows), load.ledger.again
    record(
        f"failover, primary {how}: replica promoted after, writes answered again after",
        f"{promoted:.1f} s, {answered:.1f} s",
    )
    record(f"failover, primary {how}: acknowledged, sent again, lost, doubled", f"{acknowledged}, {again}, 0, 0")
