"""Maintains the rollups: merges deltas, rebuilds everything, sets the time zone of days.

PostgreSQL computes the rollups (migrations 0015, 0016, 0022): triggers write deltas, and views compute the same sums
from the interventions. `rollup_check` compares the two.
"""

from zoneinfo import ZoneInfo

from sqlalchemy import text

from osit_graphql.db.engine import Database
from osit_graphql.domain.viewer import System
from osit_graphql.services import background_jobs

MERGE_BATCH_SIZE = 20_000  # deltas merged in one transaction
MERGE_INTERVAL_S = 1.0
NO_TIMEOUTS = text("SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true)")
MERGE = text("SELECT osit_merge_reports(:most)")
REBUILD = text("SELECT osit_rebuild_reports()")
GET_ZONE = text("SELECT osit_zone()")
SET_ZONE = text("SELECT osit_tell_zone(:zone, :anyhow)")


async def merge(database: Database, *, batch: int = MERGE_BATCH_SIZE) -> int:
    """Merge the deltas into the rollups; return how many: 0 while another process merges."""
    merged = 0
    while True:
        async with database.transaction(System.REPORTS) as session:
            number = int((await session.execute(MERGE, {"most": batch})).scalar_one())
        merged += number
        if number < batch:
            return merged


async def keep_merging(database: Database) -> None:
    """Merge every second until cancelled. Several processes may run this; one at a time merges.

    Reports are exact without it, but slower.
    """
    await background_jobs.repeat(
        merge, database, name="merge_reports", pause=MERGE_INTERVAL_S, undone="report figures not merged"
    )


async def rebuild(database: Database, zone: ZoneInfo) -> None:
    """Rebuild the rollups from interventions, with this zone's days; writers wait meanwhile, readers don't."""
    async with database.transaction(System.REPORTS) as session:
        await session.execute(NO_TIMEOUTS)
        await session.execute(SET_ZONE, {"zone": zone.key, "anyhow": True})
        await session.execute(REBUILD)


async def set_initial_zone(database: Database, zone: ZoneInfo) -> None:
    """Set the time zone of the rollups' days unless it is set; `rebuild` changes it later."""
    async with database.transaction(System.REPORTS) as session:
        await session.execute(SET_ZONE, {"zone": zone.key, "anyhow": False})
