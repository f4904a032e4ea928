"""Bringing a database to the models: one linear Alembic chain, run under a lock so that only one process does it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, make_url, text

from osit_graphql import roles
from osit_graphql.database import Database
from osit_graphql.viewer import System

LOCK = 0x05174AB1E  # any number of ours: whoever migrates holds this advisory lock
READABLE = text("SELECT has_table_privilege(to_regclass('public.alembic_version'), 'SELECT')")


def _configuration() -> Config:
    """Find the chain: beside the package in a checkout, inside it in a wheel."""
    package = Path(__file__).parent
    places = (package / "migrations", package.parent / "migrations")
    configuration = Config()
    configuration.set_main_option("script_location", str(next(place for place in places if place.is_dir())))
    return configuration


def _upgrade(connection: Connection, serving: str | None) -> None:
    connection.execute(text("SELECT set_config('lock_timeout', '0', true), set_config('statement_timeout', '0', true)"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    roles.prepare(connection)
    configuration = _configuration()
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, "head")
    if serving is not None:
        roles.admit(connection, make_url(serving))


def head() -> str:
    """Return the revision that this code needs."""
    revision = ScriptDirectory.from_config(_configuration()).get_current_head()
    if revision is None:
        raise RuntimeError("the chain of migrations is empty")
    return revision


def knows(revision: str) -> bool:
    """Whether a revision is one of this code's chain; a newer version's is not."""
    try:
        return ScriptDirectory.from_config(_configuration()).get_revision(revision) is not None
    except CommandError:
        return False


async def migrate(owner: Database, *, serving: str | None = None) -> None:
    """Bring the database to this code's revision, in one transaction: whole, or not at all.

    `owner` connects as whoever owns the tables; `serving` is the address as which the API connects, to be let in.
    """
    async with owner.transaction(System.HEALTH) as session:
        await session.run_sync(_upgrade, serving)


async def current(database: Database) -> str | None:
    """Return the database's revision; None when it is empty, or was never opened to whoever asks."""
    async with database.reading(System.HEALTH) as session:
        if not await session.scalar(READABLE):
            return None
        return await session.run_sync(lambda c: MigrationContext.configure(c).get_current_revision())
