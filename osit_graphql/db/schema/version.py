"""Which revision the code needs, and which the database is at: all that whoever serves has to know of the chain.

Alembic, which takes the steps, is loaded where there are steps to take.
"""

from functools import cache
from pathlib import Path

from sqlalchemy import text

from osit_graphql.db.engine import Database
from osit_graphql.domain.viewer import System

READABLE = text("SELECT has_table_privilege(to_regclass('public.alembic_version'), 'SELECT')")
AT = text("SELECT version_num FROM public.alembic_version")
SERVES = text("SELECT obj_description(to_regclass('public.alembic_version'), 'pg_class')")

NONE = "The database is not at this version's schema: run `osit migrate` first."
NEWER = "The database is at {0}, the schema of a newer version which this one can't serve: start that version."


def find_chain() -> Path:
    """Find the migrations: beside the package in a checkout, inside it in a wheel."""
    package = Path(__file__).parent.parent.parent
    places = (package / "migrations", package.parent / "migrations")
    return next(place for place in places if place.is_dir())


@cache
def list_revisions() -> list[str]:
    """Return the revisions in their order: each file name begins with its revision (see `tests/architecture`)."""
    return sorted(file.name.partition("_")[0] for file in find_chain().glob("versions/[0-9]*.py"))


def head() -> str:
    """Return the revision that this code needs."""
    return list_revisions()[-1]


def knows(revision: str) -> bool:
    """Whether a revision is one of this code's chain; a newer version's is not."""
    return revision in list_revisions()


async def current(database: Database) -> str | None:
    """Return the database's revision; None when it is empty, or was never opened to whoever asks."""
    async with database.reading(System.HEALTH) as session:
        if not await session.scalar(READABLE):
            return None
        revision: str | None = await session.scalar(AT)
        return revision


async def find_fault(database: Database) -> str | None:
    """Say why this code can't serve the database as it is; None when it can.

    A newer version's schema tells how old the code may be that still works on it: `serves`, in its last revision.
    """
    at = await current(database)
    if at == head():
        return None
    if at is None or knows(at):
        return NONE
    async with database.reading(System.HEALTH) as session:
        serves = await session.scalar(SERVES)
    return None if serves is not None and knows(serves) else NEWER.format(at)
