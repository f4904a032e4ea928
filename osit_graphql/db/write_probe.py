"""Finds out whether PostgreSQL accepts writes, for `/readyz`. See docs/decisions/0049."""

import time
from typing import Final

from sqlalchemy import text

from osit_graphql.db.engine import Database
from osit_graphql.db.error_translation import READ_ONLY
from osit_graphql.domain.errors import Unavailable
from osit_graphql.domain.viewer import System

PROBE_INTERVAL_S: Final = 2.0
IS_READ_ONLY: Final = text("SELECT current_setting('transaction_read_only')::boolean")
LITTLE_MEMORY: Final = text("SET LOCAL work_mem = '64kB'")
FILL_FILE: Final = text("SELECT count(*) FROM generate_series(1, 20000)")
"""More rows than `work_mem` holds, so PostgreSQL writes them into a temporary file of some 500 kB."""


class WriteProbe:
    """Asks one database, at most every `PROBE_INTERVAL_S`, and remembers the result meanwhile."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._expires_at = 0.0
        self._fault: Unavailable | None = None

    async def check(self) -> bool:
        """Return True if PostgreSQL accepts writes, else raise `Unavailable`."""
        if time.monotonic() >= self._expires_at:
            self._fault = await self._find_fault()
            self._expires_at = time.monotonic() + PROBE_INTERVAL_S
        if self._fault is not None:
            raise self._fault
        return True

    async def _find_fault(self) -> Unavailable | None:
        try:
            async with self._database.transaction(System.HEALTH) as session:
                if await session.scalar(IS_READ_ONLY):
                    return Unavailable(fault=READ_ONLY, cause="new transactions are read-only")
                await session.execute(LITTLE_MEMORY)
                await session.execute(FILL_FILE)
        except Unavailable as fault:
            return fault
        return None
