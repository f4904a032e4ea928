"""Rollups match the interventions after concurrent actions."""

import asyncio
import os
from contextlib import suppress
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from osit_graphql.cli.reports import app
from osit_graphql.db.engine import Database
from osit_graphql.services.reports import rollup_jobs
from osit_graphql.services.reports.rollup_check import Difference, check_rollups
from tests.company import Company
from tests.reports.playing import play
from tests.superuser import as_superuser
from tests.waiting import HANG_TIMEOUT_S

ACTIONS = int(os.environ.get("OSIT_TEST_ACTIONS", "480"))  # 5,000 by hand: the duration depends on the machine
CELLS = "SELECT * FROM {} ORDER BY 1, 2, 3"
TABLES = ("cost_cell", "recurrence_cell", "occurrence", "flow_event", "flow_cell")
ZONE = ZoneInfo("Europe/Paris")


async def merge_meanwhile(database: Database) -> None:
    """Merge continuously in small batches by two tasks, as several serving processes do."""

    async def merging() -> None:
        while True:
            await rollup_jobs.merge(database, batch=7)
            await asyncio.sleep(0)

    await asyncio.gather(merging(), merging())


@pytest.fixture
async def played(company: Company, database_url: str) -> Company:
    """Return the company after 16 concurrent writers and merges."""
    database = Database(database_url, pool_size=18)
    busy = Company(database, company.keys, company.ids, company.viewers, company.tokens)
    other = Database(database_url, pool_size=2)
    merging = asyncio.create_task(merge_meanwhile(other))
    done, ties = await play(busy, actions=ACTIONS, writers=16)
    merging.cancel()
    with suppress(asyncio.CancelledError):
        await merging
    await database.close()
    await other.close()
    assert done > ACTIONS // 3
    assert ties == 0
    return company


async def cells(database: Database) -> dict[str, list[Any]]:
    async with as_superuser(database).reading() as session:
        return {name: [tuple(row) for row in await session.execute(text(CELLS.format(name)))] for name in TABLES}


async def test_rollups_match_after_16_concurrent_writers(played: Company) -> None:
    assert await check_rollups(played.database, ZONE) == []
    await rollup_jobs.merge(played.database)
    assert await check_rollups(played.database, ZONE) == []
    before = await cells(played.database)
    await rollup_jobs.rebuild(played.database, ZONE)
    assert await check_rollups(played.database, ZONE) == []
    rebuilt = await cells(played.database)
    assert all(before.values())
    assert before["occurrence"] == rebuilt["occurrence"]
    async with as_superuser(played.database).reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM report_delta")) == 0


async def test_a_serving_process_merges_and_continues_after_an_error(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollup_jobs, "MERGE_INTERVAL_S", 0.01)
    rename = "ALTER FUNCTION {} RENAME TO {}"
    await play(company, actions=20, writers=1)
    async with as_superuser(company.database).transaction() as session:
        await session.execute(text(rename.format("osit_merge_reports", "osit_elsewhere")))
    merging = asyncio.create_task(rollup_jobs.keep_merging(company.database))
    await asyncio.sleep(0.1)
    async with as_superuser(company.database).transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM report_delta")) > 0
        await session.execute(text(rename.format("osit_elsewhere", "osit_merge_reports")))
    async with asyncio.timeout(HANG_TIMEOUT_S):
        while True:
            async with as_superuser(company.database).reading() as session:
                if await session.scalar(text("SELECT count(*) FROM report_delta")) == 0:
                    break
            await asyncio.sleep(0.02)
    merging.cancel()
    with suppress(asyncio.CancelledError):
        await merging
    assert await check_rollups(company.database, ZONE) == []


DAMAGES = {
    "a cell": "UPDATE cost_cell SET labour_cents = labour_cents + 1 WHERE span = (SELECT min(span) FROM cost_cell)",
    "a cell that is missing": "DELETE FROM recurrence_cell WHERE minutes = (SELECT max(minutes) FROM recurrence_cell)",
    "a first intervention": "UPDATE occurrence SET reopened = NOT reopened",
    "a first intervention of a service": "UPDATE occurrence SET own_reopened = NOT own_reopened",
    "the application of an event": "UPDATE flow_event SET own_application_id = 1 + application_id",
    "a change too many": "INSERT INTO report_delta (day, service_id, application_id, cause_id, site_id, minutes)"
    " VALUES (now(), 1, 1, 1, 1, 5)",
    "an event": "UPDATE flow_event SET service_id = service_id + 1 WHERE opened = 1",
    "durations of a month's closings": "UPDATE flow_cell SET up_to[1] = 99 WHERE part = 0 AND span & 3 = 2",
    "an event too many": "INSERT INTO flow_delta (day, service_id, application_id, site_id, events, opened)"
    " VALUES (now(), 1, 1, 1, 1, 1)",
}


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_difference_is_reported_and_rebuilt(
    company: Company, database_url: str, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    await play(company, actions=60, writers=2)
    await rollup_jobs.merge(company.database)
    async with as_superuser(company.database).transaction() as session:
        await session.execute(text(DAMAGES[damage]))
    monkeypatch.setenv("OSIT_DATABASE_URL", database_url.replace("+asyncpg", ""))
    monkeypatch.setenv("COLUMNS", "300")
    for command, status, message in (
        ("check", 1, "`osit reports rebuild` corrects them"),
        ("rebuild", 0, "The rollups match the history."),
        ("check", 0, "No difference."),
    ):
        result = await asyncio.to_thread(CliRunner().invoke, app, [command])
        assert result.exit_code == status, result.output
        assert message in result.output


def test_a_difference_is_one_line() -> None:
    result = Difference("application 3, 2026-01-01 to 2026-01-04", {"minutes": 5, "interventions": 1}, None)
    assert str(result) == (
        "application 3, 2026-01-01 to 2026-01-04: minutes 5 in the rollup, absent in the history, "
        "interventions 1 in the rollup, absent in the history"
    )
