"""Tasks that wait for a connection are served in order, with the right isolation level."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from osit_graphql.db import connection_pool
from osit_graphql.db.engine import Database
from osit_graphql.domain.errors import Unavailable
from osit_graphql.domain.viewer import System

TIMES = 4


@pytest.fixture
async def narrow(database: Database) -> AsyncIterator[Database]:
    """Provide a pool of one connection."""
    one = Database(database.url.render_as_string(hide_password=False), pool_size=1)
    yield one
    await one.close()


async def test_waiting_tasks_are_served_in_order(narrow: Database) -> None:
    served: list[str] = []

    async def visit(name: str) -> None:
        for _ in range(TIMES):
            async with narrow.reading(System.HEALTH):
                await asyncio.sleep(0.01)
                served.append(name)

    await asyncio.gather(*map(visit, "abcde"))
    assert "".join(served) == "abcde" * TIMES


async def test_waiting_for_a_connection_has_a_timeout(narrow: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await narrow.ping()  # connected before the timeout is short
    monkeypatch.setattr(connection_pool, "POOL_ACQUIRE_TIMEOUT_S", 0.05)
    async with narrow.transaction(System.HEALTH):
        for _ in range(2):
            with pytest.raises(Unavailable):
                async with narrow.reading(System.HEALTH):
                    raise AssertionError("the only connection is in use")
    async with narrow.reading(System.HEALTH):
        pass


async def test_reads_use_a_snapshot_and_writes_read_committed(narrow: Database) -> None:
    isolation = text("SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')")
    for _ in range(2):
        async with narrow.reading(System.HEALTH) as session:
            assert tuple((await session.execute(isolation)).one()) == ("repeatable read", "on")
        async with narrow.transaction(System.HEALTH) as session:
            assert tuple((await session.execute(isolation)).one()) == ("read committed", "off")
