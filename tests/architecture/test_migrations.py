"""The migrations end in the tables that the models describe."""

from typing import Any

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from osit_graphql.db.engine import Database
from osit_graphql.db.models import Base
from osit_graphql.db.models.tickets import ROW_CHECKS
from osit_graphql.db.schema import version
from osit_graphql.db.schema.migrate import _configuration
from tests.superuser import as_superuser, rolled_back_connection

PARTS = {
    # Constraint triggers exist in migrations only: models cannot express them. So do the CHECKs of whole rows, whose
    # functions need the table.
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 't'
            AND conname NOT IN ('ticket_row_check', 'activity_row_check') ORDER BY 1, 2
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

ROW_CHECK = """
SELECT conrelid::regclass::text, pg_get_constraintdef(pg_constraint.oid), prosrc, provolatile, proparallel
FROM pg_constraint JOIN pg_proc ON proname = 'osit_check_' || conrelid::regclass
WHERE conname = conrelid::regclass || '_row_check'
"""
LAST_WITHOUT_ROLLING_UPGRADES = "0016"  # each revision up to it serves only the code of its own release


def describe(connection: Connection) -> dict[str, list[Any]]:
    """Return PostgreSQL's description of the tables, without those of Alembic."""
    rows_by_part = {name: [tuple(row) for row in connection.execute(text(query))] for name, query in PARTS.items()}
    return {name: [row for row in rows if not row[0].startswith("alembic_")] for name, rows in rows_by_part.items()}


def rebuild(connection: Connection) -> dict[str, list[Any]]:
    """Replace the migrated tables by those of the models, and describe them."""
    connection.execute(text("DROP SCHEMA public CASCADE"))
    connection.execute(text("CREATE SCHEMA public"))
    Base.metadata.create_all(connection)
    return describe(connection)


async def test_migrated_tables_match_the_models(database: Database) -> None:
    async with rolled_back_connection(as_superuser(database)) as connection:
        migrated = await connection.run_sync(describe)
        modelled = await connection.run_sync(rebuild)
    assert modelled == migrated
    assert all(migrated.values())


async def test_rows_of_tickets_and_history_are_checked_as_the_models_say(database: Database) -> None:
    async with as_superuser(database).reading() as session:
        held = {tuple(row) for row in await session.execute(text(ROW_CHECK))}
    assert held == {
        (table, f"CHECK (osit_check_{table}({table}.*))", body, b"i", b"s") for table, body in ROW_CHECKS.items()
    }


def test_the_revisions_have_no_branches() -> None:
    chain = ScriptDirectory.from_config(_configuration())
    steps = list(chain.walk_revisions())
    assert len(chain.get_heads()) == len(chain.get_bases()) == 1
    assert [step.revision for step in steps if step.is_merge_point or step.is_branch_point] == []


def test_file_names_sort_in_the_order_of_revisions() -> None:
    chain = ScriptDirectory.from_config(_configuration())
    assert version.list_revisions() == [step.revision for step in chain.walk_revisions()][::-1]


def test_each_revision_names_the_oldest_revision_whose_code_it_serves() -> None:
    chain = ScriptDirectory.from_config(_configuration())
    serves_by_revision = {step.revision: getattr(step.module, "serves", None) for step in chain.walk_revisions()}
    rolling = {
        revision: serves for revision, serves in serves_by_revision.items() if revision > LAST_WITHOUT_ROLLING_UPGRADES
    }
    assert {
        revision for revision, serves in rolling.items() if serves not in serves_by_revision or serves > revision
    } == set()
