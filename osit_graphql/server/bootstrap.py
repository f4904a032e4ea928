"""Opens the database of the server; migrates the embedded database first if necessary."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from osit_graphql.db.engine import Database
from osit_graphql.db.pooler import check_prepared_statements
from osit_graphql.db.schema import roles, version
from osit_graphql.db.schema.connection import schema_connection
from osit_graphql.domain.errors import SetupError, Unavailable
from osit_graphql.server.database_urls import DatabaseUrls
from osit_graphql.services.reports import rollup_jobs
from osit_graphql.settings import Settings


@asynccontextmanager
async def open_database(
    settings: Settings, urls: DatabaseUrls, *, migrate_schema: bool = False
) -> AsyncIterator[Database]:
    """Connect as the API's role. An external database is migrated only with `migrate_schema` and a URL of its owner.

    Raises `SetupError` for a schema of another release, and for a role that row-level security does not bind.
    """
    database = attach(urls.api, settings)
    try:
        if urls.superuser:
            needs_migration = not await _is_current(database)
        else:
            needs_migration = migrate_schema and urls.owner is not None
        if needs_migration:
            await migrate(urls)
        if not urls.superuser:
            await check_prepared_statements(database)
        if fault := await version.find_fault(database):
            raise SetupError(fault)
        await roles.check_serving_role(database)
        await rollup_jobs.set_initial_zone(database, settings.zone)
        yield database
    finally:
        await database.close()


async def _is_current(database: Database) -> bool:
    """Whether the API's role can connect and the schema has this release's revision, so that no migration is needed."""
    try:
        return await version.current(database) == version.head()
    except (SetupError, Unavailable):  # the role does not exist yet
        return False


async def migrate(urls: DatabaseUrls) -> None:
    """Migrate the schema as its owner, and grant access to the API's role."""
    from osit_graphql.db.schema import migrate as migrations  # noqa: PLC0415 - Alembic is slow to load, and rarely needed

    await _create_roles(urls)
    owner = Database(urls.owner or urls.api, pool_size=1, prepared_statements=False)
    try:
        await migrations.migrate(owner, serving=urls.api)
    finally:
        await owner.close()


async def prepare(urls: DatabaseUrls) -> None:
    """Create the role that the grants and policies of a backup name."""
    await _create_roles(urls)
    async with schema_connection(urls.owner or urls.api) as connection:
        await connection.run_sync(roles.create_api_role)


async def _create_roles(urls: DatabaseUrls) -> None:
    if urls.superuser is not None:
        superuser = Database(urls.superuser, pool_size=1)
        try:
            await roles.create_embedded_role(superuser)
        finally:
            await superuser.close()


@asynccontextmanager
async def open_replica(settings: Settings) -> AsyncIterator[Database | None]:
    """Connect to the replica for reports, None without one. If it is unreachable, only reports fail."""
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
    """Raise `SetupError` if row-level security does not bind the replica's role; an unreachable replica passes."""
    try:
        await check_prepared_statements(replica)
        await roles.check_serving_role(replica)
    except SetupError as error:
        raise SetupError(f"OSIT_REPLICA_URL: {error}") from error
    except Unavailable:
        return


def attach(url: str, settings: Settings) -> Database:
    """Create the connection pool for a URL, without connecting or checking anything."""
    return Database(
        url,
        pool_size=settings.database_pool,
        statement_timeout=settings.statement_timeout,
        lock_timeout=settings.lock_timeout,
        prepared_statements=settings.prepared_statements,
        connection_max_age=settings.database_connection_max_age,
    )
