"""Without a viewer, a raw connection sees no rows, and a transaction raises an exception."""

import asyncio
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import pytest
from sqlalchemy import make_url, text

from osit_graphql.db.engine import Database, MissingViewerError, viewer_settings
from osit_graphql.db.models import Base
from osit_graphql.db.rls import TABLES_WITHOUT_RLS
from osit_graphql.db.rls.grants import GRANTS
from osit_graphql.db.rls.policies import TABLES_WITH_RLS
from osit_graphql.domain.enums import Action, Criticality, Role
from osit_graphql.domain.viewer import System, Viewer
from tests.desk import Desk
from tests.superuser import as_superuser

READABLE = sorted({name for name, granted in GRANTS.items() if granted} - set(TABLES_WITHOUT_RLS))


@pytest.fixture
async def busy(desk: Desk) -> Desk:
    """Provide a company with rows in every table."""
    number = await desk.company.ticket()
    evolution = await desk.company.ticket(criticality=Criticality.EVOLUTION)
    await desk.does("developer", Action.LOG_INTERVENTION, number, idempotencyKey="k")
    async with as_superuser(desk.company.database).transaction() as session:
        for statement in (
            "INSERT INTO meeting (title, held_at) VALUES ('x', now())",
            f"INSERT INTO agenda_item VALUES (1, {evolution}, 0)",
            "INSERT INTO identity VALUES ('https://id.example', 'subject', 1, now())",
            "INSERT INTO api_token VALUES (1, 'x', 1, 'x', '{READ_TICKETS}', now(), now() + interval '1 day')",
            "INSERT INTO sign_in_mark VALUES ('x', 1, now(), NULL, now())",
            "INSERT INTO cost_cell (part, span, service_id, part_id) VALUES (0, 1, 0, 1)",
            "INSERT INTO flow_cell (part, span, service_id, part_id) VALUES (0, 1, 0, 1)",
            "INSERT INTO recurrence_cell (span, service_id, application_id, cause_id) VALUES (1, 0, 1, 1)",
        ):
            await session.execute(text(statement))
    return desk


async def raw(database: Database) -> asyncpg.Connection:
    """Return a connection of the API's role, without settings."""
    url = make_url(str(database.url)).set(drivername="postgresql")
    return await asyncpg.connect(url.render_as_string(hide_password=False))


async def test_a_raw_connection_sees_no_row_of_any_table(busy: Desk) -> None:
    async with as_superuser(busy.company.database).reading() as session:
        expected_counts = {name: await session.scalar(text(f"SELECT count(*) FROM {name}")) for name in READABLE}
    assert all(expected_counts.values()), expected_counts
    assert set(TABLES_WITH_RLS) | set(TABLES_WITHOUT_RLS) >= set(Base.metadata.tables)
    connection = await raw(busy.company.database)
    try:
        counts = {
            name: await connection.fetchval(f"SELECT count(*) FROM {name}") for name in READABLE if name != "person"
        }
        assert await connection.fetchval("SELECT count(id) FROM person") == 0
        for name in set(GRANTS) - set(READABLE) - set(TABLES_WITHOUT_RLS):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetchval(f"SELECT count(*) FROM {name}")
        for expression in (
            "password_hash FROM person",
            "* FROM osit_sign_in('admin@example.com')",
            "* FROM osit_identity('https://id.example', 'subject')",
            "osit_own_password()",
        ):
            try:
                assert await connection.fetchval(f"SELECT {expression}") is None
            except asyncpg.InsufficientPrivilegeError:
                assert "password_hash" in expression
    finally:
        await connection.close()
    assert counts == dict.fromkeys(counts, 0)


async def test_a_raw_connection_writes_no_row(busy: Desk) -> None:
    connection = await raw(busy.company.database)
    try:
        for statement in ("INSERT INTO site (name, name_key) VALUES ('x', 'x')",):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
                await connection.execute(statement)
        for statement in ("UPDATE ticket SET title = 'x'", "DELETE FROM session_token", "UPDATE person SET name = 'x'"):
            assert (await connection.execute(statement)).endswith(" 0")
    finally:
        await connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE activity SET comment = 'y'",
        "DELETE FROM activity",
        "TRUNCATE activity",
        "INSERT INTO activity (transaction_id) VALUES ('1')",
        "INSERT INTO activity (id) VALUES (1)",
        "DELETE FROM ticket",
        "DELETE FROM intervention",
        "UPDATE intervention SET minutes = 1",
        "UPDATE ticket_document SET internal = false",
        "DELETE FROM cost_cell",
        "DELETE FROM person",
        "SELECT password_hash FROM person",
        "ALTER TABLE ticket DISABLE ROW LEVEL SECURITY",
        "CREATE TABLE mine (id integer)",
        "SET ROLE osit_test",
    ],
)
async def test_the_role_of_the_api_may_not_run(database: Database, statement: str) -> None:
    connection = await raw(database)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_a_transaction_without_a_viewer_raises(database: Database) -> None:
    untyped: Any = database
    with pytest.raises(TypeError):
        async with untyped.reading() as session:
            await session.execute(text("SELECT 1"))
    for nobody in (None, "1", 1):
        with pytest.raises(MissingViewerError):
            async with untyped.transaction(nobody) as session:
                await session.execute(text("SELECT 1"))
    await database.ping()


async def test_the_viewer_ends_with_the_transaction(database: Database) -> None:
    roles = text("SELECT current_setting('osit.roles', true)")
    single = Database(database.url.render_as_string(hide_password=False), pool_size=1)
    for begun in (single.reading, single.transaction):  # rolled back, and committed
        async with begun(Viewer(7, frozenset({Role.OPERATOR}))) as session:
            assert await session.scalar(roles) == "OPERATOR"
        async with single.reading(System.HEALTH) as session:
            assert await session.scalar(roles) == "system:health"
            assert not await session.scalar(text("SELECT current_setting('osit.person', true)"))
    await single.close()


async def test_a_connection_in_a_transaction_is_not_reused(database: Database) -> None:
    single = Database(database.url.render_as_string(hide_password=False), pool_size=1)
    connection = await single.acquire()
    dirty = connection.get_server_pid()
    await connection.execute(f"BEGIN; {viewer_settings(System.HEALTH)}")
    await single.release(connection)  # released in a transaction
    async with single.reading(System.HEALTH) as session:
        assert not await session.scalar(text("SELECT current_setting('osit.person', true)"))
        pid = await session.scalar(text("SELECT pg_backend_pid()"))
    if pid == dirty:  # asyncpg rolled it back
        async with as_superuser(database).reading() as session:
            assert await session.scalar(text(f"SELECT state FROM pg_stat_activity WHERE pid = {pid}")) == "idle"
    await single.close()


@pytest.mark.parametrize(
    "viewer",
    [Viewer("1; SELECT 1", frozenset({Role.ADMIN})), Viewer(1, frozenset({"ADMIN', true"}))],  # type: ignore[arg-type]
)
def test_the_settings_of_a_viewer_cannot_be_injected(viewer: Viewer) -> None:
    with pytest.raises(ValueError, match=r"invalid literal|not a valid"):
        viewer_settings(viewer)


async def test_a_hundred_concurrent_viewers_are_not_mixed_up(database: Database) -> None:
    async def ask(number: int) -> bool:
        async with pool.reading(Viewer(number, frozenset({Role.REQUESTER}))) as session:
            return bool(await session.scalar(text("SELECT current_setting('osit.person')::int")) == number)

    pool = Database(database.url.render_as_string(hide_password=False), pool_size=4)
    assert all(await asyncio.gather(*(ask(number) for number in range(1, 101))))
    await pool.close()
