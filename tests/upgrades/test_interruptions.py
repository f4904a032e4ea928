"""Migrations run one revision at a time, continue after an interruption, and let others go first."""

import asyncio
import time

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from osit_graphql.db.schema import migrate, version
from osit_graphql.domain.errors import SetupError, Unavailable
from osit_graphql.domain.viewer import System
from tests.upgrades.conftest import MakeOldDatabase


async def test_an_interrupted_migration_continues(make: MakeOldDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    old = await make("0013")
    step = migrate._upgrade

    def die(connection: Connection, revision: str, patience: float) -> None:
        step(connection, revision, patience)
        if revision == "0015":  # just before its commit
            connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(migrate, "_upgrade", die)
    with pytest.raises(Unavailable):
        await old.migrate()
    assert await version.current(old.owner) == "0014"
    monkeypatch.undo()
    await old.writer.ticket()
    await old.migrate()
    assert await version.current(old.owner) == version.head()


async def test_a_failed_revision_leaves_nothing_and_is_not_retried(make: MakeOldDatabase) -> None:
    old = await make("0015")
    async with old.owner.transaction(System.HEALTH) as session:
        await session.execute(text("CREATE TABLE flow_cell ()"))  # the second table that the revision creates
    with pytest.raises(ProgrammingError, match="flow_cell"):
        await old.migrate()
    async with old.owner.transaction(System.HEALTH) as session:
        assert await session.scalar(text("SELECT to_regclass('flow_event')")) is None
        await session.execute(text("DROP TABLE flow_cell"))
    assert await version.current(old.owner) == "0015"
    await old.migrate()


async def test_a_migration_waits_for_transactions_without_blocking_others(
    make: MakeOldDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = await make("0015")
    async with old.owner.transaction(System.HEALTH) as session:  # a long transaction
        await session.execute(text("UPDATE site SET name = name"))
        migrating = asyncio.create_task(old.migrate())
        began = time.monotonic()
        while time.monotonic() - began < 2.5:
            await old.writer.ticket()
        assert (old.writer.lost, migrating.done()) == ([], False)
        assert old.writer.longest < 60  # seconds: at most 1.5 of them for a lock, the rest depends on the machine
        migrating.cancel()
        await asyncio.wait({migrating})
        monkeypatch.setattr(migrate, "MAX_ATTEMPTS", 1)
        with pytest.raises(SetupError, match="Revision 0016 could not lock its tables"):
            await old.migrate()
    await old.migrate()
    assert await version.current(old.owner) == version.head()
