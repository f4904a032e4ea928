"""Migrates a database while others write: one transaction per Alembic revision.

An advisory lock lets one process migrate at a time. See docs/decisions/0024.
"""

import asyncio
import random
from functools import cache

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import DBAPIError

from osit_graphql.db.engine import Database
from osit_graphql.db.models import Base
from osit_graphql.db.schema import roles
from osit_graphql.db.schema.connection import schema_connection
from osit_graphql.db.schema.version import current, find_migrations, head, is_known
from osit_graphql.domain.errors import SetupError
from osit_graphql.domain.viewer import System

MIGRATION_LOCK = 0x05174AB1E  # key of the advisory lock that a migration holds
PUBLIC_TABLES = text(
    "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
)
SET_TIMEOUTS = text("SELECT set_config('lock_timeout', :wait, true), set_config('statement_timeout', :most, true)")
SET_NO_IDLE_TIMEOUT = text("SELECT set_config('idle_in_transaction_session_timeout', '0', true)")

# A revision waits so long for its table locks, and other writers wait behind it. Then it retries after a pause.
# A value above PostgreSQL's deadlock_timeout (1 s) also cancels an autovacuum that holds a table.
LOCK_TIMEOUTS_S = (0.5, 0.5, 1.5)
RETRY_PAUSES_S = (0.1, 5.0)  # the first pause, doubled each time, and the longest
MAX_ATTEMPTS = 30
BUSY_STATES = {"55P03", "40P01"}  # lock_not_available, deadlock_detected
QUERY_CANCELED = "57014"


class _TablesBusyError(Exception):
    """The tables could not be locked in time; nothing was changed."""


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_configuration())


def _configuration() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(find_migrations()))
    return configuration


async def migrate(owner: Database, *, serving: str | None = None, to: str | None = None) -> None:
    """Migrate the database to this code's revision, or to `to`; run it again after an interruption.

    `owner` connects as the owner of the tables; `serving` is the URL of the serving role, which is granted access.
    """
    guard = Database(owner.url.render_as_string(hide_password=False), pool_size=1, prepared_statements=False)
    try:
        async with guard.transaction(System.HEALTH) as session:
            await session.execute(SET_NO_IDLE_TIMEOUT)
            await session.execute(SET_TIMEOUTS, {"wait": "0", "most": "0"})
            await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            async with schema_connection(owner.url) as connection:
                await connection.run_sync(_prepare, serving)
            for revision in await _find_pending(owner, to or head()):
                await _migrate_to(owner, revision)
    finally:
        await guard.close()


def _prepare(connection: Connection, serving: str | None) -> None:
    """Create the roles, or raise `SetupError`, before any revision runs."""
    roles.create_api_role(connection)
    if serving is not None:
        roles.grant_login(connection, make_url(serving))


async def _find_pending(owner: Database, target: str) -> list[str]:
    revision = await current(owner)
    if revision is not None and not is_known(revision):
        raise SetupError(
            f"The database is at revision {revision} of a newer version of OSIT. Migrate it with that version."
        )
    return [script.revision for script in _scripts().iterate_revisions(target, revision or "base")][::-1]


async def _migrate_to(owner: Database, revision: str) -> None:
    """Run one revision in a transaction; retry while other transactions hold its tables."""
    pause, longest = RETRY_PAUSES_S
    for attempt in range(MAX_ATTEMPTS):
        try:
            async with schema_connection(owner.url) as connection:
                return await connection.run_sync(_upgrade, revision, LOCK_TIMEOUTS_S[attempt % len(LOCK_TIMEOUTS_S)])
        except _TablesBusyError:
            await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - a pause, not a secret
            pause = min(2 * pause, longest)
    raise SetupError(
        f"Revision {revision} could not lock its tables (does a backup, a long report or an open psql hold them?)."
        " pg_stat_activity shows the holder. Earlier revisions are committed. Run `osit migrate` again to continue."
    )


def _upgrade(connection: Connection, revision: str, lock_timeout_s: float) -> None:
    _lock_tables(connection, f"{round(lock_timeout_s * 1000)}")
    configuration = _configuration()
    configuration.attributes["connection"] = connection
    try:
        command.upgrade(configuration, revision)
    except DBAPIError as error:
        if _state(error) in BUSY_STATES:
            raise _TablesBusyError from error
        raise
    serves = getattr(_scripts().get_revision(revision).module, "serves", revision)
    connection.exec_driver_sql(f"COMMENT ON TABLE alembic_version IS '{serves}'")


def _lock_tables(connection: Connection, wait: str) -> None:
    """Lock all tables against writers; running writers finish first, and readers continue."""
    connection.execute(SET_NO_IDLE_TIMEOUT)
    connection.execute(SET_TIMEOUTS, {"wait": wait, "most": wait})
    existing = set(connection.scalars(PUBLIC_TABLES))
    tables = [f"public.{table.name}" for table in Base.metadata.sorted_tables if table.name in existing]
    try:
        if tables:
            connection.exec_driver_sql(f"LOCK TABLE {', '.join(tables)} IN SHARE ROW EXCLUSIVE MODE")
    except DBAPIError as error:
        if _state(error) in {*BUSY_STATES, QUERY_CANCELED}:
            raise _TablesBusyError from error
        raise
    connection.execute(SET_TIMEOUTS, {"wait": wait, "most": "0"})


def _state(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)
