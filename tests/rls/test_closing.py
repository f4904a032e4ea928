"""A transaction's COMMIT goes out with its last statement: both are answered as one, or nothing is kept."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import Integer, column, func, insert, select, table, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from osit_graphql.db import statements
from osit_graphql.db.engine import Database, Session
from osit_graphql.db.statements import given
from osit_graphql.domain.errors import Unavailable
from osit_graphql.domain.viewer import System
from tests.behind import behind
from tests.rls.test_trips import READS, TECHNICIAN, said, told

NOTE = table("note", column("n", Integer))
PAGES = "CREATE TABLE note (n integer PRIMARY KEY, of integer REFERENCES note DEFERRABLE INITIALLY DEFERRED)"
GRANT = "GRANT ALL ON note TO PUBLIC"


@pytest.fixture
async def narrow(database: Database) -> AsyncIterator[Database]:
    """Give one connection only, on which what writes is prepared, and a table to write to."""
    async with behind(database).transaction(System.HEALTH) as session:
        await session.execute(text(PAGES))
        await session.execute(text(GRANT))
    one = Database(database.engine.url.render_as_string(hide_password=False), pool=1)
    async with one.transaction(TECHNICIAN) as session:
        await write(session, 0)
        await told(session)
    yield one
    await one.close()
    assert one.connections.lent == 0
    async with behind(database).transaction(System.HEALTH) as session:
        await session.execute(text("DROP TABLE note"))


async def write(session: Session, number: Any) -> list[Any]:
    """Write a row that nobody has."""
    made = insert(NOTE).values(n=given("n", Integer)).returning(NOTE.c.n)
    return await statements.asked(session, "note written", lambda: made, {"n": number})


async def written(database: Database) -> list[int]:
    """Return what others see of it."""
    async with behind(database).reading() as session:
        return list((await session.execute(text("SELECT n FROM note WHERE n > 0 ORDER BY n"))).scalars())


async def nobody_is_left(narrow: Database) -> None:
    """See that the connection is the next one's, wholly."""
    async with narrow.reading(TECHNICIAN) as session:
        assert await told(session) == ("8", "MANAGER,TECHNICIAN", "3", *READS)


async def test_it_is_kept_with_its_last_statement(narrow: Database) -> None:
    with said() as alone:
        async with narrow.transaction(TECHNICIAN) as session:
            await write(session, 1)
            session.closing = True
            assert [row.n for row in await write(session, 2)] == [2]
            assert await written(narrow) == [1, 2], "others see it before the transaction's block is left"
        await nobody_is_left(narrow)
    assert "COMMIT" not in alone


async def close_with(narrow: Database, *numbers: Any) -> None:
    """Write numbers, the last with the COMMIT."""
    async with narrow.transaction(TECHNICIAN) as session:
        for number in numbers[:-1]:
            await write(session, number)
        session.closing = True
        await write(session, numbers[-1])


async def test_nothing_can_be_said_after_it(narrow: Database) -> None:
    async with narrow.transaction(TECHNICIAN) as session:
        session.closing = True
        await write(session, 1)
        with pytest.raises(AssertionError):
            await write(session, 2)
    await nobody_is_left(narrow)
    assert await written(narrow) == [1]


async def test_a_statement_that_fails_keeps_nothing(narrow: Database) -> None:
    with said() as alone, pytest.raises(IntegrityError):
        await close_with(narrow, 1, 1)
    assert alone == [], "what came behind has ended it"
    await nobody_is_left(narrow)
    assert await written(narrow) == []


async def test_a_commit_that_fails_keeps_nothing(narrow: Database) -> None:
    """A constraint that is looked at last."""
    dangling = insert(table("note", column("n"), column("of"))).values(n=given("n", Integer), of=given("of", Integer))

    async def dangle(session: Session, number: int) -> None:
        made = dangling.returning(column("n", Integer))
        await statements.asked(session, "note dangling", lambda: made, {"n": number, "of": number % 10})

    async with narrow.transaction(TECHNICIAN) as session:
        await dangle(session, 10)  # of one that is there: prepared

    async def dangle_last() -> None:
        async with narrow.transaction(TECHNICIAN) as session:
            session.closing = True
            await dangle(session, 11)

    with pytest.raises(IntegrityError):
        await dangle_last()
    await nobody_is_left(narrow)
    assert await written(narrow) == [10]


async def test_a_value_that_cannot_be_sent_commits_nothing(narrow: Database) -> None:
    with pytest.raises(DBAPIError):
        await close_with(narrow, 1, "two")
    await nobody_is_left(narrow)
    assert await written(narrow) == []


async def test_what_is_not_prepared_is_kept_all_the_same(narrow: Database) -> None:
    async with narrow.transaction(TECHNICIAN) as session:
        session.closing = True
        one = insert(NOTE).values(n=given("n", Integer)).returning(NOTE.c.n.label("new"))
        await statements.asked(session, object(), lambda: one, {"n": 1})
    assert await written(narrow) == [1]


@pytest.mark.parametrize("pause", [0.0, 0.001, 0.05])
async def test_whoever_is_cancelled_in_it_keeps_nothing(narrow: Database, pause: float) -> None:
    slow = insert(NOTE).from_select(["n"], select(given("n", Integer)).where(func.pg_sleep(given("s")).is_not(None)))

    async def wait(number: int, seconds: float) -> None:
        async with narrow.transaction(TECHNICIAN) as session:
            session.closing = True
            values = {"n": number, "s": seconds}
            await statements.asked(session, "note slowly", lambda: slow.returning(NOTE.c.n), values)

    await wait(1, 0.0)
    task = asyncio.create_task(wait(2, 60.0))
    await asyncio.sleep(pause)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await nobody_is_left(narrow)
    assert await written(narrow) == [1]


async def test_one_that_is_killed_in_it_is_unavailable(narrow: Database) -> None:
    kill = select(func.pg_terminate_backend(given("pid", Integer)).label("done"))

    async def end(pid: int) -> None:
        async with narrow.transaction(TECHNICIAN) as session:
            await write(session, 1)
            session.closing = True
            await statements.asked(session, "killing", lambda: kill, {"pid": pid})

    await_none = 2**31 - 1
    async with narrow.transaction(TECHNICIAN) as session:
        await statements.asked(session, "killing", lambda: kill, {"pid": await_none})
        pid = await session.scalar(select(func.pg_backend_pid()))
    with pytest.raises(Unavailable):
        await end(int(pid or 0))
    await nobody_is_left(narrow)
    assert await written(narrow) == []
