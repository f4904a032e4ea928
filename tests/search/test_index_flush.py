"""A serving process flushes the pending list of the search index; pending entries match too."""

import asyncio
from contextlib import suppress

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from osit_graphql.db import fault_log
from osit_graphql.db.engine import Database
from osit_graphql.domain.enums import Action
from osit_graphql.domain.errors import Unavailable
from osit_graphql.domain.viewer import System
from osit_graphql.server import serve
from osit_graphql.server.app import build
from osit_graphql.services import background_jobs
from osit_graphql.settings import Settings
from tests.desk import Desk
from tests.superuser import as_superuser
from tests.waiting import HANG_TIMEOUT_S

SEARCH_DOCUMENT = '{ tickets(filter: {search: "onduleur"}) { nodes { number } } }'
LOCK_STATEMENT = "SELECT pg_advisory_xact_lock(x'05174AB4E'::bigint)"


async def search_tickets(desk: Desk) -> list[int]:
    """Return the numbers of matching tickets."""
    return [node["number"] for node in (await desk.reads("developer", SEARCH_DOCUMENT))["tickets"]["nodes"]]


async def test_a_ticket_matches_before_and_after_the_flush(desk: Desk) -> None:
    number = await desk.company.ticket()
    await desk.does("developer", Action.COMMENT, number, comment="C'est l'onduleur.")
    assert await search_tickets(desk) == [number]
    assert await background_jobs.flush_search_index(desk.company.database) > 0
    assert await background_jobs.flush_search_index(desk.company.database) == 0, "nothing is left"
    assert await search_tickets(desk) == [number]


async def test_only_one_process_flushes_the_index(desk: Desk) -> None:
    await desk.company.ticket()
    async with as_superuser(desk.company.database).transaction() as session:
        await session.execute(text(LOCK_STATEMENT))
        assert await background_jobs.flush_search_index(desk.company.database) == 0
    assert await background_jobs.flush_search_index(desk.company.database) > 0


async def test_the_pending_list_limit_exceeds_a_flush_interval(desk: Desk) -> None:
    async with as_superuser(desk.company.database).reading() as session:
        options = await session.scalar(
            text("SELECT reloptions FROM pg_class WHERE relname = 'ticket_document_words_idx'")
        )
    assert options == ["gin_pending_list_limit=4096"]


async def test_a_job_continues_after_an_error(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fault_log, "LIMIT", fault_log.LineLimit())  # other tests may have logged a full disk
    runs: list[Database] = []
    all_runs_done = asyncio.Event()

    async def job(job_database: Database) -> None:
        runs.append(job_database)
        if len(runs) == 4:
            all_runs_done.set()
        if len(runs) == 1:
            raise Unavailable(fault="disk_full")
        if len(runs) == 2:
            async with job_database.transaction(System.HEALTH) as session:
                await session.execute(text("SELECT 1 / 0"))

    with capture_logs() as log_lines:
        task = asyncio.create_task(background_jobs.repeat(job, database, name="job", pause=0.0, undone="nothing done"))
        async with asyncio.timeout(HANG_TIMEOUT_S):
            await all_runs_done.wait()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert [(line["log_level"], line["event"], line.get("reason")) for line in log_lines] == [
        ("error", "database fault", None),
        ("warning", "nothing done", "disk_full"),
        ("error", "nothing done", None),
    ]


async def test_a_serving_process_flushes_the_index(desk: Desk) -> None:
    database = desk.company.database
    await desk.company.ticket()
    async with serve.background_jobs(database, build(Settings(_env_file=None), database)):
        await asyncio.sleep(0.2)  # the first run is immediate
        async with asyncio.timeout(HANG_TIMEOUT_S):
            while await background_jobs.flush_search_index(database):
                await desk.company.ticket()
                await asyncio.sleep(background_jobs.INDEX_FLUSH_INTERVAL_S * 1.5)
