"""Clearing away what has had its time, while serving: keys of requests, sessions that ended by themselves."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Table, bindparam, delete, func, select, text, tuple_

from osit_graphql.db.engine import Database
from osit_graphql.db.models import IdempotencyKey, SessionToken
from osit_graphql.domain import clock
from osit_graphql.domain.viewer import System
from osit_graphql.services import background_jobs, idempotency

LOCK = 0x05174AB3E  # any number of ours: one process clears at a time
BATCH = 1_000  # rows deleted in one transaction
PAUSE = 300.0  # seconds between two rounds of a serving process
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Perishable:
    """A table whose rows go some time after the moment that a column tells."""

    table: Table
    moment: str
    after: timedelta = timedelta()
    revokes: bool = False
    """Whether viewers are cached by its rows."""

    def clearing(self) -> Any:
        """Return the statement that deletes some of what is older than `before`; what is renewed meanwhile stays."""
        keys = list(self.table.primary_key)
        over = self.table.c[self.moment] < bindparam("before")
        return delete(self.table).where(tuple_(*keys).in_(select(*keys).where(over).limit(bindparam("most"))), over)


PERISHABLE = (
    Perishable(IdempotencyKey.metadata.tables["idempotency_key"], "made_at", idempotency.KEPT),
    Perishable(SessionToken.metadata.tables["session_token"], "expires_at", revokes=True),
    # Listed for so long after it has expired.
    Perishable(SessionToken.metadata.tables["api_token"], "expires_at", timedelta(days=30), revokes=True),
    Perishable(SessionToken.metadata.tables["sign_in_mark"], "forget_at"),
)


async def clear(database: Database, *, batch: int = BATCH) -> int:
    """Delete everything that has had its time, a batch a transaction; return how many: none while another does."""
    cleared = 0
    for perishable in PERISHABLE:
        statement = perishable.clearing()
        gone = batch
        while gone == batch:
            gone = await _clear_some(database, perishable, statement, batch)
            cleared += gone
    return cleared


async def _clear_some(database: Database, perishable: Perishable, statement: Any, batch: int) -> int:
    async with database.transaction(System.PURGE) as session:
        if not await session.scalar(select(func.pg_try_advisory_xact_lock(LOCK))):
            return 0
        await session.execute(text("SET LOCAL synchronous_commit = off"))  # what is lost is cleared again
        if perishable.revokes:
            session.revoke_cached_viewers()
        found = await session.execute(statement, {"before": clock.now() - perishable.after, "most": batch})
        return int(found.rowcount)


async def keep_clearing(database: Database) -> None:
    """Clear every few minutes, until cancelled."""
    await background_jobs.repeat(_clear_and_tell, database, pause=PAUSE, undone="nothing cleared")


async def _clear_and_tell(database: Database) -> None:
    if cleared := await clear(database):
        log.info("cleared", rows=cleared)
