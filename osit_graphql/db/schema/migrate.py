"""Bringing a database to the models, beside writers: one linear Alembic chain, a transaction for each of its revisions.

A lock has only one process do it. See docs/decisions/0024.
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
from osit_graphql.db.schema.version import current, find_chain, head, knows
from osit_graphql.domain.errors import SetupError
from osit_graphql.domain.viewer import System

LOCK = 0x05174AB1E  # any number of ours: whoever migrates holds this advisory lock
OURS = text("SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')")
WAIT = text("SELECT set_config('lock_timeout', :wait, true), set_config('statement_timeout', :most, true)")
UNHURRIED = text("SELECT set_config('idle_in_transaction_session_timeout', '0', true)")

# Seconds that a revision waits for its tables, and everybody behind it, before it lets them all pass and comes back.
# Below PostgreSQL's deadlock_timeout it is the migration that gives way; above it, a vacuum that runs by itself is.
PATIENCE = (0.5, 0.5, 1.5)
PAUSES = (0.1, 5.0)  # seconds: the first pause, doubled each time, and the longest
TRIES = 30
BUSY = {"55P03", "40P01"}  # a lock not had in time, a deadlock
CANCELLED = "57014"


class _Busy(Exception):
    """The tables were not had in time; nothing was done."""


@cache
def _chain() -> ScriptDirectory:
    return ScriptDirectory.from_config(_configuration())


def _configuration() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(find_chain()))
    return configuration


async def migrate(owner: Database, *, serving: str | None = None, to: str | None = None) -> None:
    """Bring the database to this code's revision, or to `to`; interrupted, it goes on from the last whole revision.

    `owner` connects as whoever owns the tables; `serving` is the address as which the API connects, to be let in.
    """
    guard = Database(owner.url.render_as_string(hide_password=False), pool_size=1, prepared_statements=False)
    try:
        async with guard.transaction(System.HEALTH) as session:
            await session.execute(UNHURRIED)
            await session.execute(WAIT, {"wait": "0", "most": "0"})
            await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            async with schema_connection(owner.url) as connection:
                await connection.run_sync(_prepare, serving)
            for revision in await _find_pending(owner, to or head()):
                await _step(owner, revision)
    finally:
        await guard.close()


def _prepare(connection: Connection, serving: str | None) -> None:
    """Have the roles, and refuse what the owner could not finish, before anything else is done."""
    roles.prepare(connection)
    if serving is not None:
        roles.admit(connection, make_url(serving))


async def _find_pending(owner: Database, target: str) -> list[str]:
    at = await current(owner)
    if at is not None and not knows(at):
        raise SetupError(f"The database is at {at}, the schema of a newer version: migrate with that one.")
    return [script.revision for script in _chain().iterate_revisions(target, at or "base")][::-1]


async def _step(owner: Database, revision: str) -> None:
    """Take one revision: whole, or not at all; those who use its tables go first, again and again if need be."""
    pause, longest = PAUSES
    for attempt in range(TRIES):
        try:
            async with schema_connection(owner.url) as connection:
                return await connection.run_sync(_upgrade, revision, PATIENCE[attempt % len(PATIENCE)])
        except _Busy:
            await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - a pause, not a secret
            pause = min(2 * pause, longest)
    raise SetupError(
        f"Somebody holds the tables that the revision {revision} changes (a backup, a long report, an open psql?):"
        " pg_stat_activity tells who. What was migrated before it stands; run `osit migrate` again to go on."
    )


def _upgrade(connection: Connection, revision: str, patience: float) -> None:
    _hold_writers(connection, f"{round(patience * 1000)}")
    configuration = _configuration()
    configuration.attributes["connection"] = connection
    try:
        command.upgrade(configuration, revision)
    except DBAPIError as error:
        if _state(error) in BUSY:
            raise _Busy from error
        raise
    serves = getattr(_chain().get_revision(revision).module, "serves", revision)
    connection.exec_driver_sql(f"COMMENT ON TABLE alembic_version IS '{serves}'")


def _hold_writers(connection: Connection, wait: str) -> None:
    """Have all tables at once, so that a writer is either done or waits at the door, and readers go on."""
    connection.execute(UNHURRIED)
    connection.execute(WAIT, {"wait": wait, "most": wait})
    there = set(connection.scalars(OURS))
    tables = [f"public.{table.name}" for table in Base.metadata.sorted_tables if table.name in there]
    try:
        if tables:
            connection.exec_driver_sql(f"LOCK TABLE {', '.join(tables)} IN SHARE ROW EXCLUSIVE MODE")
    except DBAPIError as error:
        if _state(error) in {*BUSY, CANCELLED}:
            raise _Busy from error
        raise
    connection.execute(WAIT, {"wait": wait, "most": "0"})


def _state(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)
