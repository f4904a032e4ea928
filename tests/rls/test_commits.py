"""A transaction commits all of its writes at its end, or none."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import pytest
from sqlalchemy import Integer, column, func, insert, select, table, text

from osit_graphql.db import statements
from osit_graphql.db.engine import Database, Session
from osit_graphql.db.statements import param
from osit_graphql.domain.errors import Unavailable
from osit_graphql.domain.viewer import System
from tests.rls.test_connections import READS, TECHNICIAN, settings
from tests.superuser import as_superuser

NOTE = table("note", column("n", Integer))
PAGES = "CREATE TABLE note (n integer PRIMARY KEY, of integer REFERENCES note DEFERRABLE INITIALLY DEFERRED)"
GRANT = "GRANT ALL ON note TO PUBLIC"
KILL = select(func.pg_terminate_backend(param("pid", Integer)).label("done"))


@pytest.fixture
async def narrow(database: Database) -> AsyncIterator[Database]:
    """Provide a pool of one connection with a prepared INSERT, and its table."""
    async with as_superuser(database).transaction(System.HEALTH) as session:
        await session.execute(text(PAGES))
        await session.execute(text(GRANT))
    one = Database(database.url.render_as_string(hide_password=False), pool_size=1)
    async with one.transaction(TECHNICIAN) as session:
        await write(session, 0)
    yield one
    assert one.connections_in_use == 0
    await one.close()
    async with as_superuser(database).transaction(System.HEALTH) as session:
        await session.execute(text("DROP TABLE note"))


async def write(session: Session, number: Any) -> list[Any]:
    """Insert a row."""
    made = insert(NOTE).values(n=param("n", Integer)).returning(NOTE.c.n)
    return await statements.fetch(session, "note written", lambda: made, {"n": number})


async def written(database: Database) -> list[int]:
    """Return the rows that other transactions see."""
    async with as_superuser(database).reading() as session:
        return (await session.execute(text("SELECT n FROM note WHERE n > 0 ORDER BY n"))).scalars().all()


async def check_connection(narrow: Database) -> None:
    """Check that the connection has the settings of the next transaction."""
    async with narrow.reading(TECHNICIAN) as session:
        [row] = await statements.fetch(session, "what this is", settings)
    assert tuple(row)[1:] == ("8", "MANAGER,TECHNICIAN", "3", *READS)


async def write_all(narrow: Database, *numbers: Any) -> None:
    """Write numbers in one transaction."""
    async with narrow.transaction(TECHNICIAN) as session:
        for number in numbers:
            await write(session, number)


async def test_a_transaction_is_committed_at_its_end(narrow: Database) -> None:
    async with narrow.transaction(TECHNICIAN) as session:
        await write(session, 1)
        assert [row.n for row in await write(session, 2)] == [2]
        assert await written(narrow) == []
    assert await written(narrow) == [1, 2]
    await check_connection(narrow)


async def test_a_failed_statement_commits_nothing(narrow: Database) -> None:
    with pytest.raises(asyncpg.UniqueViolationError):
        await write_all(narrow, 1, 1)
    await check_connection(narrow)
    assert await written(narrow) == []


async def test_a_failed_commit_commits_nothing(narrow: Database) -> None:
    """A deferred constraint."""
    dangling = insert(table("note", column("n"), column("of"))).values(n=param("n", Integer), of=param("of", Integer))

    async def dangle(number: int) -> None:
        made = dangling.returning(column("n", Integer))
        async with narrow.transaction(TECHNICIAN) as session:
            await statements.fetch(session, "note dangling", lambda: made, {"n": number, "of": number % 10})

    await dangle(10)  # refers to an existing row
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await dangle(11)
    await check_connection(narrow)
    assert await written(narrow) == [10]


async def test_a_value_that_cannot_be_sent_commits_nothing(narrow: Database) -> None:
    with pytest.raises(asyncpg.DataError):
        await write_all(narrow, 1, "two")
    await check_connection(narrow)
    assert await written(narrow) == []


@pytest.mark.parametrize("pause", [0.0, 0.001, 0.002, 0.05])
async def test_a_cancelled_transaction_commits_nothing(narrow: Database, pause: float) -> None:
    slow = insert(NOTE).from_select(["n"], select(param("n", Integer)).where(func.pg_sleep(param("s")).is_not(None)))

    async def wait(number: int, seconds: float) -> None:
        async with narrow.transaction(TECHNICIAN) as session:
            values = {"n": number, "s": seconds}
            await statements.fetch(session, "note slowly", lambda: slow.returning(NOTE.c.n), values)

    await wait(1, 0.0)
    task = asyncio.create_task(wait(2, 60.0))
    await asyncio.sleep(pause)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await check_connection(narrow)
    assert await written(narrow) == [1]


async def test_a_cancelled_commit_leaves_a_clean_connection(narrow: Database) -> None:
    """At any moment of the commit."""
    for number in range(1, 30):
        task = asyncio.create_task(write_all(narrow, number))
        await asyncio.sleep(number / 10_000)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await check_connection(narrow)
    assert set(await written(narrow)) <= set(range(1, 30))


async def test_a_killed_backend_is_unavailable(narrow: Database) -> None:
    async def end() -> None:
        async with narrow.transaction(TECHNICIAN) as session:
            await write(session, 1)
            pid = await session.scalar(select(func.pg_backend_pid()))
            await statements.fetch(session, "killing", lambda: KILL, {"pid": pid})

    with pytest.raises(Unavailable):
        await end()
    await check_connection(narrow)
    assert await written(narrow) == []
