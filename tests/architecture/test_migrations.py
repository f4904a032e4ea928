"""The chain of migrations leads to the models: what is migrated is what the code believes in."""

from typing import Any

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from osit_graphql.db.engine import Database
from osit_graphql.db.models import Base
from osit_graphql.db.schema import version
from osit_graphql.db.schema.migrate import _configuration
from tests.behind import behind, unkept

PARTS = {
    # Constraint triggers are the migrations' own: they hold what no model can say.
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 't' ORDER BY 1, 2
    """,
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2",
    "columns": """
        SELECT attrelid::regclass::text, attname, format_type(atttypid, atttypmod), attnotnull, attidentity,
               attgenerated, attcollation::regcollation::text, pg_get_expr(adbin, adrelid)
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped ORDER BY 1, 2
    """,
}

ALONE = "0016"  # the last revision of before rolling upgrades: each until then serves its own code only


def describe(connection: Connection) -> dict[str, list[Any]]:
    """Return what PostgreSQL knows of the tables, the chain's own apart."""
    found = {name: [tuple(row) for row in connection.execute(text(query))] for name, query in PARTS.items()}
    return {name: [row for row in rows if not row[0].startswith("alembic_")] for name, rows in found.items()}


def rebuild(connection: Connection) -> dict[str, list[Any]]:
    """Build the tables from the models alone, in place of the migrated ones, and describe them."""
    connection.execute(text("DROP SCHEMA public CASCADE"))
    connection.execute(text("CREATE SCHEMA public"))
    Base.metadata.create_all(connection)
    return describe(connection)


async def test_what_is_migrated_is_what_the_models_say(database: Database) -> None:
    async with unkept(behind(database)) as connection:
        migrated = await connection.run_sync(describe)
        modelled = await connection.run_sync(rebuild)
    assert modelled == migrated
    assert all(migrated.values())


def test_the_chain_is_one_line() -> None:
    chain = ScriptDirectory.from_config(_configuration())
    steps = list(chain.walk_revisions())
    assert len(chain.get_heads()) == len(chain.get_bases()) == 1
    assert [step.revision for step in steps if step.is_merge_point or step.is_branch_point] == []


def test_files_are_named_by_their_revision_in_the_order_of_the_chain() -> None:
    chain = ScriptDirectory.from_config(_configuration())
    assert version.list_revisions() == [step.revision for step in chain.walk_revisions()][::-1]


def test_each_revision_says_how_old_the_code_may_be_that_it_still_serves() -> None:
    chain = ScriptDirectory.from_config(_configuration())
    said = {step.revision: getattr(step.module, "serves", None) for step in chain.walk_revisions()}
    late = {revision: serves for revision, serves in said.items() if revision > ALONE}
    assert {revision for revision, serves in late.items() if serves not in said or serves > revision} == set()
