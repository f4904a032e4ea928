"""Concurrent requests of many people over few connections, by row-level security alone, many cancelled at random."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from osit_graphql.db.engine import Database
from osit_graphql.domain.enums import Role
from osit_graphql.domain.errors import Unavailable
from osit_graphql.domain.viewer import Viewer
from tests.superuser import as_superuser

SERVICES, CALLERS, TICKETS = 8, 12, 400
IN_FLIGHT = 16
WRITING, CUT = 0.2, 0.55  # shares of the requests that lock a row, and that are cancelled
READ = "SELECT id, service_id, requester_id FROM ticket WHERE id > :after ORDER BY id LIMIT 40"
LOCK = "SELECT id, service_id, requester_id FROM ticket WHERE id > :after ORDER BY id LIMIT 1 FOR UPDATE"
PERSON = "INSERT INTO person (name, name_key, email, roles"
TICKET = (
    "title, description, status, severity, criticality, priority, requester_id, application_id, service_id, site_id,"
    " opened_at, updated_at"
)
COMPANY = (
    f"INSERT INTO service (name, name_key) SELECT 's' || n, 's' || n FROM generate_series(1, {SERVICES}) n",
    "INSERT INTO site (name, name_key) VALUES ('s', 's')",
    "INSERT INTO application (name, name_key) VALUES ('a', 'a')",
    f"{PERSON}, service_id) SELECT 't' || id, 't', 't' || id || '@x', '{{TECHNICIAN}}', id FROM service",
    f"{PERSON}) SELECT 'r' || n, 'r', 'r' || n || '@x', '{{REQUESTER}}' FROM generate_series(1, {CALLERS}) n",
    f"{PERSON}) VALUES ('o', 'o', 'o@x', '{{OPERATOR}}'), ('a', 'a', 'a@x', '{{ADMIN}}')",
    "SET LOCAL session_replication_role = replica",
    f"""
    INSERT INTO ticket ({TICKET}) SELECT 'x', 'x', 'OPEN', 'MINOR', 'BLOCKING', 'LOW',
        {SERVICES} + 1 + n % {CALLERS}, 1, 1 + n % {SERVICES}, 1, now(), now() FROM generate_series(1, {TICKETS}) n
    """,
)


@dataclass
class Tally:
    """Numbers of requests, cancelled and unserved ones and rows; foreign rows, and responses without own rows."""

    requests: int = 0
    cancelled: int = 0
    unserved: int = 0
    rows: int = 0
    foreign: list[str] = field(default_factory=list)
    short: list[str] = field(default_factory=list)


async def insert_tickets(database: Database) -> list[Viewer]:
    """Insert people and tickets into an empty database; return all viewers."""
    async with as_superuser(database).transaction() as session:
        for statement in COMPANY:
            await session.execute(text(statement))
        rows = (await session.execute(text("SELECT id, roles, service_id FROM person"))).all()
    return [Viewer(row.id, frozenset(map(Role, row.roles)), row.service_id) for row in rows]


async def run_load(database: Database, people: list[Viewer], requests: int, cancelled: int, seed: int) -> Tally:
    """Send at least `requests` requests of random viewers over the pool, until `cancelled` of them were cancelled."""
    tally, chance = Tally(), random.Random(seed)
    pause = await _typical(database, people[0])

    async def ask(viewer: Viewer) -> None:
        after = chance.randrange(TICKETS // 2)
        writing = chance.random() < WRITING and not viewer.roles & {Role.REQUESTER, Role.ADMIN}
        opened = database.transaction(viewer) if writing else database.reading(viewer)
        async with opened as session:
            rows = (await session.execute(text(LOCK if writing else READ), {"after": after})).all()
        check_rows(tally, viewer, rows, writing=writing)

    async def work() -> None:
        while tally.requests < requests or tally.cancelled < cancelled:
            tally.requests += 1
            task = asyncio.create_task(ask(chance.choice(people)))
            if chance.random() < CUT:
                await asyncio.sleep(chance.random() * pause)
                task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                tally.cancelled += 1
            except Unavailable:
                tally.unserved += 1

    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    return tally


async def _typical(database: Database, viewer: Viewer) -> float:
    """Return the usual duration of a request under this load, to choose the moments of cancellation."""
    started = asyncio.get_running_loop().time()

    async def once() -> None:
        async with database.reading(viewer) as session:
            await session.execute(text(READ), {"after": 0})

    await asyncio.gather(*(once() for _ in range(4 * IN_FLIGHT)))
    return (asyncio.get_running_loop().time() - started) / 4


def check_rows(tally: Tally, viewer: Viewer, rows: Sequence[Any], *, writing: bool) -> None:
    """Record foreign rows, and a response without own rows."""
    [role] = viewer.roles
    tally.rows += len(rows)
    for key, service, requester in rows:
        own = {Role.TECHNICIAN: service == viewer.service_id, Role.REQUESTER: requester == viewer.user_id}
        if not own.get(role, role is Role.OPERATOR):
            tally.foreign.append(f"{viewer} saw ticket {key}")
    if not rows and role is not Role.ADMIN:
        tally.short.append(f"{viewer}, {'locking' if writing else 'reading'}")
