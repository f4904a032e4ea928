"""What writers leave in the list of the search's index is put in its place by who serves, and found all the while."""

import asyncio
from contextlib import suppress

from sqlalchemy import text
from structlog.testing import capture_logs

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

FOUND = '{ tickets(filter: {search: "onduleur"}) { nodes { number } } }'
HELD = "SELECT pg_advisory_xact_lock(x'05174AB4E'::bigint)"


async def look(desk: Desk) -> list[int]:
    """Return the tickets that are found."""
    return [node["number"] for node in (await desk.reads("developer", FOUND))["tickets"]["nodes"]]


async def test_it_is_found_before_and_after(desk: Desk) -> None:
    number = await desk.company.ticket()
    await desk.does("developer", Action.COMMENT, number, comment="C'est l'onduleur.")
    assert await look(desk) == [number]
    assert await background_jobs.flush_search_index(desk.company.database) > 0
    assert await background_jobs.flush_search_index(desk.company.database) == 0, "nothing is left"
    assert await look(desk) == [number]


async def test_one_at_a_time_does_it(desk: Desk) -> None:
    await desk.company.ticket()
    async with as_superuser(desk.company.database).transaction() as session:
        await session.execute(text(HELD))
        assert await background_jobs.flush_search_index(desk.company.database) == 0
    assert await background_jobs.flush_search_index(desk.company.database) > 0


async def test_no_writer_fills_it_between_two_tidyings(desk: Desk) -> None:
    async with as_superuser(desk.company.database).reading() as session:
        options = await session.scalar(
            text("SELECT reloptions FROM pg_class WHERE relname = 'ticket_document_words_idx'")
        )
    assert options == ["gin_pending_list_limit=4096"]


async def test_a_job_goes_on_when_it_could_not_be_done(database: Database) -> None:
    done: list[Database] = []
    enough = asyncio.Event()

    async def job(asked: Database) -> None:
        done.append(asked)
        if len(done) == 4:
            enough.set()
        if len(done) == 1:
            raise Unavailable
        if len(done) == 2:
            async with asked.transaction(System.HEALTH) as session:
                await session.execute(text("SELECT 1 / 0"))

    with capture_logs() as said:
        task = asyncio.create_task(background_jobs.repeat(job, database, pause=0.0, undone="nothing done"))
        async with asyncio.timeout(HANG_TIMEOUT_S):
            await enough.wait()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert [(line["log_level"], line["event"], line.get("reason")) for line in said] == [
        ("warning", "nothing done", "the database does not answer"),
        ("error", "nothing done", None),
    ]


async def test_whoever_serves_does_it(desk: Desk) -> None:
    database = desk.company.database
    await desk.company.ticket()
    async with serve.background_jobs(database, build(Settings(_env_file=None), database)):
        await asyncio.sleep(0.2)  # the first is done at once
        async with asyncio.timeout(HANG_TIMEOUT_S):
            while await background_jobs.flush_search_index(database):
                await desk.company.ticket()
                await asyncio.sleep(background_jobs.INDEX_FLUSH_INTERVAL_S * 1.5)
