"""A transaction begins on the way to its first statement, and a reading ends on the way to the next transaction.

Whoever comes next has their own, whatever became of what was sent before; nobody's goes on for long.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import BigInteger, Select, func, literal, select, text
from sqlalchemy.exc import DBAPIError

from osit_graphql.db import connections, statements
from osit_graphql.db.connections import LINGERING
from osit_graphql.db.engine import Database, Session
from osit_graphql.db.session_context import BoundConnection
from osit_graphql.db.statements import given
from osit_graphql.domain.enums import Role
from osit_graphql.domain.viewer import System, Viewer
from tests.behind import behind

SOMEBODY = Viewer(7, frozenset({Role.OPERATOR}))
TECHNICIAN = Viewer(8, frozenset({Role.TECHNICIAN, Role.MANAGER}), 3)
SETTINGS = ("osit.person", "osit.roles", "osit.service", "transaction_isolation", "transaction_read_only")
READS = ("repeatable read", "on")
WRITES = ("read committed", "off")
STATE = "SELECT state FROM pg_stat_activity WHERE pid = {pid}"


def settings() -> Select[Any]:
    """Ask what this transaction is, and whose."""
    told = [func.coalesce(func.current_setting(name, True), "").label(f"s{n}") for n, name in enumerate(SETTINGS)]
    return select(func.pg_backend_pid().label("pid"), *told)


async def told(session: Session) -> tuple[str, ...]:
    """Return it, by a kept statement."""
    [row] = await statements.asked(session, "what this is", settings, {})
    return tuple(row)[1:]


@pytest.fixture
async def narrow(database: Database) -> AsyncIterator[Database]:
    """Give one connection only, on which the statement is prepared."""
    one = Database(database.engine.url.render_as_string(hide_password=False), pool=1)
    async with one.reading(TECHNICIAN) as session:
        await told(session)
    yield one
    assert one.connections.lent == 0
    await one.close()


@contextmanager
def said() -> Iterator[list[str]]:
    """Collect what is sent in messages of its own, beside statements."""
    alone: list[str] = []
    execute = BoundConnection.execute

    async def listen(self: BoundConnection, query: str, *args: Any, **kwargs: Any) -> str:
        alone.append(query)
        return str(await execute(self, query, *args, **kwargs))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BoundConnection, "execute", listen)
        yield alone


async def state(database: Database, pid: int) -> str:
    """Return what PostgreSQL says of a connection."""
    async with behind(database).reading() as session:
        return str((await session.execute(text(STATE.format(pid=pid)))).scalar_one())


async def test_each_transaction_is_what_it_says_and_whose(narrow: Database) -> None:
    with said() as alone:
        for _ in range(2):
            async with narrow.reading(SOMEBODY) as session:
                assert await told(session) == ("7", "OPERATOR", "", *READS)
            async with narrow.transaction(TECHNICIAN) as session:
                assert await told(session) == ("8", "MANAGER,TECHNICIAN", "3", *WRITES)
            async with narrow.reading(TECHNICIAN) as session:
                assert await told(session) == ("8", "MANAGER,TECHNICIAN", "3", *READS)
                assert await told(session) == ("8", "MANAGER,TECHNICIAN", "3", *READS)
    assert alone == ["COMMIT"] * 2, "all else goes with the statements"


async def test_what_goes_before_an_ordinary_statement_ends_the_reading_too(narrow: Database) -> None:
    with said() as alone:
        async with narrow.reading(SOMEBODY) as session:
            await told(session)
        async with narrow.transaction(TECHNICIAN) as session:
            assert tuple((await session.execute(settings())).one())[1:] == ("8", "MANAGER,TECHNICIAN", "3", *WRITES)
    assert alone[0].startswith("ROLLBACK;BEGIN;SET LOCAL osit.person = '8';")
    assert alone[1:] == ["COMMIT"]


async def test_a_reading_does_not_go_on_where_nobody_comes(narrow: Database) -> None:
    async with narrow.reading(SOMEBODY) as session:
        [row] = await statements.asked(session, "what this is", settings, {})
    assert await state(narrow, row.pid) in {"idle in transaction", "idle"}
    await asyncio.sleep(5 * LINGERING)
    assert await state(narrow, row.pid) == "idle"
    async with narrow.reading(TECHNICIAN) as session:
        assert await told(session) == ("8", "MANAGER,TECHNICIAN", "3", *READS)


async def test_what_is_over_holds_nobody_up_who_closes(database: Database) -> None:
    for pause in (0.0, LINGERING, 1.5 * LINGERING):
        one = Database(database.engine.url.render_as_string(hide_password=False), pool=1)
        async with one.reading(SOMEBODY) as session:
            await told(session)
            assert session.link is not None
            driver = session.link.driver
        await asyncio.sleep(pause)
        await one.close()
        assert driver.is_closed()


async def test_a_value_that_cannot_be_sent_leaves_a_transaction_that_ends(narrow: Database) -> None:
    def add() -> Select[Any]:
        return select((given("n", BigInteger) + literal(1)).label("n"))

    for begin in (narrow.transaction, narrow.reading):
        async with begin(SOMEBODY) as session:
            assert [row.n for row in await statements.asked(session, "one more", add, {"n": 1})] == [2]
        async with begin(SOMEBODY) as session:  # the driver finds out once BEGIN has gone
            with pytest.raises(DBAPIError):
                await statements.asked(session, "one more", add, {"n": "one"})
        async with narrow.reading(TECHNICIAN) as session:
            assert await told(session) == ("8", "MANAGER,TECHNICIAN", "3", *READS)


@pytest.mark.parametrize("pause", [0.0, 0.001, 0.05])
async def test_whoever_is_cancelled_in_the_first_message_leaves_nothing_behind(narrow: Database, pause: float) -> None:
    def sleep() -> Select[Any]:
        return select(func.pg_sleep(given("seconds")).label("n"))

    async def wait(seconds: float) -> None:
        async with narrow.transaction(SOMEBODY) as session:
            await statements.asked(session, "sleeping for", sleep, {"seconds": seconds})

    await wait(0.0)  # prepared
    task = asyncio.create_task(wait(60.0))
    await asyncio.sleep(pause)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with narrow.reading(TECHNICIAN) as session:
        assert await told(session) == ("8", "MANAGER,TECHNICIAN", "3", *READS)


async def test_one_that_is_killed_between_is_not_lent(narrow: Database) -> None:
    async with narrow.reading(SOMEBODY) as session:
        [row] = await statements.asked(session, "what this is", settings, {})
    async with behind(narrow).reading() as killing:
        await killing.execute(text(f"SELECT pg_terminate_backend({row.pid}, 10000)"))
    await asyncio.sleep(5 * LINGERING)
    async with narrow.reading(TECHNICIAN) as session:
        assert await told(session) == ("8", "MANAGER,TECHNICIAN", "3", *READS)


async def test_a_process_that_was_stopped_asks_before_it_goes_on(
    narrow: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL ends what idles in a transaction, and nobody was there to hear of it."""

    async def end(pid: int) -> None:
        other = Database(behind(narrow).engine.url.render_as_string(hide_password=False), pool=1)
        async with other.transaction(System.HEALTH) as killing:
            await killing.execute(text(f"SELECT pg_terminate_backend({pid}, 10000)"))
        await other.close()

    monkeypatch.setattr(connections, "STOPPED", 0.0)
    async with narrow.reading(SOMEBODY) as session:
        [row] = await statements.asked(session, "what this is", settings, {})
    meanwhile = Thread(target=asyncio.run, args=(end(row.pid),))
    meanwhile.start()
    meanwhile.join()  # this loop stands still
    async with narrow.reading(TECHNICIAN) as session:
        assert await told(session) == ("8", "MANAGER,TECHNICIAN", "3", *READS)
