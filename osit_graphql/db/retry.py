"""Runs a transaction again after a serialization failure, a deadlock or a lock timeout."""

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
MAX_RETRY_TIME_S = 3.0
PAUSE_RANGE_S = (0.010, 0.100)  # random, so that two transactions that met don't meet again


async def run_with_retry(database: Database, viewer: Principal, work: Callable[[Session], Awaitable[T]]) -> T:
    """Run `work` in a transaction of its own, again if it raised `Contended`. It must have no other side effects.

    Takes at most `MAX_RETRY_TIME_S` and one more lock timeout.
    """
    began = time.monotonic()
    for _ in range(RETRIES):
        try:
            async with database.transaction(viewer) as session:
                return await work(session)
        except Contended:
            if time.monotonic() - began > MAX_RETRY_TIME_S:
                raise
            await asyncio.sleep(random.uniform(*PAUSE_RANGE_S))  # noqa: S311 - a pause, not a secret
    async with database.transaction(viewer) as session:
        return await work(session)
