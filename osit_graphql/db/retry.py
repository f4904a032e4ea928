"""Carrying a whole transaction out, and once more when others stood in its way."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from osit_graphql.db.engine import Database, Session
from osit_graphql.domain.errors import Contended
from osit_graphql.domain.viewer import Principal

T = TypeVar("T")
RETRIES = 3
PATIENCE = 3.0  # seconds after which nothing is begun again
PAUSES = (0.010, 0.100)  # seconds, drawn so that those who met don't meet again


async def whole(database: Database, asker: Principal, work: Callable[[Session], Awaitable[T]]) -> T:
    """Run the work in a transaction of its own, from its beginning each time: nothing may be done outside of it.

    Whoever waits for a lock is not kept longer than `PATIENCE` and one more wait.
    """
    began = time.monotonic()
    for _ in range(RETRIES):
        try:
            async with database.transaction(asker) as session:
                return await work(session)
        except Contended:
            if time.monotonic() - began > PATIENCE:
                raise
            await asyncio.sleep(random.uniform(*PAUSES))  # noqa: S311 - a pause, not a secret
    async with database.transaction(asker) as session:
        return await work(session)
