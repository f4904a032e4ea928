"""Compares the revision of the database with the revision that this code needs.

It works without Alembic, which only a migration loads.
"""

from functools import cache
from pathlib import Path

from sqlalchemy import text

from osit_graphql.db.engine import Database
from osit_graphql.domain.viewer import System

MAY_READ_VERSION = text("SELECT has_table_privilege(to_regclass('public.alembic_version'), 'SELECT')")
SELECT_REVISION = text("SELECT version_num FROM public.alembic_version")
SELECT_SERVES = text("SELECT obj_description(to_regclass('public.alembic_version'), 'pg_class')")

SCHEMA_TOO_OLD = "The database does not have this version's schema: run `osit migrate` first."
SCHEMA_TOO_NEW = (
    "The database is at revision {0} of a newer version of OSIT, which this version can't serve: start that version."
)


def find_migrations() -> Path:
    """Return the folder of the migrations: beside the package in a checkout, inside it in a wheel."""
    package = Path(__file__).parent.parent.parent
    places = (package / "migrations", package.parent / "migrations")
    return next(place for place in places if place.is_dir())


@cache
def list_revisions() -> list[str]:
    """Return the revisions in their order: each file name begins with its revision (see `tests/architecture`)."""
    return sorted(file.name.partition("_")[0] for file in find_migrations().glob("versions/[0-9]*.py"))


def head() -> str:
    """Return the revision that this code needs."""
    return list_revisions()[-1]


def is_known(revision: str) -> bool:
    """Whether this code has the revision; it does not have those of newer versions."""
    return revision in list_revisions()


async def current(database: Database) -> str | None:
    """Return the database's revision; None when it is empty, or when this role may not read the revision."""
    async with database.reading(System.HEALTH) as session:
        if not await session.scalar(MAY_READ_VERSION):
            return None
        revision: str | None = await session.scalar(SELECT_REVISION)
        return revision


async def find_fault(database: Database) -> str | None:
    """Return why this code can't serve the database; None when it can.

    A newer schema declares `serves`: the oldest revision whose code still works with it.
    """
    revision = await current(database)
    if revision == head():
        return None
    if revision is None or is_known(revision):
        return SCHEMA_TOO_OLD
    async with database.reading(System.HEALTH) as session:
        serves = await session.scalar(SELECT_SERVES)
    return None if serves is not None and is_known(serves) else SCHEMA_TOO_NEW.format(revision)
