"""Jobs that a serving process does again and again, beside requests."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from osit_graphql.db.engine import Database
from osit_graphql.db.error_translation import DatabaseError
from osit_graphql.domain.errors import Unavailable

log = structlog.get_logger(__name__)


async def repeat(
    job: Callable[[Database], Awaitable[object]], database: Database, *, pause: float, undone: str
) -> None:
    """Do it, again after so many seconds, until cancelled; what goes wrong is told as `undone`, and tried again."""
    while True:
        try:
            await job(database)
        except Unavailable:
            log.warning(undone, reason="the database does not answer")
        except DatabaseError:
            log.exception(undone)
        await asyncio.sleep(pause)
