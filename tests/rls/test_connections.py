"""Connections are kept between transactions: never a broken one, and never with anything of who had it before."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import Select, column, func, literal, select, table, text
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidRequestError

from osit_graphql.db import statements
from osit_graphql.db.engine import Database, Session
from osit_graphql.db.session_context import MissingViewerError
from osit_graphql.domain.enums import Role
from osit_graphql.domain.errors import Unavailable
from osit_graphql.domain.viewer import System, Viewer
from tests.behind import behind

SOMEBODY, ANOTHER = (Viewer(number, frozenset({Role.OPERATOR})) for number in (7, 8))
PID = select(func.pg_backend_pid())
WHO = text("SELECT current_setting('osit.person', true) || ' ' || current_setting('osit.roles', true)")
TWICE = (
    "CREATE TEMPORARY TABLE twice (n integer UNIQUE DEFERRABLE INITIALLY DEFERRED) ON COMMIT DROP",
    "INSERT INTO twice VALUES (1), (1)",
)
SLEEP = text("SELECT pg_sleep(60)")
CHANGING = table("changing", column("n"))


def one() -> Select[Any]:
    """Build a statement that is kept."""
    return select(literal(1).label("n"))


@pytest.fixture
async def narrow(database: Database) -> AsyncIterator[Database]:
    """Have one connection only, so that it is surely the same that is lent again."""
    one = Database(database.engine.url.render_as_string(hide_password=False), pool=1)
    yield one
    assert one.connections.lent == 0
    await one.close()


async def pid_of(database: Database, who: Viewer = ANOTHER) -> int:
    """Return which of PostgreSQL's processes answers, to whom it should."""
    async with database.reading(who) as session:
        assert await session.scalar(WHO) == f"{who.user_id} OPERATOR"
        return int((await session.execute(PID)).scalar_one())


async def kill(database: Database, pid: int) -> None:
    """Have PostgreSQL close a connection, and wait until it has."""
    async with behind(database).reading() as session:
        await session.execute(text(f"SELECT pg_terminate_backend({pid}, 10000)"))
    await asyncio.sleep(0.05)  # for the socket to say so


async def test_the_same_connection_serves_one_transaction_after_another(narrow: Database) -> None:
    first = await pid_of(narrow, SOMEBODY)
    async with narrow.transaction(SOMEBODY) as session:
        assert (await session.execute(PID)).scalar_one() == first
    assert await pid_of(narrow) == first


async def test_one_that_was_killed_while_nobody_had_it_is_not_lent(narrow: Database) -> None:
    killed = await pid_of(narrow, SOMEBODY)
    await kill(narrow, killed)
    assert await pid_of(narrow) != killed


@pytest.mark.parametrize("how", ["SQLAlchemy's statement", "a kept statement", "the commit"])
async def test_one_that_is_killed_in_use_fails_once(narrow: Database, how: str) -> None:
    async def use() -> None:
        async with narrow.transaction(SOMEBODY) as session:
            await session.execute(PID)
            await kill(narrow, killed)
            if how == "SQLAlchemy's statement":
                await session.execute(PID)
            elif how == "a kept statement":
                await statements.asked(session, "but one", one, {})

    killed = await pid_of(narrow, SOMEBODY)
    with pytest.raises(Unavailable):
        await use()
    assert await pid_of(narrow) != killed


async def test_whoever_goes_on_after_a_loss_is_not_told_that_it_was_kept(narrow: Database) -> None:
    async def go_on() -> None:
        async with narrow.transaction(SOMEBODY) as session:
            await session.execute(PID)
            await kill(narrow, killed)
            with pytest.raises(DBAPIError):
                await session.execute(PID)
            with pytest.raises(InvalidRequestError):
                await session.execute(PID)

    killed = await pid_of(narrow, SOMEBODY)
    with pytest.raises(Unavailable):
        await go_on()
    assert await pid_of(narrow) != killed


