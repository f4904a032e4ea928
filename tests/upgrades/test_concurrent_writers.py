"""Migrations from any revision during writes: no acknowledged row is lost, and derived tables are right."""

import asyncio
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from osit_graphql.db.engine import Database
from osit_graphql.db.schema import roles, version
from osit_graphql.domain.errors import Unavailable
from osit_graphql.services import background_jobs
from osit_graphql.services.reports import rollup_check, rollup_jobs
from tests.search.long_tickets import wrong_documents
from tests.superuser import SERVING, audit_differences
from tests.upgrades.conftest import TICKET_COUNT, MakeOldDatabase, OldDatabase
from tests.upgrades.old_clients import Reader, Writer

ZONE = ZoneInfo("Europe/Paris")
FOUND_BY_SEARCH = "SELECT count(*) FROM ticket_document WHERE document @@ osit_query(:words) AND ticket_id = :ticket"
# Words of the first and the last comment of a long ticket, public and internal, with those that it lacks.
FOUND_BY_PARTS = """
SELECT array_agg(internals ORDER BY internals) FROM osit_part_matches(osit_query(:words), ARRAY[false, true])
WHERE ticket_id = :ticket
"""
# Every ticket was corrected and reopened after it left the first service.
FIRST_SERVICE = """
SELECT DISTINCT own_application_id, occurrence.reopened, own_reopened FROM flow_event JOIN occurrence USING (ticket_id)
WHERE flow_event.service_id = 1 AND occurrence.service_id = 1 AND ticket_id = ANY(:tickets)
"""
REWRITING_REVISION = "0008"  # earlier readers may see no tickets while PostgreSQL rewrites the table


@pytest.mark.parametrize("start", ["0003", "0009", "0011", "0015", "0021", "0023"])
async def test_writers_continue_during_a_migration(make: MakeOldDatabase, start: str) -> None:
    old = await make(start)
    writers, reader = [old.writer, Writer(old.owner)], Reader(old.owner)
    done = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for writer in writers:
            group.create_task(writer.until(done))
        group.create_task(reader.until(done, lambda: sum(len(writer.titles) for writer in writers)))
        await asyncio.sleep(0.1)
        await asyncio.gather(old.migrate(), old.migrate())  # two at once: one has nothing to do
        await old.writer.comment(old.writer.long[0], "migré entretemps")
        rebuilt = await _rebuild_search_documents(old)
        await old.writer.comment(old.writer.long[0], "migré depuis")
        done.set()
    assert rebuilt >= TICKET_COUNT
    assert [writer.lost for writer in writers] == [[], []]
    if start >= REWRITING_REVISION:
        assert reader.failures == []
    await _check_all_rows(old, writers)


async def _check_all_rows(old: OldDatabase, writers: list[Writer]) -> None:
    assert await version.current(old.owner) == version.head()
    async with old.behind.reading() as session:
        tickets = set(await session.scalars(text("SELECT id FROM ticket")))
        closed = set(await session.scalars(text("SELECT id FROM ticket WHERE status = 'CLOSED'")))
        activities = set(await session.scalars(text("SELECT id FROM activity")))
        for writer in writers:
            assert writer.titles.keys() <= tickets
            assert set(writer.closed) <= closed
            assert set(writer.activities) <= activities
            for ticket, title in writer.titles.items():
                assert await session.scalar(text(FOUND_BY_SEARCH), {"words": title, "ticket": ticket}) > 0
        for number in writers[0].long:
            for words, expected in (
                ("mot0n1 mot29n59", [False, True]),
                ("mot3n1 mot29n59", [True]),
                ("mot0n1 entretemps -nowhere", [False, True]),
                ("-mot0n1", None),
            ):
                matched = await session.scalar(text(FOUND_BY_PARTS), {"words": words, "ticket": number})
                assert matched == expected, words
        assert (await session.execute(text(FIRST_SERVICE), {"tickets": writers[0].closed})).all() == [(1, True, False)]
    async with old.behind.transaction() as session:
        assert await wrong_documents(session) == []
    await _check_derived(old)


async def _rebuild_search_documents(old: OldDatabase) -> int:
    """Rebuild search documents in two processes at once; return how many tickets had outdated ones."""
    api = Database(old.url(SERVING), pool_size=2)
    try:
        jobs = (background_jobs.rebuild_search_documents(api, batch=3, pause=0) for _ in range(2))
        return sum(await asyncio.gather(*jobs))
    finally:
        await api.close()


async def _check_derived(old: OldDatabase) -> None:
    """Run the checks of `osit reports check` and `osit audit verify`, as the role of the API."""
    api = Database(old.url(SERVING), pool_size=1)
    try:
        await roles.check_serving_role(api)
        for _ in range(2):  # what waits to be merged, then merged
            assert [str(each) for each in await rollup_check.check_rollups(api, ZONE)] == []
            await rollup_jobs.merge(api)
        assert [str(each) for each in await audit_differences(api)] == []
    except Unavailable as error:
        raise AssertionError("PostgreSQL is available") from error
    finally:
        await api.close()
