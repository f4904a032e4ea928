"""Connections of the pool are reused, never a broken one, and never with settings of the last viewer."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import pytest
from sqlalchemy import BigInteger, Select, column, func, literal, select, table, text

from osit_graphql.db import statements
from osit_graphql.db.engine import Database, TransactionOverError
from osit_graphql.db.statements import param
from osit_graphql.domain.enums import Role
from osit_graphql.domain.errors import Unavailable
from osit_graphql.domain.viewer import System, Viewer
from tests.superuser import as_superuser

SOMEBODY, ANOTHER = (Viewer(number, frozenset({Role.OPERATOR})) for number in (7, 8))
TECHNICIAN = Viewer(8, frozenset({Role.TECHNICIAN, Role.MANAGER}), 3)
PID = select(func.pg_backend_pid())
WHO = text("SELECT current_setting('osit.person', true) || ' ' || current_setting('osit.roles', true)")
TWICE = (
    "CREATE TEMPORARY TABLE twice (n integer UNIQUE DEFERRABLE INITIALLY DEFERRED) ON COMMIT DROP",
    "INSERT INTO twice VALUES (1), (1)",
)
SLEEP = text("SELECT pg_sleep(60)")
CHANGING = table("changing", column("n"))
SETTINGS = ("osit.person", "osit.roles", "osit.service", "transaction_isolation", "transaction_read_only")
READS = ("repeatable read", "on")
WRITES = ("read committed", "off")
STATE = "SELECT state FROM pg_stat_activity WHERE pid = {pid}"


def one() -> Select[Any]:
    """Build a statement that is cached."""
    return select(literal(1).label("n"))


def settings() -> Select[Any]:
    """Build a statement that reads the isolation level and the viewer of a transaction."""
    values = [func.coalesce(func.current_setting(name, True), "").label(f"s{n}") for n, name in enumerate(SETTINGS)]
    return select(func.pg_backend_pid().label("pid"), *values)


@pytest.fixture
async def narrow(database: Database) -> AsyncIterator[Database]:
    """Provide a pool of one connection, so that the same one is acquired again."""
    one = Database(database.url.render_as_string(hide_password=False), pool_size=1)
    yield one
    assert one.connections_in_use == 0
    await one.close()


async def pid_of(database: Database, viewer: Viewer = ANOTHER) -> int:
    """Return the process ID of the backend; check the viewer of the transaction."""
    async with database.reading(viewer) as session:
        assert await session.scalar(WHO) == f"{viewer.user_id} OPERATOR"
        return int((await session.execute(PID)).scalar_one())


async def state_of(database: Database, pid: int) -> str:
    """Return the state of a backend."""
    async with as_superuser(database).reading() as session:
        return str((await session.execute(text(STATE.format(pid=pid)))).scalar_one())


async def kill(database: Database, pid: int) -> None:
    """Terminate a backend, and wait for its end."""
    async with as_superuser(database).reading() as session:
        await session.execute(text(f"SELECT pg_terminate_backend({pid}, 10000)"))
    await asyncio.sleep(0.05)  # until the socket is closed


async def test_the_same_connection_serves_one_transaction_after_another(narrow: Database) -> None:
    first = await pid_of(narrow, SOMEBODY)
    async with narrow.transaction(SOMEBODY) as session:
        assert (await session.execute(PID)).scalar_one() == first
    assert await pid_of(narrow) == first


async def test_each_transaction_has_its_isolation_level_and_viewer(narrow: Database) -> None:
    async def read(begun: Any) -> tuple[str, ...]:
        async with begun as session:
            [row] = await statements.fetch(session, "what this is", settings)
        return tuple(row)[1:]

    for _ in range(2):
        assert await read(narrow.reading(SOMEBODY)) == ("7", "OPERATOR", "", *READS)
        assert await read(narrow.transaction(TECHNICIAN)) == ("8", "MANAGER,TECHNICIAN", "3", *WRITES)
        assert await read(narrow.reading(TECHNICIAN)) == ("8", "MANAGER,TECHNICIAN", "3", *READS)


@pytest.mark.parametrize("fails", [False, True])
async def test_a_connection_in_the_pool_is_idle_and_has_no_viewer(narrow: Database, fails: bool) -> None:
    for begin in (narrow.reading, narrow.transaction):
        try:
            async with begin(TECHNICIAN) as session:
                pid = int((await session.execute(PID)).scalar_one())
                if fails:
                    await session.execute(text("SELECT 1 / 0"))
        except asyncpg.DivisionByZeroError:
            assert fails
        assert await state_of(narrow, pid) == "idle"
        connection = await narrow.acquire()  # the same one
        try:
            assert connection.get_server_pid() == pid
            rows = await connection.fetch(f"SELECT current_setting(n, true) AS s FROM unnest(ARRAY{[*SETTINGS]}) n")
            assert [row["s"] or "" for row in rows[:3]] == ["", "", ""]
            assert await connection.fetchval("SHOW statement_timeout") == "0"
        finally:
            await narrow.release(connection)


async def test_a_connection_killed_while_idle_is_not_acquired(narrow: Database) -> None:
    killed = await pid_of(narrow, SOMEBODY)
    await kill(narrow, killed)
    assert await pid_of(narrow) != killed


@pytest.mark.parametrize("how", ["a statement", "a cached statement", "the commit"])
async def test_a_connection_killed_in_use_fails_once(narrow: Database, how: str) -> None:
    async def use() -> None:
        async with narrow.transaction(SOMEBODY) as session:
            await session.execute(PID)
            await kill(narrow, killed)
            if how == "a statement":
                await session.execute(PID)
            elif how == "a cached statement":
                await statements.fetch(session, "but one", one)

    killed = await pid_of(narrow, SOMEBODY)
    with pytest.raises(Unavailable):
        await use()
    assert await pid_of(narrow) != killed


async def test_a_transaction_on_a_lost_connection_does_not_commit(narrow: Database) -> None:
    async def go_on() -> None:
        async with narrow.transaction(SOMEBODY) as session:
            await session.execute(PID)
            await kill(narrow, killed)
            for _ in range(2):
                with pytest.raises(Unavailable):
                    await session.execute(PID)

    killed = await pid_of(narrow, SOMEBODY)
    with pytest.raises(Unavailable):
        await go_on()
    assert await pid_of(narrow) != killed


async def test_after_a_lost_connection_older_ones_are_not_acquired(database: Database) -> None:
    two = Database(database.url.render_as_string(hide_password=False), pool_size=2)
    async with two.reading(SOMEBODY) as idle, two.reading(SOMEBODY) as session:
        older = (await idle.execute(PID)).scalar_one()
        killed = (await session.execute(PID)).scalar_one()
        await kill(database, killed)
        with pytest.raises(Unavailable):
            await session.execute(PID)
    assert await pid_of(two) not in {older, killed}
    await two.close()


@pytest.mark.parametrize("writes", [False, True])
@pytest.mark.parametrize("cached", [False, True], ids=["a statement", "a cached statement"])
async def test_a_cancelled_connection_has_no_viewer_afterwards(narrow: Database, writes: bool, cached: bool) -> None:
    async def wait() -> None:
        began.set()
        async with (narrow.transaction if writes else narrow.reading)(SOMEBODY) as session:
            if cached:
                await statements.fetch(session, "sleeping long", lambda: select(func.pg_sleep(60).label("n")))
            await session.execute(SLEEP)

    for pause in (0.0, 0.001, 0.002, 0.005, 0.2):  # before its BEGIN went out, in it, in the statement
        began = asyncio.Event()
        task = asyncio.create_task(wait())
        await began.wait()
        await asyncio.sleep(pause)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await pid_of(narrow)


async def test_a_connection_cancelled_during_rollback_is_closed(narrow: Database) -> None:
    async def wait() -> None:
        async with narrow.transaction(SOMEBODY) as session:
            began.set()
            await session.execute(SLEEP)

    for times in (2, 3):
        began = asyncio.Event()
        task = asyncio.create_task(wait())
        await began.wait()
        await asyncio.sleep(0.05)
        for _ in range(times):  # the rollback is cancelled too
            task.cancel()
            await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await task
        await pid_of(narrow)


async def test_a_connection_cancelled_between_statements_is_reused(narrow: Database) -> None:
    async def wait() -> None:
        async with narrow.transaction(SOMEBODY) as session:
            await session.execute(PID)
            began.set()
            await asyncio.Event().wait()

    first, began = await pid_of(narrow, SOMEBODY), asyncio.Event()
    task = asyncio.create_task(wait())
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await pid_of(narrow) == first


async def test_a_session_is_unusable_after_its_transaction(narrow: Database) -> None:
    async with narrow.reading(SOMEBODY) as late:
        await late.execute(PID)

    async def say() -> Any:
        with pytest.raises(TransactionOverError, match="over"):
            await statements.fetch(late, "but one", one)
        with pytest.raises(TransactionOverError):
            await late.execute(PID)

    await say()
    async with narrow.reading(ANOTHER):  # on the same connection
        await say()


async def test_a_failed_transaction_stays_failed(narrow: Database) -> None:
    async with narrow.transaction(SOMEBODY) as session:
        with pytest.raises(asyncpg.DivisionByZeroError, match="zero"):
            await statements.fetch(session, "zero", lambda: select((literal(1) / 0).label("n")))
        with pytest.raises(asyncpg.InFailedSQLTransactionError, match="aborted"):
            await statements.fetch(session, "but one", one)
    await pid_of(narrow)


async def test_a_value_that_cannot_be_sent_ends_the_transaction(narrow: Database) -> None:
    def add() -> Select[Any]:
        return select((param("n", BigInteger) + literal(1)).label("n"))

    for begin in (narrow.transaction, narrow.reading):
        async with begin(SOMEBODY) as session:
            assert [row.n for row in await statements.fetch(session, "one more", add, {"n": 1})] == [2]
        async with begin(SOMEBODY) as session:
            with pytest.raises(asyncpg.DataError):
                await statements.fetch(session, "one more", add, {"n": "one"})
        await pid_of(narrow)


async def test_a_statement_changed_by_a_migration_fails_once(database: Database) -> None:
    async def say(*first: str) -> list[Any]:
        async with single.transaction(System.HEALTH) as session:
            for statement in first:
                await session.execute(text(statement))
            rows = await statements.fetch(session, "changing", lambda: select(column("n")).select_from(CHANGING))
            return [row.n for row in rows]

    single = Database(as_superuser(database).url.render_as_string(hide_password=False), pool_size=1)
    assert await say("CREATE TEMPORARY TABLE changing AS SELECT 1 AS n") == [1]
    assert await say() == [1]
    async with single.transaction(System.HEALTH) as session:
        await session.execute(text("ALTER TABLE changing ALTER n TYPE text"))
    with pytest.raises(asyncpg.InvalidCachedStatementError, match="cached"):
        await say()
    assert await say() == ["1"]
    await single.close()


async def test_a_refused_commit_leaves_the_connection_usable(database: Database) -> None:
    async def write() -> None:
        async with single.transaction(System.HEALTH) as session:
            for statement in TWICE:
                await session.execute(text(statement))

    single = Database(as_superuser(database).url.render_as_string(hide_password=False), pool_size=1)
    first = await pid_of(single)
    with pytest.raises(asyncpg.UniqueViolationError, match="twice"):
        await write()
    assert await pid_of(single) == first
    await single.close()


async def test_closing_waits_for_transactions_and_then_ends_them(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("osit_graphql.db.connection_pool.CLOSE_TIMEOUT_S", 2)
    ending = Database(database.url.render_as_string(hide_password=False), pool_size=2)

    async def use(seconds: float, began: asyncio.Event) -> int:
        async with ending.transaction(SOMEBODY) as session:
            began.set()
            await session.execute(text(f"SELECT pg_sleep({seconds})"))
            return int((await session.execute(PID)).scalar_one())

    begun = asyncio.Event(), asyncio.Event()
    short, long = asyncio.create_task(use(0.05, begun[0])), asyncio.create_task(use(60, begun[1]))
    for each in begun:
        await each.wait()
    await ending.close()
    assert await short
    with pytest.raises(Unavailable):
        await long
    assert ending.connections_in_use == 0


async def test_a_connection_is_replaced_at_its_maximum_age(database: Database) -> None:
    aging = Database(database.url.render_as_string(hide_password=False), pool_size=1, connection_max_age=0.3)
    async with aging.reading(SOMEBODY) as session:
        first = (await session.execute(PID)).scalar_one()
        await asyncio.sleep(0.4)
        assert (await session.execute(PID)).scalar_one() == first, "never within a transaction"
    assert await pid_of(aging) != first
    assert aging.connections_in_use == 0
    await aging.close()
