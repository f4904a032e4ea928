"""The database as its superuser, without visibility and row-level security: tests prepare and inspect rows with it."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from weakref import WeakSet

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from osit_graphql.db.engine import Database, Session, viewer_settings
from osit_graphql.db.rls import API_ROLE
from osit_graphql.domain.viewer import Principal, System
from osit_graphql.services import audit

OWNER, SERVING = "osit_test", "osit_test_api"  # the owner of the tables, and the role of the API
ROLES = (
    f"CREATE ROLE {OWNER} LOGIN",
    f"CREATE ROLE {API_ROLE} NOLOGIN",
    f"CREATE ROLE {SERVING} LOGIN IN ROLE {API_ROLE}",
)


class Superuser(Database):
    """Connections of a superuser; a viewer is optional."""

    def __init__(self, url: str, **settings: Any) -> None:
        """`served` holds the databases whose cached viewers are dropped after each write."""
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


_SUPERUSERS: dict[tuple[object, ...], Superuser] = {}


def _server_and_name(database: Database) -> tuple[object, ...]:
    url = database.url
    return url.host, url.port, url.database, tuple(url.query.items())


def register_superuser(database: Superuser, *others: Database) -> None:
    """Remember the superuser of a database, and of the same database at other addresses, for `as_superuser`."""
    for each in (database, *others):
        _SUPERUSERS[_server_and_name(each)] = database


def as_superuser(database: Database) -> Superuser:
    """Return the same database as its superuser."""
    superuser = _SUPERUSERS[_server_and_name(database)]
    superuser.served.add(database)
    return superuser


async def make_roles(connection: AsyncConnection) -> None:
    """Create the roles that tests connect as; other workers may create them at the same time."""
    for statement in ROLES:
        on_duplicate = "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        await connection.exec_driver_sql(f"DO $$ BEGIN {statement}; {on_duplicate}")


@asynccontextmanager
async def rolled_back_connection(database: Database) -> AsyncIterator[AsyncConnection]:
    """Provide a connection of SQLAlchemy that is rolled back at the end."""
    engine = create_async_engine(database.url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            yield connection
            await connection.rollback()
    finally:
        await engine.dispose()


class _RollBackError(Exception):
    """Raised to roll a transaction back."""


@asynccontextmanager
async def rolled_back(database: Database, viewer: Principal = System.HEALTH) -> AsyncIterator[Session]:
    """Begin a transaction of a viewer, and roll it back at the end."""
    try:
        async with database.transaction(viewer) as session:
            yield session
            raise _RollBackError  # noqa: TRY301 - it is what rolls back
    except _RollBackError:
        pass


@asynccontextmanager
async def acting_as(session: Session, viewer: Principal, *, reports: bool = False) -> AsyncIterator[None]:
    """Act as the API's role with this viewer, within a superuser's transaction: it reads uncommitted rows."""
    await session.execute(text(f"SET LOCAL ROLE {API_ROLE}"))
    for statement in viewer_settings(viewer, reports=reports).split("; "):
        await session.execute(text(statement))
    yield
    for name in ("person", "roles", "service", "reports", "acting"):
        await session.execute(text(f"SET LOCAL osit.{name} = ''"))
    await session.execute(text("RESET ROLE"))


async def audit_differences(database: Database) -> list[audit.Difference | audit.DirectoryDifference]:
    """Return every difference that `osit audit verify` would print."""
    slices, (_, changes) = await audit.list_slices(database), await audit.verify_directory(database)
    tickets = [difference async for part in audit.verify(database, slices) for difference in part.differences]
    return [*tickets, *changes]
