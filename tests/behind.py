"""Behind both walls: the database as its superuser, who prepares what tests look at and sees what really is there."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from weakref import WeakSet

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from osit_graphql.db.engine import Database, Session
from osit_graphql.db.rls import API
from osit_graphql.db.session_context import viewer_settings
from osit_graphql.domain.viewer import Principal, System

OWNER, SERVING = "osit_test", "osit_test_api"  # who owns the tables, and who the API connects as
ROLES = (
    f"CREATE ROLE {OWNER} LOGIN",
    f"CREATE ROLE {API} NOLOGIN",
    f"CREATE ROLE {SERVING} LOGIN IN ROLE {API}",
)


class Behind(Database):
    """A superuser's connections: no viewer has to be named."""

    def __init__(self, url: str, **settings: Any) -> None:
        """Serve nobody yet."""
        super().__init__(url, **settings)
        self.served: WeakSet[Database] = WeakSet()

    @asynccontextmanager
    async def transaction(self, viewer: Principal = System.HEALTH) -> AsyncIterator[Session]:
        """Write anything; the databases that are served drop their cached viewers afterwards."""
        try:
            async with super().transaction(viewer) as session:
                yield session
        finally:
            for database in self.served:
                database.revocation_count += 1

    def reading(
        self, viewer: Principal = System.HEALTH, *, reports: bool = False
    ) -> AbstractAsyncContextManager[Session]:
        """Read everything."""
        return super().reading(viewer, reports=reports)


_KNOWN: dict[tuple[object, ...], Behind] = {}


def _place(database: Database) -> tuple[object, ...]:
    url = database.url
    return url.host, url.port, url.database, tuple(url.query.items())


def know(database: Behind) -> None:
    """Note how to get behind the walls of this database."""
    _KNOWN[_place(database)] = database


def behind(database: Database) -> Behind:
    """Return the same database as its superuser."""
    superuser = _KNOWN[_place(database)]
    superuser.served.add(database)
    return superuser


async def make_roles(connection: AsyncConnection) -> None:
    """Have the roles that tests connect as; other workers may be making them at the same time."""
    for statement in ROLES:
        made = "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        await connection.exec_driver_sql(f"DO $$ BEGIN {statement}; {made}")


@asynccontextmanager
async def unkept_connection(database: Database) -> AsyncIterator[AsyncConnection]:
    """Give SQLAlchemy's own connection, which keeps nothing at the end."""
    engine = create_async_engine(database.url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            yield connection
            await connection.rollback()
    finally:
        await engine.dispose()


class _Undone(Exception):
    """Raised to roll a transaction back."""


@asynccontextmanager
async def unkept(database: Database, viewer: Principal = System.HEALTH) -> AsyncIterator[Session]:
    """Begin a transaction of a viewer, and roll it back at the end."""
    try:
        async with database.transaction(viewer) as session:
            yield session
            raise _Undone  # noqa: TRY301 - it is what rolls back
    except _Undone:
        pass


@asynccontextmanager
async def asking(session: Session, viewer: Principal, *, reports: bool = False) -> AsyncIterator[None]:
    """Read within a superuser's transaction as the API does, with both walls: rows that will never be committed."""
    await session.execute(text(f"SET LOCAL ROLE {API}"))
    for statement in viewer_settings(viewer, reports=reports).split("; "):
        await session.execute(text(statement))
    yield
    for name in ("person", "roles", "service", "reports", "acting"):
        await session.execute(text(f"SET LOCAL osit.{name} = ''"))
    await session.execute(text("RESET ROLE"))
