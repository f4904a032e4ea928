"""Databases at older revisions, copied from one with tickets at the first revision."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from osit_graphql.db.engine import Database
from osit_graphql.db.schema.migrate import migrate
from osit_graphql.domain.viewer import System
from tests.superuser import OWNER, SERVING, Superuser, register_superuser
from tests.upgrades.old_clients import COMPANY, Writer

FIRST_REVISION = "0003"  # the last revision of the first version; earlier ones have no tickets
TICKET_COUNT = 25


class OldDatabase:
    """A database at an older revision."""

    def __init__(self, admin: Superuser, name: str) -> None:
        self.name = name
        self.admin = admin
        self.owner = Database(self.url(OWNER), pool_size=4)
        self.behind = Superuser(self.url(str(admin.url.username)), pool_size=2)
        register_superuser(self.behind)
        self.writer = Writer(self.owner)

    def url(self, role: str) -> str:
        """Return its URL for a role."""
        url = self.admin.url.set(username=role, database=self.name)
        return url.render_as_string(hide_password=False)

    async def migrate(self, to: str | None = None) -> None:
        """Migrate like `osit migrate`, on its own connection."""
        owner = Database(self.url(OWNER), pool_size=1)
        try:
            await migrate(owner, serving=self.url(SERVING), to=to)
        finally:
            await owner.close()

    async def close(self) -> None:
        """Close all connections."""
        await self.owner.close()
        await self.behind.close()


MakeOldDatabase = Callable[[str], Awaitable[OldDatabase]]


@pytest.fixture(scope="module")
async def first(admin: Superuser, worker_id: str) -> AsyncIterator[OldDatabase]:
    """Provide a database of the first version, with tickets."""
    name = f"osit_old_{worker_id}_{os.getpid()}"
    await _run(admin, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name} OWNER {OWNER}")
    old = OldDatabase(admin, name)
    await old.migrate(FIRST_REVISION)
    async with old.owner.transaction(System.HEALTH) as session:
        for statement in COMPANY:
            await session.execute(text(statement))
    for _ in range(TICKET_COUNT):
        await old.writer.ticket()
    old.writer.long.append(await old.writer.long_ticket())
    await old.close()
    yield old
    await _run(admin, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def make(first: OldDatabase, admin: Superuser) -> AsyncIterator[MakeOldDatabase]:
    """Provide a function that returns a copy at a later revision."""
    made: list[OldDatabase] = []

    async def copy(revision: str) -> OldDatabase:
        name = f"{first.name}_{revision}"
        await _run(admin, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await _run(admin, f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {first.name}")
        old = OldDatabase(admin, name)
        made.append(old)
        old.writer.titles.update(first.writer.titles)
        old.writer.long += first.writer.long
        old.writer.activities += first.writer.activities
        await old.migrate(revision)
        return old

    yield copy
    for old in made:
        await old.close()
        await _run(admin, f"DROP DATABASE {old.name} WITH (FORCE)")


async def _run(admin: Superuser, *statements: str) -> None:
    server = create_async_engine(admin.url, isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await server.dispose()
