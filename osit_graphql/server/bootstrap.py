"""Opening a database: an external one as it stands, the embedded one brought up to date."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from osit_graphql.db.engine import Database
from osit_graphql.db.schema import roles, version
from osit_graphql.domain.errors import SetupError, Unavailable
from osit_graphql.domain.viewer import System
from osit_graphql.server.database_urls import Addresses
from osit_graphql.services.reports import rollup_jobs
from osit_graphql.settings import Settings


@asynccontextmanager
async def connected(settings: Settings, addresses: Addresses, *, migrating: bool = False) -> AsyncIterator[Database]:
    """Connect as the API; an external database is migrated only when that was asked for and its owner is known.

    Refuses a schema that is not this version's, and a role that no wall holds.
    """
    database = attach(addresses.api, settings)
    try:
        wanted = not await _is_current(database) if addresses.superuser else migrating and addresses.owner is not None
        if wanted:
            await migrate(addresses)
        if fault := await version.find_fault(database):
            raise SetupError(fault)
        await roles.check(database)
        await rollup_jobs.adopt_zone(database, settings.zone)
        yield database
    finally:
        await database.close()


async def _is_current(database: Database) -> bool:
    """Whether the API's role is let in at this code's revision: its owner and PostgreSQL's have nothing left to do."""
    try:
        return await version.current(database) == version.head()
    except (SetupError, Unavailable):  # there is no such role yet
        return False


async def migrate(addresses: Addresses) -> None:
    """Bring the schema up to date as its owner, and let the API's role in."""
    from osit_graphql.db.schema.migrate import migrate as run_migrations  # noqa: PLC0415 - Alembic is slow to load, and most starts find nothing to do

    await _provide(addresses)
    owner = Database(addresses.owner or addresses.api, pool=1)
    try:
        await run_migrations(owner, serving=addresses.api)
    finally:
        await owner.close()


async def prepare(addresses: Addresses) -> None:
    """Have the role that a backup's grants and policies name."""
    await _provide(addresses)
    owner = Database(addresses.owner or addresses.api, pool=1)
    try:
        async with owner.transaction(System.HEALTH) as session:
            await session.run_sync(roles.prepare)
    finally:
        await owner.close()


async def _provide(addresses: Addresses) -> None:
    if addresses.superuser is not None:
        superuser = Database(addresses.superuser, pool=1)
        try:
            await roles.provide(superuser)
        finally:
            await superuser.close()


@asynccontextmanager
async def replicated(settings: Settings) -> AsyncIterator[Database | None]:
    """Connect to the replica that reports read, None without one; away, it takes reports with it and nothing else."""
    if settings.replica_url is None:
        yield None
        return
    replica = attach(settings.replica_url, settings)
    try:
        await _check_replica(replica)
        yield replica
    finally:
        await replica.close()


async def _check_replica(replica: Database) -> None:
    """Refuse a replica read as somebody whom no wall holds; one that is away is for another time."""
    try:
        await roles.check(replica)
    except Unavailable:
        return
    except SetupError as error:
        raise SetupError(f"OSIT_REPLICA_URL: {error}") from error


def attach(url: str, settings: Settings) -> Database:
    """Make the pool for an address; nothing is connected yet, and nothing was checked."""
    return Database(
        url,
        pool=settings.database_pool,
        statement_timeout=settings.statement_timeout,
        lock_timeout=settings.lock_timeout,
    )
