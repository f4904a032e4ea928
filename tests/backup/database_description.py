"""Description of a database, to compare two of them: policies, grants, functions, constraints and all rows."""

from typing import Any

from sqlalchemy import text

from tests.superuser import Superuser

TABLES = "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"
# Without the names of owners, which differ after a restore.
PARTS = {
    "row security": """
        SELECT relname::text, relrowsecurity, relforcerowsecurity FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1
    """,
    "policies": """
        SELECT tablename::text, policyname::text, permissive, array_replace(roles, :owner, '(owner)')::text[], cmd,
            qual, with_check FROM pg_policies ORDER BY 1, 2
    """,
    "grants": """
        SELECT table_name::text, privilege_type, string_agg(column_name, ',' ORDER BY column_name)
        FROM information_schema.role_column_grants WHERE grantee = 'osit_api' GROUP BY 1, 2 ORDER BY 1, 2
    """,
    "privileges on tables": """
        SELECT table_name::text, privilege_type FROM information_schema.role_table_grants
        WHERE grantee IN ('osit_api', 'PUBLIC') AND table_schema = 'public' ORDER BY 1, 2
    """,
    "functions": """
        SELECT oid::regprocedure::text, pg_get_functiondef(oid), has_function_privilege('osit_api', oid, 'EXECUTE')
        FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind = 'f' ORDER BY 1
    """,
    "triggers": """
        SELECT tgrelid::regclass::text, pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE NOT tgisinternal
        ORDER BY 1, 2
    """,
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2
    """,
    "indexes": "SELECT indexname::text, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
    "views": """
        SELECT oid::regclass::text, pg_get_viewdef(oid), reloptions FROM pg_class
        WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace ORDER BY 1
    """,
    "sequences": "SELECT sequencename::text, last_value FROM pg_sequences ORDER BY 1",
}


async def describe(database: Superuser, owner: str) -> dict[str, Any]:
    """Return each part, and for each table its number of rows and one hash over all of them."""
    async with database.reading() as session:
        description: dict[str, Any] = {
            name: [
                tuple(row) for row in await session.execute(text(query), {"owner": owner} if ":owner" in query else {})
            ]
            for name, query in PARTS.items()
        }
        for table in (await session.scalars(text(TABLES))).all():
            statement = f"SELECT count(*), md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) FROM {table} t"
            description[f"rows of {table}"] = tuple((await session.execute(text(statement))).one())
        return description
