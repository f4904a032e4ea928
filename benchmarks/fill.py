"""Fill an empty database with generated history: `python -m benchmarks.fill --help`."""

import argparse
import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import astuple
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]

from benchmarks import company, derived, indexes, places, words
from benchmarks.sizes import MONTHS, SEED, TODAY, Size
from osit_graphql.db.engine import Database
from osit_graphql.db.schema.migrate import migrate
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Criticality, Severity

SLICE = 25_000
"""Tickets of one statement."""
# The guards of history would look at every row; what they keep up is made afterwards, by `derived`.
SETTINGS = {
    "session_replication_role": "replica",
    "synchronous_commit": "off",
    "work_mem": "192MB",
    "statement_timeout": "0",
}


async def fill(owner: str, admin: str, size: Size, *, seed: int, jobs: int) -> None:
    """Fill the database of these addresses (SQLAlchemy's), migrated first, and say how long each step takes."""
    database = Database(owner)
    await migrate(database)
    await database.close()
    async with AsyncExitStack() as stack:
        connections = []
        for _ in range(jobs):
            connection = await asyncpg.connect(places.plain(admin), server_settings=SETTINGS)
            stack.push_async_callback(connection.close)
            connections.append(connection)
        first, clock = connections[0], Clock()
        if await first.fetchval("SELECT EXISTS (SELECT FROM person)"):
            raise SystemExit("This database is not empty.")
        await prepare(first, size, seed)
        made_by = await indexes.drop(first)
        clock.say("directory and texts")
        await write(connections, size)
        for table in ("ticket", "activity"):
            await first.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")  # noqa: S608 - our names
        clock.say("tickets, history, interventions")
        late = [made for made in made_by if any(table in made for table in indexes.DERIVED)]
        await indexes.create(connections, [made for made in made_by if made not in late])
        clock.say("indexes")
        await derived.documents(connections, size.tickets)
        clock.say("what search reads")
        await derived.chain(connections, size.tickets)
        clock.say("seals of history")
        await first.execute("DROP SCHEMA bench CASCADE")
        await derived.reports(first)
        clock.say("what reports are read from")
        await indexes.create(connections, late)
        clock.say("indexes of these")
        await first.execute("VACUUM (ANALYZE)")
        clock.say("VACUUM ANALYZE")
        clock.total(await first.fetchval("SELECT pg_size_pretty(pg_database_size(current_database()))"))


async def prepare(connection: asyncpg.Connection, size: Size, seed: int) -> None:
    """Write the directory, and what history is drawn from."""
    await connection.execute("SET session_replication_role = origin")  # people are few: triggers index them
    await company.found(connection, size, seed)
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
    """Write the tickets, a slice at a time on each connection."""
    history = (derived.SQL / "history.sql").read_text("utf-8")

    async def tell(connection: asyncpg.Connection, start: int, end: int) -> None:
        await connection.execute(history, start, end)

    await derived.share(connections, size.tickets, SLICE, tell)


class Clock:
    """Says how long each step took."""

    def __init__(self) -> None:
        self.began = self.last = time.monotonic()

    def say(self, step: str) -> None:
        """Say how long it is since the step before."""
        now = time.monotonic()
        print(f"{now - self.last:8.1f} s  {step}", flush=True)
        self.last = now

    def total(self, room: str) -> None:
        """Say how long it took in all."""
        print(f"{time.monotonic() - self.began:8.1f} s  in all, {room}", flush=True)


def parse() -> argparse.Namespace:
    """Read the command line."""
    size = Size()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fill", description="Fill an OSIT database.")
    parser.add_argument("--data-dir", type=Path, help="an embedded PostgreSQL; else OSIT_DATABASE_URL, a superuser's")
    parser.add_argument("--name", default="small", help="of the database made anew on the embedded server")
    parser.add_argument("--tickets", type=int, default=size.tickets)
    parser.add_argument("--interventions", type=int, default=size.interventions)
    parser.add_argument("--people", type=int, default=size.people)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--jobs", type=int, default=2, help="connections that fill at the same time")
    return parser.parse_args()


def main() -> None:
    """Fill it."""
    said = parse()
    size = Size(tickets=said.tickets, interventions=said.interventions, people=said.people)
    with places.serving(said.data_dir) as server:

        async def run() -> None:
            await places.make(server, said.name)
            urls = places.owner_url(server, said.name), places.admin_url(server, said.name)
            await fill(*urls, size, seed=said.seed, jobs=said.jobs)

        asyncio.run(run())


if __name__ == "__main__":
    main()
