"""Background jobs of a serving process: upkeep of the search, deleting expired rows.

`reports.rollup_jobs` has another: merging rollups.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Table, bindparam, delete, func, select, text, tuple_

from osit_graphql.db import fault_log
from osit_graphql.db.engine import Database
from osit_graphql.db.models import IdempotencyKey, SessionToken
from osit_graphql.domain import clock
from osit_graphql.domain.errors import Unavailable
from osit_graphql.domain.viewer import System
from osit_graphql.services import idempotency

INDEX_FLUSH_INTERVAL_S = 1.0
REBUILD_INTERVAL_S = 60.0  # between two looks whether a migration has left documents to rebuild
REBUILD_BATCH_SIZE = 100  # tickets locked in one transaction: some 50 ms
REBUILD_PAUSE_S = 0.05
PURGE_INTERVAL_S = 300.0
PURGE_LOCK = 0x05174AB3E  # advisory lock: one process purges at a time
PURGE_BATCH_SIZE = 1_000  # rows deleted in one transaction
FLUSH_INDEX = text("SELECT osit_tidy_search()")
REBUILD_DOCUMENTS = text("SELECT osit_rebuild_search(:most)")
log = structlog.get_logger(__name__)


async def repeat(
    job: Callable[[Database], Awaitable[object]], database: Database, *, name: str, pause: float, undone: str
) -> None:
    """Run a job again and again, with a pause in seconds, until cancelled. A failure is logged as `undone`.

    The log has PostgreSQL's faults, and each job that they stop, at most every few seconds. `name` is the job's in the
    metrics.
    """
    while True:
        failed = True
        try:
            await job(database)
            failed = False
        except Unavailable as error:
            fault_log.report_fault(error)
            if times := fault_log.LIMIT.count(undone):
                log.warning(undone, reason=error.fault or type(error).__name__, times=times)
        except Exception:
            log.exception(undone)
        if database.metrics is not None:
            database.metrics.observe_job(name, failed=failed)
        await asyncio.sleep(pause)


async def flush_search_index(database: Database) -> int:
    """Flush the GIN pending list; return the number of its pages: 0 while another process flushes it.

    Without this job, PostgreSQL flushes a full list during a write: one comment in several dozen takes 0.1 s or more.
    With a flush every second the list stays short, also for searches (migration 0018).
    """
    async with database.transaction(System.HEALTH) as session:
        return int((await session.execute(FLUSH_INDEX)).scalar_one())


async def keep_flushing_search_index(database: Database) -> None:
    """Flush the search index every second until cancelled."""
    await repeat(
        flush_search_index,
        database,
        name="flush_search_index",
        pause=INDEX_FLUSH_INTERVAL_S,
        undone="search index not flushed",
    )


async def rebuild_search_documents(
    database: Database, *, batch: int = REBUILD_BATCH_SIZE, pause: float = REBUILD_PAUSE_S
) -> int:
    """Rebuild the search documents that a migration has left outdated, the latest first; return how many tickets.

    Each batch locks its tickets in a transaction of its own, so that writers wait for one batch at most. It returns
    early while another process rebuilds.
    """
    rebuilt = 0
    while True:
        async with database.transaction(System.HEALTH) as session:
            number = int((await session.execute(REBUILD_DOCUMENTS, {"most": batch})).scalar_one())
        if number == 0:
            return rebuilt
        rebuilt += number
        await asyncio.sleep(pause)


async def keep_rebuilding_search_documents(database: Database) -> None:
    """Rebuild outdated search documents until cancelled; a newer process may have migrated meanwhile."""
    await repeat(
        _rebuild_and_log,
        database,
        name="rebuild_search_documents",
        pause=REBUILD_INTERVAL_S,
        undone="search documents not rebuilt",
    )


async def _rebuild_and_log(database: Database) -> None:
    if rebuilt := await rebuild_search_documents(database):
        log.info("search documents rebuilt", tickets=rebuilt)


@dataclass(frozen=True)
class Expiring:
    """A table whose rows are deleted some time after the moment in a column."""

    table: Table
    moment: str
    retention: timedelta = timedelta()
    revokes: bool = False
    """Whether viewers are cached for its rows."""

    def delete_statement(self) -> Any:
        """Return the DELETE of at most `most` rows older than `before`; rows renewed meanwhile stay."""
        keys = list(self.table.primary_key)
        expired = self.table.c[self.moment] < bindparam("before")
        batch = select(*keys).where(expired).limit(bindparam("most"))
        return delete(self.table).where(tuple_(*keys).in_(batch), expired)


EXPIRING = (
    Expiring(IdempotencyKey.metadata.tables["idempotency_key"], "made_at", idempotency.KEY_TTL),
    Expiring(SessionToken.metadata.tables["session_token"], "expires_at", revokes=True),
    # Expired tokens are listed for some time.
    Expiring(SessionToken.metadata.tables["api_token"], "expires_at", timedelta(days=30), revokes=True),
    Expiring(SessionToken.metadata.tables["sign_in_mark"], "forget_at"),
)


async def purge(database: Database, *, batch: int = PURGE_BATCH_SIZE) -> int:
    """Delete all expired rows, one batch per transaction; return how many: 0 while another process purges."""
    deleted = 0
    for expiring in EXPIRING:
        statement = expiring.delete_statement()
        number = batch
        while number == batch:
            number = await _delete_batch(database, expiring, statement, batch)
            deleted += number
    return deleted


async def _delete_batch(database: Database, expiring: Expiring, statement: Any, batch: int) -> int:
    async with database.transaction(System.PURGE) as session:
        if not await session.scalar(select(func.pg_try_advisory_xact_lock(PURGE_LOCK))):
            return 0
        await session.execute(text("SET LOCAL synchronous_commit = off"))  # a lost DELETE is repeated
        if expiring.revokes:
            session.revoke_cached_viewers()
        result = await session.execute(statement, {"before": clock.now() - expiring.retention, "most": batch})
        return int(result.rowcount)


async def keep_purging(database: Database) -> None:
    """Purge every few minutes until cancelled."""
    await repeat(_purge_and_log, database, name="purge", pause=PURGE_INTERVAL_S, undone="expired rows not deleted")


async def _purge_and_log(database: Database) -> None:
    if deleted := await purge(database):
        log.info("expired rows deleted", rows=deleted)
