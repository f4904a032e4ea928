"""Opening the database that the settings name: an external one as it stands, the embedded one brought up to date."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from osit_graphql import migration
from osit_graphql.database import Database
from osit_graphql.embedded import EmbeddedServer, default_data_dir
from osit_graphql.errors import SetupError
from osit_graphql.services.reports import upkeep
from osit_graphql.settings import Settings


@contextmanager
def running(settings: Settings) -> Iterator[str]:
    """Give the database's URL, with the embedded server up for as long as the block lasts; main thread only."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    with EmbeddedServer.start(settings.data_dir or default_data_dir()) as server:
        yield server.url


@asynccontextmanager
async def connected(settings: Settings, url: str, *, migrating: bool = False) -> AsyncIterator[Database]:
    """Connect to it; an external database is migrated only when that was asked for, and else must be up to date."""
    database = Database(url, pool=settings.database_pool)
    try:
        if migrating or settings.database_url is None:
            await migration.migrate(database)
        elif await migration.current(database) != migration.head():
            raise SetupError("The database is not at this version's schema: run `osit migrate` first.")
        await upkeep.adopt_zone(database, settings.zone)
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def replicated(settings: Settings) -> AsyncIterator[Database | None]:
    """Connect to the replica that reports read, None without one; away, it takes reports with it and nothing else."""
    if settings.replica_url is None:
        yield None
        return
    replica = Database(settings.replica_url, pool=settings.database_pool)
    try:
        yield replica
    finally:
        await replica.close()
