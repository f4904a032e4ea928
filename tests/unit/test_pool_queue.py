"""Connections: whoever waits for one has it in their turn, and it comes to them as it should be."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from osit_graphql.db import engine
from osit_graphql.db.engine import Database
from osit_graphql.domain.errors import Unavailable
from osit_graphql.domain.viewer import System

TIMES = 4


@pytest.fixture
async def narrow(database: Database) -> AsyncIterator[Database]:
    """Have one connection only."""
    one = Database(database.url.render_as_string(hide_password=False), pool_size=1)
    yield one
    await one.close()


async def test_those_who_come_back_do_not_pass_those_who_wait(narrow: Database) -> None:
    served: list[str] = []

    async def visit(name: str) -> None:
        for _ in range(TIMES):
            async with narrow.reading(System.HEALTH):
                await asyncio.sleep(0.01)
                served.append(name)

    await asyncio.gather(*map(visit, "abcde"))
    assert "".join(served) == "abcde" * TIMES


async def test_nobody_waits_for_ever_and_who_gives_up_takes_no_place(
    narrow: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "POOL_ACQUIRE_TIMEOUT_S", 0.05)
    async with narrow.transaction(System.HEALTH):
        for _ in range(2):
            with pytest.raises(Unavailable):
                async with narrow.reading(System.HEALTH):
                    raise AssertionError("there is one connection, and it is taken")
    async with narrow.reading(System.HEALTH):
        pass


async def test_a_connection_reads_as_a_snapshot_and_writes_as_any_other(narrow: Database) -> None:
    said = text("SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')")
    for _ in range(2):
        async with narrow.reading(System.HEALTH) as session:
            assert tuple((await session.execute(said)).one()) == ("repeatable read", "on")
        async with narrow.transaction(System.HEALTH) as session:
            assert tuple((await session.execute(said)).one()) == ("read committed", "off")