async def test_when_one_is_lost_none_opened_before_is_lent_again(database: Database) -> None:
    two = Database(database.engine.url.render_as_string(hide_password=False), pool=2)
    async with two.reading(SOMEBODY) as idle, two.reading(SOMEBODY) as session:
        kept = (await idle.execute(PID)).scalar_one()
        killed = (await session.execute(PID)).scalar_one()
        await kill(database, killed)
        with pytest.raises(DBAPIError):
            await session.execute(PID)
    assert await pid_of(two) not in {kept, killed}
    await two.close()


@pytest.mark.parametrize("writes", [False, True])
@pytest.mark.parametrize("kept", [False, True], ids=["SQLAlchemy's statement", "a kept statement"])
async def test_one_whose_user_was_cancelled_tells_nothing_on(narrow: Database, writes: bool, kept: bool) -> None:
    async def wait() -> None:
        async with (narrow.transaction if writes else narrow.reading)(SOMEBODY) as session:
            began.set()
            if kept:
                await statements.asked(session, "sleeping long", lambda: select(func.pg_sleep(60).label("n")), {})
            await session.execute(SLEEP)

    for pause in (0.0, 0.001, 0.2):  # before its BEGIN went out, in it, in the statement
        began = asyncio.Event()
        task = asyncio.create_task(wait())
        await began.wait()
        await asyncio.sleep(pause)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await pid_of(narrow)


async def test_one_cancelled_between_statements_goes_on(narrow: Database) -> None:
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


async def test_nothing_is_said_on_a_connection_after_its_transaction(narrow: Database) -> None:
    async with narrow.reading(SOMEBODY) as late:
        await late.execute(PID)

    async def say() -> Any:
        with pytest.raises(AssertionError, match="over"):
            await statements.asked(late, "but one", one, {})
        with pytest.raises(InvalidRequestError):
            await late.execute(PID)

    await say()
    async with narrow.reading(ANOTHER):  # the very connection
        await say()


async def test_nobody_is_bound_while_nobody_has_it(narrow: Database) -> None:
    await pid_of(narrow, SOMEBODY)
    link = await narrow.connections.lend()
    with pytest.raises(MissingViewerError):
        await Session(link).execute(PID)
    await narrow.connections.take_back(link)


async def test_a_failure_that_is_swallowed_does_not_begin_anew(narrow: Database) -> None:
    async with narrow.transaction(SOMEBODY) as session:
        with pytest.raises(DBAPIError, match="zero"):
            await statements.asked(session, "zero", lambda: select((literal(1) / 0).label("n")), {})
        with pytest.raises(DBAPIError, match="aborted"):
            await statements.asked(session, "but one", one, {})
    await pid_of(narrow)


async def test_what_a_migration_went_by_under_fails_once(database: Database) -> None:
    async def say(*first: str) -> list[Any]:
        async with single.transaction(System.HEALTH) as session:
            for statement in first:
                await session.execute(text(statement))
            rows = await statements.asked(session, "changing", lambda: select(column("n")).select_from(CHANGING), {})
            return [row.n for row in rows]

    single = Database(behind(database).engine.url.render_as_string(hide_password=False), pool=1)
    assert await say("CREATE TEMPORARY TABLE changing AS SELECT 1 AS n") == [1]
    assert await say() == [1]
    async with single.transaction(System.HEALTH) as session:
        await session.execute(text("ALTER TABLE changing ALTER n TYPE text"))
    with pytest.raises(DBAPIError, match="cached"):
        await say()
    assert await say() == ["1"]
    await single.close()


async def test_a_commit_that_is_refused_leaves_the_connection_as_it_was(database: Database) -> None:
    async def write() -> None:
        async with single.transaction(System.HEALTH) as session:
            for statement in TWICE:
                await session.execute(text(statement))

    single = Database(behind(database).engine.url.render_as_string(hide_password=False), pool=1)
    first = await pid_of(single)
    with pytest.raises(IntegrityError, match="twice"):
        await write()
    assert await pid_of(single) == first
    await single.close()


async def test_one_given_back_after_the_end_is_closed(database: Database) -> None:
    ended = Database(database.engine.url.render_as_string(hide_password=False), pool=1)
    async with ended.reading(SOMEBODY) as session:
        await session.execute(PID)
        assert session.link is not None
        driver = session.link.driver
        await ended.close()
    assert driver.is_closed()
