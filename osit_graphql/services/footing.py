"""What the database itself says of how safely it stands: durability, version, accounts that anybody knows."""

from collections.abc import Collection

from sqlalchemy import select, text

from osit_graphql.database import Session
from osit_graphql.models import Person

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
    person = select(Person.email).where(Person.email.in_(addresses), Person.active, Person.password_hash.is_not(None))
    return sorted((await session.scalars(person)).all())
