"""Fill an empty database with generated history: `python -m benchmarks.fill --help`."""

import argparse
import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import astuple
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]

from benchmarks import company, databases, derived, indexes, words
from benchmarks.sizes import MONTHS, SEED, TODAY, Size
from osit_graphql.db.engine import Database
from osit_graphql.db.schema.migrate import migrate
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Criticality, Severity

SLICE_TICKETS = 25_000
"""Tickets per statement."""
# Without triggers; `derived` fills their tables afterwards.
SETTINGS = {
    "session_replication_role": "replica",
    "synchronous_commit": "off",
    "work_mem": "192MB",
    "statement_timeout": "0",
}


async def fill(owner: str, admin: str, size: Size, *, seed: int, jobs: int) -> None:
    """Migrate and fill a database, given by two URLs of SQLAlchemy; print the duration of each step."""
    database = Database(owner)
    await migrate(database)
    await database.close()
    async with AsyncExitStack() as stack:
        connections = []
        for _ in range(jobs):
            connection = await asyncpg.connect(databases.plain(admin), server_settings=SETTINGS)
            stack.push_async_callback(connection.close)
            connections.append(connection)
        first, clock = connections[0], Clock()
        if await first.fetchval("SELECT EXISTS (SELECT FROM person)"):
            raise SystemExit("This database is not empty.")
        await prepare(first, size, seed)
        definitions = await indexes.drop(first)
        clock.report("directory and texts")
        await write(connections, size)
        for table in ("ticket", "activity"):
            await first.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")  # noqa: S608 - our names
        clock.report("tickets, history, interventions")
        derived_indexes = [
            definition for definition in definitions if any(table in definition for table in indexes.DERIVED)
        ]
        await indexes.create(
            connections, [definition for definition in definitions if definition not in derived_indexes]
        )
        clock.report("indexes")
        await derived.documents(connections, size.tickets)
        clock.report("search documents")
        await derived.chain(connections, size.tickets)
        clock.report("seals of history")
        await first.execute("DROP SCHEMA bench CASCADE")
        await derived.reports(first)
        clock.report("report rollups")
        await indexes.create(connections, derived_indexes)
        clock.report("indexes of derived tables")
        await first.execute("VACUUM (ANALYZE)")
        clock.report("VACUUM ANALYZE")
        clock.total(await first.fetchval("SELECT pg_size_pretty(pg_database_size(current_database()))"))


async def prepare(connection: asyncpg.Connection, size: Size, seed: int) -> None:
    """Write the directory and the tables of random texts."""
    await connection.execute("SET session_replication_role = origin")  # few people: their triggers stay active
    await company.write_directory(connection, size, seed)
    await connection.execute("SET session_replication_role = replica")
    await connection.execute((derived.SQL / "chance.sql").read_text("utf-8"))
    await company.copy(connection, "bench.stock", ("number", "title", "description", "remark"), list(words.stock(seed)))
    await company.copy(connection, "bench.machine", ("number", "name"), list(words.machines(seed)))
    priorities = [(s, c, permissions.proposed_priority(s, c)) for s in Severity for c in Criticality]
    await company.copy(connection, "bench.priority", ("severity", "criticality", "priority"), priorities)
    tickets, interventions, people, applications, services, sites, causes = astuple(size)
    row = (
        tickets, interventions, applications, services, sites, causes, size.technicians, size.first_operator,
        size.operators, size.manager, size.requester, people, TODAY, MONTHS,
    )  # fmt: skip
    await connection.copy_records_to_table("size", schema_name="bench", records=[row])
    await connection.execute("ANALYZE bench.stock, bench.machine, bench.priority, bench.size, service_rate")


async def write(connections: list[asyncpg.Connection], size: Size) -> None:
    """Write the tickets in slices, on all connections in parallel."""
    history = (derived.SQL / "history.sql").read_text("utf-8")

    async def write_slice(connection: asyncpg.Connection, start: int, end: int) -> None:
        await connection.execute(history, start, end)

    await derived.run_in_slices(connections, size.tickets, SLICE_TICKETS, write_slice)


class Clock:
    """Prints the duration of each step."""

    def __init__(self) -> None:
        self.began = self.last = time.monotonic()

    def report(self, step: str) -> None:
        """Print the seconds since the previous step."""
        now = time.monotonic()
        print(f"{now - self.last:8.1f} s  {step}", flush=True)
        self.last = now

    def total(self, size: str) -> None:
        """Print the total duration and the size of the database."""
        print(f"{time.monotonic() - self.began:8.1f} s  in all, {size}", flush=True)


def parse() -> argparse.Namespace:
    """Read the command line."""
    size = Size()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fill", description="Fill an OSIT database.")
    parser.add_argument(
        "--data-dir", type=Path, help="directory of an embedded PostgreSQL; otherwise OSIT_DATABASE_URL of a superuser"
    )
    parser.add_argument("--name", default="small", help="name of the database, created again on the embedded server")
    parser.add_argument("--tickets", type=int, default=size.tickets)
    parser.add_argument("--interventions", type=int, default=size.interventions)
    parser.add_argument("--people", type=int, default=size.people)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--jobs", type=int, default=2, help="connections that fill at the same time")
    return parser.parse_args()


def main() -> None:
    """Fill the database."""
    arguments = parse()
    size = Size(tickets=arguments.tickets, interventions=arguments.interventions, people=arguments.people)
    with databases.serving(arguments.data_dir) as server:

        async def run() -> None:
            await databases.make(server, arguments.name)
            urls = databases.owner_url(server, arguments.name), databases.admin_url(server, arguments.name)
            await fill(*urls, size, seed=arguments.seed, jobs=arguments.jobs)

        asyncio.run(run())


if __name__ == "__main__":
    main()
