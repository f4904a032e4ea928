"""Keeping the figures up: merging changes into the cells, making the cells anew, telling PostgreSQL what a day is.

What the figures are is said once, in PostgreSQL (migrations 0015, 0016): triggers count, and its views count again from
the lines. `checks` compares the two.
"""

from zoneinfo import ZoneInfo

from sqlalchemy import text

from osit_graphql.db.engine import Database
from osit_graphql.domain.viewer import System
from osit_graphql.services import background_jobs

BATCH = 20_000  # changes merged in one transaction
PAUSE = 1.0  # seconds between two mergings of a serving process
UNHURRIED = text("SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true)")
MERGE = text("SELECT osit_merge_reports(:most)")
REBUILD = text("SELECT osit_rebuild_reports()")
TOLD = text("SELECT osit_zone()")
TELL = text("SELECT osit_tell_zone(:zone, :anyhow)")


async def merge(database: Database, *, batch: int = BATCH) -> int:
    """Take the changes that wait into the cells; return how many. None while somebody else does it."""
    merged = 0
    while True:
        async with database.transaction(System.REPORTS) as session:
            taken = int((await session.execute(MERGE, {"most": batch})).scalar_one())
        merged += taken
        if taken < batch:
            return merged


async def keep_merging(database: Database) -> None:
    """Merge every second, until cancelled; any number of processes may, one at a time does.

    Figures are exact without it, only slower to read.
    """
    await background_jobs.repeat(merge, database, pause=PAUSE, undone="report figures not merged")


async def rebuild(database: Database, zone: ZoneInfo) -> None:
    """Make the figures anew from the lines, by the days of this zone; who writes waits meanwhile, who reads goes on."""
    async with database.transaction(System.REPORTS) as session:
        await session.execute(UNHURRIED)
        await session.execute(TELL, {"zone": zone.key, "anyhow": True})
        await session.execute(REBUILD)


async def adopt_zone(database: Database, zone: ZoneInfo) -> None:
    """Tell PostgreSQL which time zone the company's days are of, while nothing has one: a rebuild tells it later."""
    async with database.transaction(System.REPORTS) as session:
        await session.execute(TELL, {"zone": zone.key, "anyhow": False})
