"""Opening the database that the settings name: an external one as it stands, the embedded one brought up to date."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from osit_graphql import migration, roles
from osit_graphql.database import Database
from osit_graphql.embedded import EmbeddedServer, default_data_dir, find_running
from osit_graphql.errors import SetupError, Unavailable
from osit_graphql.services.reports import upkeep
from osit_graphql.settings import Settings
from osit_graphql.viewer import System


@dataclass(frozen=True)
class Addresses:
    """The same database as the API connects to it, as its owner does, and as the embedded server's superuser."""

    api: str
    owner: str | None = None
    superuser: str | None = None


@contextmanager
def running(settings: Settings) -> Iterator[Addresses]:
    """Give the database's addresses, the embedded server up for as long as the block lasts; main thread only."""
    if settings.database_url is not None:
        yield Addresses(settings.database_url, settings.owner_url)
        return
    with EmbeddedServer.start(settings.data_dir or default_data_dir()) as server:
        yield Addresses(server.api_url, server.url, server.admin_url())


@contextmanager
def reaching(settings: Settings) -> Iterator[str]:
    """Give the address of whoever owns the tables; an embedded server that another OSIT runs is reached as it is."""
    if settings.database_url is None and (url := find_running(settings.data_dir or default_data_dir())):
        yield url
        return
    with running(settings) as addresses:
        yield addresses.owner or addresses.api


@asynccontextmanager
async def connected(settings: Settings, addresses: Addresses, *, migrating: bool = False) -> AsyncIterator[Database]:
    """Connect as the API; an external database is migrated only when that was asked for and its owner is known.

    Refuses a schema that is not this version's, and a role that no wall holds.
    """
    if addresses.superuser is not None or (migrating and addresses.owner is not None):
        await migrate(addresses)
    database = attach(addresses.api, settings)
    try:
        if fault := await migration.find_fault(database):
            raise SetupError(fault)
        await roles.check(database)
        await upkeep.adopt_zone(database, settings.zone)
        yield database
    finally:
        await database.close()


async def migrate(addresses: Addresses) -> None:
    """Bring the schema up to date as its owner, and let the API's role in."""
    await _provide(addresses)
    owner = Database(addresses.owner or addresses.api, pool=1)
    try:
        await migration.migrate(owner, serving=addresses.api)
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
