"""Connections: whoever waits for one has it in their turn, and it comes to them as it should be."""

import asyncio

import pytest
from sqlalchemy import text

from osit_graphql import database as module
from osit_graphql.database import Database
from osit_graphql.errors import Unavailable
from osit_graphql.viewer import System

TIMES = 4


async def test_those_who_come_back_do_not_pass_those_who_wait(database: Database) -> None:
    narrow = Database(database.engine.url.render_as_string(hide_password=False), pool=1)
    served: list[str] = []

    async def visit(name: str) -> None:
        for _ in range(TIMES):
            async with narrow.reading(System.HEALTH):
                await asyncio.sleep(0.01)
                served.append(name)

    try:
        await asyncio.gather(*map(visit, "abcde"))
    finally:
        await narrow.close()
    assert "".join(served) == "abcde" * TIMES


async def test_nobody_waits_for_ever_and_who_gives_up_takes_no_place(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    narrow = Database(database.engine.url.render_as_string(hide_password=False), pool=1)
    try:
        async with narrow.transaction(System.HEALTH):
            for _ in range(2):
                with pytest.raises(Unavailable):
                    async with narrow.reading(System.HEALTH):
                        raise AssertionError("there is one connection, and it is taken")
        async with narrow.reading(System.HEALTH):
            pass
    finally:
        await narrow.close()


async def test_a_connection_reads_as_a_snapshot_and_writes_as_any_other(database: Database) -> None:
    said = text("SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')")
    narrow = Database(database.engine.url.render_as_string(hide_password=False), pool=1)
    try:
        for _ in range(2):
            async with narrow.reading(System.HEALTH) as session:
                assert tuple((await session.execute(said)).one()) == ("repeatable read", "on")
            async with narrow.transaction(System.HEALTH) as session:
                assert tuple((await session.execute(said)).one()) == ("read committed", "off")
    finally:
        await narrow.close()
