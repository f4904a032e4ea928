"""Backups of an external PostgreSQL with the commands of docs/running.md: pg_dump, and recovery to a moment."""

import asyncio
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.acceptance.commands import check, documented
from tests.acceptance.company import create_operator, sign_in_and_fill
from tests.acceptance.conftest import Record
from tests.acceptance.postgres import USER, PostgresServer, needs_postgres
from tests.acceptance.servers import OsitServer, run_osit
from tests.acceptance.writers import CREATE, Writers, ask
from tests.private_cluster import PROGRAMS
from tests.waiting import HANG_TIMEOUT_S, wait_until

RUNNING = "docs/running.md"
CLIENTS = 2
WRITES = 40
NOW = "SELECT clock_timestamp()"
ESSAIS = "SELECT count(*) FROM ticket WHERE title LIKE 'Essai %'"
pytestmark = needs_postgres


@pytest.fixture
def backups(place: Path) -> Path:
    """Provide the directory of the backups."""
    made = place / "backup"
    (made / "wal").mkdir(parents=True)
    for folder in (made, made / "wal"):
        shutil.chown(folder, USER)
    return made


@pytest.fixture
def postgres(place: Path, backups: Path) -> Iterator[PostgresServer]:
    """Provide a server with the settings for archiving that the document lists."""
    settings = documented(RUNNING, "test_recovery.py::archiving").replace("/backup", str(backups))
    server = PostgresServer(place / "postgres", *settings.splitlines())
    server.create()
    yield server
    server.stop("immediate")


def run_documented(name: str, postgres: PostgresServer, backups: Path, **variables: str) -> None:
    """Run commands of the document as the user of PostgreSQL, with other places."""
    commands = documented(RUNNING, name).replace("/backup", str(backups))
    values = {
        "PATH": f"{PROGRAMS}:/usr/bin:/bin",
        "PGDATA": str(postgres.data),
        "PGHOST": "127.0.0.1",
        "PGPORT": str(postgres.port),
        "PGUSER": "postgres",
        **variables,
    }
    words = [f"{name}={value}" for name, value in values.items()]
    # Output into a file: a server that the commands start would keep a pipe open.
    log = postgres.folder / "commands.log"
    check(
        "runuser",
        "-u",
        USER,
        "--",
        "env",
        *words,
        "bash",
        "-euc",
        f"exec >>{log} 2>&1; {commands}",
        cwd=postgres.folder,
    )


def serve_new_company(osit: Path, place: Path, settings: dict[str, str]) -> OsitServer:
    """Migrate the empty database, create its first person and serve it."""
    run_osit(osit, "migrate", settings=settings, cwd=place)
    create_operator(osit, place, settings)
    return OsitServer(osit, place, "serve", settings=settings)


async def write(server: OsitServer, token: str) -> Writers:
    """Write tickets and comments until enough are acknowledged."""
    writers = Writers(token, lambda: server.url)
    running = asyncio.create_task(writers.run(CLIENTS))
    await asyncio.to_thread(wait_until, lambda: len(writers.acknowledged) >= WRITES)
    writers.stopped = True
    await running
    return writers


async def test_recovery_to_a_moment_between_two_writes(
    postgres: PostgresServer, backups: Path, osit: Path, place: Path, record: Record
) -> None:
    """The base backup is older than all writes. Those before the moment are there afterwards, later ones are not."""
    settings = postgres.settings
    with serve_new_company(osit, place, settings) as server:
        token = await sign_in_and_fill(server)
        run_documented("test_recovery.py::base", postgres, backups)
        before = await write(server, token)
        moment = postgres.sql(NOW)
        after = await write(server, token)
    assert postgres.sql(ESSAIS) == str(count_tickets(before) + count_tickets(after))
    segment = postgres.sql("SELECT pg_walfile_name(pg_switch_wal())")
    wait_until(lambda: postgres.sql(f"SELECT last_archived_wal >= '{segment}' FROM pg_stat_archiver") == "t")
    postgres.stop("immediate")
    shutil.rmtree(postgres.data / "base")  # the disk fails
    started = time.monotonic()
    run_documented("test_recovery.py::restore", postgres, backups, MOMENT=moment)
    wait_until(lambda: postgres.sql("SELECT pg_is_in_recovery()") == "f")
    seconds = time.monotonic() - started
    assert postgres.sql(ESSAIS) == str(count_tickets(before))
    run_osit(osit, "audit", "verify", settings=settings, cwd=place)
    run_osit(osit, "reports", "check", settings=settings, cwd=place)
    with OsitServer(osit, place, "serve", settings=settings) as server:
        assert await replay(before, server) == len(before.acknowledged)
        await write(server, token)
    record(
        "recovery of PostgreSQL to a moment between two writes, from a base backup and archived WAL",
        f"{len(before.acknowledged)} acknowledged writes before it: 0 lost; {len(after.acknowledged)} after it: none"
        f" there; {seconds:.0f} s",
    )


async def replay(writers: Writers, server: OsitServer) -> int:
    """Send all writes again: each gets its first response."""
    async with httpx.AsyncClient(trust_env=False, timeout=HANG_TIMEOUT_S) as http:
        for each in writers.acknowledged:
            answer = await ask(http, server.url, writers.token, each.document, each.variables)
            assert list(answer["data"].values()) == [each.payload], answer
    return len(writers.acknowledged)


def count_tickets(writers: Writers) -> int:
    """Return the number of tickets created."""
    return sum(each.document == CREATE for each in writers.acknowledged)


async def test_a_file_of_pg_dump_is_restored_by_osit(
    postgres: PostgresServer, backups: Path, osit: Path, place: Path, record: Record
) -> None:
    with serve_new_company(osit, place, postgres.settings) as server:
        written = await write(server, await sign_in_and_fill(server))
        run_documented("test_recovery.py::dump", postgres, backups)
    postgres.sql("CREATE DATABASE restored OWNER osit_owner")
    there = {name: url.removesuffix("osit") + "restored" for name, url in postgres.settings.items()}
    run_osit(osit, "restore", backups / "osit.dump", settings=there, cwd=place)
    assert postgres.sql(ESSAIS, database="restored") == str(count_tickets(written))
    run_osit(osit, "audit", "verify", settings=there, cwd=place)
    with OsitServer(osit, place, "serve", settings=there) as server:
        assert await replay(written, server) == len(written.acknowledged)
    record(
        "a file of pg_dump, restored with `osit restore`", f"{len(written.acknowledged)} acknowledged writes: 0 lost"
    )
