"""Policies, grants and functions in PostgreSQL equal those that are rendered from `visibility`."""

from typing import Any

from sqlalchemy import text, true

from osit_graphql.db import visibility
from osit_graphql.db.engine import Database, Session
from osit_graphql.db.rls import API_ROLE, NOT_FORCED
from osit_graphql.db.rls.ddl import grant, list_functions, protect_table, render
from osit_graphql.db.rls.functions import FUNCTIONS
from osit_graphql.db.rls.grants import EXECUTABLE_FUNCTIONS, GRANTS, grant_functions
from osit_graphql.db.rls.policies import TABLES_WITH_RLS, list_policies
from tests.superuser import OWNER, as_superuser, rolled_back

POLICIES = """
SELECT tablename, policyname, cmd, permissive, roles::text[], qual, with_check FROM pg_policies
WHERE schemaname = 'public' ORDER BY 1, 2
"""
FLAGS = "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = ANY (:tables) ORDER BY 1"
PRIVILEGES = """
SELECT relname, attname, privilege_type FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0,
    LATERAL aclexplode(attacl) WHERE grantee = 'osit_api'::regrole AND relnamespace = 'public'::regnamespace
UNION ALL SELECT relname, NULL, privilege_type FROM pg_class, LATERAL aclexplode(relacl)
WHERE grantee = 'osit_api'::regrole AND relnamespace = 'public'::regnamespace ORDER BY 1, 2, 3
"""
FUNCTIONS_HELD = """
SELECT proname, pg_get_functiondef(oid), proacl::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    AND prokind = 'f' AND prosecdef ORDER BY 1
"""


async def describe(session: Session) -> dict[str, list[Any]]:
    """Return policies, flags, privileges and functions."""
    queries = {"policies": POLICIES, "flags": FLAGS, "privileges": PRIVILEGES, "functions": FUNCTIONS_HELD}
    return {
        name: [
            tuple(row)
            for row in await session.execute(text(query), {"tables": TABLES_WITH_RLS} if ":t" in query else {})
        ]
        for name, query in queries.items()
    }


async def rebuild(session: Session) -> None:
    """Drop row-level security and create it from the code."""
    for name, table in (await session.execute(text("SELECT policyname, tablename FROM pg_policies"))).all():
        await session.execute(text(f"DROP POLICY {name} ON {table}"))
    for table in TABLES_WITH_RLS:
        await session.connection.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        await session.connection.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    await session.connection.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {API_ROLE}")
    await session.connection.execute(f"GRANT EXECUTE ON FUNCTION {', '.join(EXECUTABLE_FUNCTIONS)} TO PUBLIC")
    await session.connection.execute(f"SET LOCAL ROLE {OWNER}")
    tables = (
        statement for name in GRANTS for statement in (protect_table(name) if name in TABLES_WITH_RLS else grant(name))
    )
    for statement in (*list_functions(), *tables, *grant_functions()):
        await session.connection.execute(statement)
    await session.connection.execute("RESET ROLE")


async def test_policies_in_postgresql_equal_the_rendered_ones(database: Database) -> None:
    async with rolled_back(as_superuser(database)) as session:
        present = await describe(session)
        await rebuild(session)
        rendered = await describe(session)
    for part in present:
        assert present[part] == rendered[part], part
    assert all(present.values())
    assert {(name, enabled, forced) for name, enabled, forced in present["flags"]} == {
        (name, True, name not in NOT_FORCED) for name in TABLES_WITH_RLS
    }


async def test_a_changed_policy_is_reported(database: Database) -> None:
    async with rolled_back(as_superuser(database)) as session:
        present = await describe(session)
        for change, part in (
            ("ALTER POLICY ticket_select ON ticket USING (true)", "policies"),
            ("CREATE POLICY more ON person FOR SELECT TO PUBLIC USING (true)", "policies"),
            ("ALTER TABLE activity NO FORCE ROW LEVEL SECURITY", "flags"),
            ("GRANT DELETE ON activity TO osit_api", "privileges"),
            ("GRANT SELECT (password_hash) ON person TO osit_api", "privileges"),
            ("GRANT EXECUTE ON FUNCTION osit_own_password() TO PUBLIC", "functions"),
            ("ALTER FUNCTION osit_met(bigint) RESET search_path", "functions"),
        ):
            await session.connection.execute(change)
            assert (await describe(session))[part] != present[part], change
        await rebuild(session)


def test_a_change_of_visibility_changes_the_policies(monkeypatch: Any) -> None:
    before = {policy.name: render(policy.using, policy.table) for policy in list_policies() if policy.using is not None}
    monkeypatch.setattr(visibility, "tickets_of_role", lambda _role, _viewer: true())
    after = {policy.name: render(policy.using, policy.table) for policy in list_policies() if policy.using is not None}
    changed = {name for name, condition in before.items() if after[name] != condition}
    assert {"ticket_select", "ticket_update", "activity_select", "intervention_select", "agenda_item_select"} <= changed


def test_every_function_of_policies_is_granted() -> None:
    names = {function.signature.partition("(")[0] for function in FUNCTIONS}
    assert names <= {signature.partition("(")[0] for signature in EXECUTABLE_FUNCTIONS}
