"""Every table has row-level security, by PostgreSQL's catalogue; a start is refused if one has not."""

from typing import Any

import pytest
from sqlalchemy import text

from osit_graphql.db.engine import Database
from osit_graphql.db.models import Base
from osit_graphql.db.rls import API_ROLE, NOT_FORCED, TABLES_WITHOUT_RLS
from osit_graphql.db.rls.policies import TABLES_WITH_RLS
from osit_graphql.db.schema import roles
from osit_graphql.domain.errors import SetupError
from tests.superuser import SERVING, as_superuser

TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'f')"
ESCAPING = f"{TABLES} AND NOT (relrowsecurity AND relforcerowsecurity)"
WITHOUT_POLICY = f"{TABLES} AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND polcmd = 'r')"
# Each returns objects that must not exist.
FAULTS = {
    "a policy for everybody": "SELECT policyname FROM pg_policies WHERE 'public' = ANY (roles)",
    "a policy for another role": """
        SELECT policyname FROM pg_policies JOIN pg_class ON relname = tablename
        WHERE roles <> ARRAY['osit_api']::name[] AND roles <> ARRAY[pg_get_userbyid(relowner)]
    """,
    "a restrictive one, which reads as a permissive one": "SELECT 1 FROM pg_policies WHERE permissive <> 'PERMISSIVE'",
    "an always true one": """
        SELECT policyname FROM pg_policies WHERE roles = ARRAY['osit_api']::name[]
            AND 'true' IN (qual, with_check, '(' || qual || ')')
    """,
    "a write without a check": """
        SELECT policyname FROM pg_policies WHERE cmd IN ('INSERT', 'UPDATE') AND with_check IS NULL
    """,
    "a view with its owner's permissions": """
        SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'v'
            AND NOT coalesce('security_invoker=true' = ANY (reloptions), false)
    """,
    "a materialized view": "SELECT relname FROM pg_class WHERE relkind = 'm' AND relnamespace = 'public'::regnamespace",
    "a SECURITY DEFINER function without a search_path": """
        SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace
            AND NOT coalesce('search_path=pg_catalog, public, pg_temp' = ANY (proconfig), false)
    """,
    "a SECURITY DEFINER function for everybody": """
        SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace
            AND prorettype <> 'trigger'::regtype AND proname NOT IN ('osit_settle_occurrence')
            AND (proacl IS NULL OR EXISTS (SELECT FROM aclexplode(proacl) WHERE grantee = 0))
    """,
    "a grant to everybody": """
        SELECT relname FROM pg_class, aclexplode(relacl) WHERE grantee = 0 AND relnamespace = 'public'::regnamespace
    """,
    "an object owned by the API_ROLE": """
        SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) IN ('osit_api', 'osit_test_api')
    """,
    "an enumerated type, for which policies prevent indexes": "SELECT typname FROM pg_type WHERE typtype = 'e'",
}


async def find(database: Database, statement: str) -> set[str]:
    """Return the rows of a statement."""
    async with as_superuser(database).reading() as session:
        return set(await session.scalars(text(statement)))


async def test_every_table_has_row_level_security(database: Database) -> None:
    assert await find(database, TABLES) == set(TABLES_WITH_RLS) | set(TABLES_WITHOUT_RLS) >= set(Base.metadata.tables)
    assert await find(database, ESCAPING) == set(TABLES_WITHOUT_RLS) | set(NOT_FORCED)
    assert await find(database, WITHOUT_POLICY) == set(TABLES_WITHOUT_RLS)
    assert (set(TABLES_WITHOUT_RLS), set(NOT_FORCED)) == (
        {"alembic_version", "report_zone", "search_rebuild"},
        {"ticket_document"},
    )


@pytest.mark.parametrize("fault", FAULTS)
async def test_the_catalogue_has_no_fault(database: Database, fault: str) -> None:
    assert await find(database, FAULTS[fault]) == set()


def outside_of_subselects(clause: str) -> str:
    """Return a policy without sub-selects that read no table, which are evaluated once."""
    while (start := clause.rfind("( SELECT ")) >= 0:
        depth, end = 0, start
        while depth or end == start:
            depth += (clause[end] == "(") - (clause[end] == ")")
            end += 1
        clause = clause[:start] + ("<rows>" if "\n   FROM " in clause[start:end] else "<once>") + clause[end:]
    return clause


async def test_settings_are_evaluated_once_per_statement(database: Database) -> None:
    clauses = await find(database, "SELECT coalesce(qual, '') || coalesce(with_check, '') FROM pg_policies")
    assert any("current_setting" in clause for clause in clauses)
    assert [clause for clause in clauses if "current_setting" in outside_of_subselects(clause)] == []
    assert "current_setting" in outside_of_subselects("((id = (current_setting('osit.x'))::int) OR ( SELECT true))")


async def test_the_roles_of_the_api_have_no_privileges(database: Database) -> None:
    special = "rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls"
    privileged = f"SELECT rolname FROM pg_roles WHERE rolname IN ('{API_ROLE}', '{SERVING}') AND ({special})"
    assert await find(database, privileged) == set()
    await roles.check_serving_role(database)


@pytest.mark.parametrize(
    ("statements", "undo", "message"),
    [
        (
            ["CREATE TABLE loose (id integer)", "GRANT SELECT ON loose TO osit_api"],
            ["DROP TABLE loose"],
            "The table loose has no row-level security",
        ),
        (
            ["ALTER TABLE activity NO FORCE ROW LEVEL SECURITY"],
            ["ALTER TABLE activity FORCE ROW LEVEL SECURITY"],
            "The table activity has no row-level",
        ),
        (
            ["ALTER TABLE ticket DISABLE ROW LEVEL SECURITY"],
            ["ALTER TABLE ticket ENABLE ROW LEVEL SECURITY"],
            "The table ticket has no row-level",
        ),
    ],
)
async def test_a_start_without_complete_row_level_security_is_refused(
    database: Database, statements: list[str], undo: list[str], message: str
) -> None:
    async def run(some: list[str]) -> None:
        async with as_superuser(database).transaction() as session:
            for statement in some:
                await session.execute(text(statement))

    await run(statements)
    try:
        with pytest.raises(SetupError, match=message):
            await roles.check_serving_role(database)
    finally:
        await run(undo)
    await roles.check_serving_role(database)


async def test_a_superuser_may_not_serve(database: Database, admin: Any) -> None:
    with pytest.raises(
        SetupError, match=r"is a superuser, so row-level security does not apply to it: set OSIT_DATABASE_URL"
    ):
        await roles.check_serving_role(admin)
