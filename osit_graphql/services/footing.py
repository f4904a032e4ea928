"""What the database itself says of how safely it stands: durability, version, accounts that anybody knows."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select, text

from osit_graphql.db.engine import Session
from osit_graphql.db.models import Person

OLDEST = 15
# The first minor of each major without a known hole in row-level security or in dumps (CVE-2025-8713, -8714, -8715).
MENDED = {15: 14, 16: 10, 17: 6}
DURABLE = {
    "fsync": "what was acknowledged may be gone after a power cut",
    "full_page_writes": "a power cut may leave half-written pages",
    "synchronous_commit": "what was acknowledged may be gone after a crash",
}


async def judge_server(session: Session) -> list[str]:
    """Return a sentence for each setting or version of the server's that an installation can't stand on."""
    found = await session.execute(
        text("SELECT name, setting FROM pg_settings WHERE name = ANY (:names)"),
        {"names": ["server_version_num", *DURABLE]},
    )
    values = {row.name: row.setting for row in found}
    gaps = [
        f"PostgreSQL runs with {name} = off: {danger}; set it on."
        for name, danger in DURABLE.items()
        if values[name] == "off"
    ]
    major, minor = divmod(int(values["server_version_num"]), 10_000)
    if major < OLDEST:
        gaps.append(f"PostgreSQL {major} is too old: OSIT needs {OLDEST} or later.")
    elif minor < MENDED.get(major, 0):
        gaps.append(f"PostgreSQL {major}.{minor} has known holes: {major}.{MENDED[major]} or later mends them.")
    return gaps


async def find_open_accounts(session: Session, addresses: Collection[str]) -> list[str]:
    """Return which of these addresses can sign in."""
    person = select(Person.email).where(Person.email.in_(addresses), Person.active, Person.signs_in)
    return sorted((await session.scalars(person)).all())


@dataclass(frozen=True)
class Ground:
    """A database, as a backup finds it."""

    role: str
    major: int
    tables: int
    revision: str | None
    hidden: str | None
    """A table whose rows are not all shown to who asks; None when everything is."""


# The owner is shown everything by a policy of its own (`wall`), not by being the owner: FORCE holds it too.
_SHOWN = """
SELECT min(relname)::text FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    AND (NOT has_table_privilege(oid, 'SELECT') OR row_security_active(oid) AND (
        EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND NOT polpermissive)
        OR NOT EXISTS (
            SELECT FROM pg_policy, unnest(polroles) AS role
            WHERE polrelid = pg_class.oid AND polpermissive AND polcmd IN ('*', 'r')
                AND pg_get_expr(polqual, polrelid) = 'true' AND (role = 0 OR pg_has_role(role, 'USAGE'))
        )
    ))
"""
_GROUND = """
SELECT current_user::text AS role, current_setting('server_version_num')::integer / 10000 AS major,
    (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')) AS tables
"""


async def look(session: Session, revision: str | None) -> Ground:
    """Return what there is to back up, and whether whoever asks would be shown all of it."""
    found = (await session.execute(text(_GROUND))).one()
    hidden = await session.scalar(text(_SHOWN))
    return Ground(found.role, found.major, found.tables, revision, hidden)


async def refresh_statistics(session: Session) -> None:
    """Have the planner know what a restored database holds."""
    await session.execute(text("SET LOCAL statement_timeout = 0"))
    await session.execute(text("ANALYZE"))
