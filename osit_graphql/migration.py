"""Bringing a database to the models: one linear Alembic chain, run under a lock so that only one process does it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from osit_graphql.database import Database

LOCK = 0x05174AB1E  # any number of ours: whoever migrates holds this advisory lock


def _configuration() -> Config:
    """Find the chain: beside the package in a checkout, inside it in a wheel."""
    package = Path(__file__).parent
    places = (package / "migrations", package.parent / "migrations")
    configuration = Config()
    configuration.set_main_option("script_location", str(next(place for place in places if place.is_dir())))
    return configuration


def _upgrade(connection: Connection) -> None:
    connection.execute(text("SELECT set_config('lock_timeout', '0', true), set_config('statement_timeout', '0', true)"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    configuration = _configuration()
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, "head")


def head() -> str:
    """Return the revision that this code needs."""
    revision = ScriptDirectory.from_config(_configuration()).get_current_head()
    if revision is None:
        raise RuntimeError("the chain of migrations is empty")
    return revision


async def migrate(database: Database) -> None:
    """Bring the database to this code's revision, in one transaction: whole, or not at all."""
    async with database.transaction() as session:
        await session.run_sync(_upgrade)


async def current(database: Database) -> str | None:
    """Return the database's revision, None when it is empty."""
    async with database.reading() as session:
        return await session.run_sync(lambda c: MigrationContext.configure(c).get_current_revision())
