"""Checks before a backup or a restore: the role, the tables, and whether row-level security hides rows."""

from dataclasses import dataclass

from sqlalchemy import text

from osit_graphql.db.engine import Session


@dataclass(frozen=True)
class DatabaseState:
    """A database before a backup or a restore."""

    role: str
    major: int
    tables: int
    revision: str | None
    hidden_table: str | None
    """A table with rows that the role cannot read; None if it reads all rows."""


# FORCE ROW LEVEL SECURITY binds the owner too, so a separate policy lets the owner read every row (`db.rls`).
_HIDDEN_TABLE = """
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
_STATE = """
SELECT current_user::text AS role, current_setting('server_version_num')::integer / 10000 AS major,
    (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')) AS tables
"""


async def inspect_database(session: Session, revision: str | None) -> DatabaseState:
    """Return the state of the database for the role of this session."""
    row = (await session.execute(text(_STATE))).one()
    hidden_table = await session.scalar(text(_HIDDEN_TABLE))
    return DatabaseState(row.role, row.major, row.tables, revision, hidden_table)


async def refresh_statistics(session: Session) -> None:
    """Run ANALYZE after a restore."""
    await session.execute(text("SET LOCAL statement_timeout = 0"))
    await session.execute(text("ANALYZE"))
