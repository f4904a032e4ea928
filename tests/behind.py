"""Behind both walls: the database as its superuser, who prepares what tests look at and sees what really is there."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from weakref import WeakSet

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from osit_graphql.db.engine import Database, Session
from osit_graphql.db.rls import API
from osit_graphql.db.session_context import told
from osit_graphql.domain.viewer import Principal, System

OWNER, SERVING = "osit_test", "osit_test_api"  # who owns the tables, and who the API connects as
ROLES = (
    f"CREATE ROLE {OWNER} LOGIN",
    f"CREATE ROLE {API} NOLOGIN",
    f"CREATE ROLE {SERVING} LOGIN IN ROLE {API}",
)


class Behind(Database):
    """A superuser's connections: nobody needs to be said to ask."""

    def __init__(self, url: str, **settings: Any) -> None:
        """Nobody is served yet."""
        super().__init__(url, **settings)
        self.served: WeakSet[Database] = WeakSet()

    @asynccontextmanager
    async def transaction(self, asker: Principal = System.HEALTH) -> AsyncIterator[Session]:
        """Write whatever; who is served remembers nobody afterwards, as if it had written that itself."""
        try:
            async with super().transaction(asker) as session:
                yield session
        finally:
            for database in self.served:
                database.revocations += 1

    def reading(
        self, asker: Principal = System.HEALTH, *, reports: bool = False
    ) -> AbstractAsyncContextManager[Session]:
        """Read everything."""
        return super().reading(asker, reports=reports)


_KNOWN: dict[tuple[object, ...], Behind] = {}


def _place(database: Database) -> tuple[object, ...]:
    url = database.engine.url
    return url.host, url.port, url.database, tuple(url.query.items())


def know(database: Behind) -> None:
    """Note how to get behind the walls of this database."""
    _KNOWN[_place(database)] = database


def behind(database: Database) -> Behind:
    """Return the same database as its superuser."""
    found = _KNOWN[_place(database)]
    found.served.add(database)
    return found


async def make_roles(session: AsyncConnection) -> None:
    """Have the roles that tests connect as; other workers may be making them at the same time."""
    for statement in ROLES:
        made = "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        await session.exec_driver_sql(f"DO $$ BEGIN {statement}; {made}")


@asynccontextmanager
async def unkept(database: Database, asker: Principal = System.HEALTH) -> AsyncIterator[Session]:
    """Begin as somebody, and keep nothing at the end."""
    link = await database.connections.lend()
    link.driver.bind(told(asker))
    try:
        yield Session(link)
    finally:
        await link.opened.rollback()
        await database.connections.take_back(link)


@asynccontextmanager
async def asking(session: Session, asker: Principal, *, reports: bool = False) -> AsyncIterator[None]:
    """Ask within a superuser's transaction as the API does, with both walls: of rows that will never be committed."""
    await session.execute(text(f"SET LOCAL ROLE {API}"))
    for statement in told(asker, reports=reports).split("; "):
        await session.execute(text(statement))
    yield
    for name in ("person", "roles", "service", "reports", "acting"):
        await session.execute(text(f"SET LOCAL osit.{name} = ''"))
    await session.execute(text("RESET ROLE"))
