"""Connections to one PostgreSQL database: asyncpg's pool, in which a connection has a maximum age.

asyncpg limits how long a connection is idle and how many statements it executes, but not its age.
"""

import asyncio
import contextlib
import json
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import asyncpg  # type: ignore[import-untyped]

from osit_graphql.db.error_translation import DRIVER_ERRORS, raise_translated
from osit_graphql.domain.errors import Unavailable

POOL_ACQUIRE_TIMEOUT_S: Final = 2
CLOSE_TIMEOUT_S: Final = 5
STATEMENTS_PER_CONNECTION: Final = 1_000_000
"""A connection is replaced after this many statements, which frees the memory of its PostgreSQL process."""
AGE_SPREAD: Final = 0.9
"""Connections live for 90 to 100 % of their maximum age, so that not all are replaced at the same time."""


class Connection(asyncpg.Connection):  # type: ignore[misc]
    """A connection of asyncpg that is replaced at `expires_at`, of the monotonic clock."""

    __slots__ = ("expires_at",)


class ConnectionPool:
    """Connects when a connection is acquired, and not before."""

    def __init__(
        self,
        connect: Callable[..., Awaitable[Any]],
        connect_arguments: Mapping[str, Any],
        *,
        size: int,
        max_age_s: float,
        connect_timeout_s: float,
    ) -> None:
        """`connect` is called with asyncpg's arguments; the pool waits `connect_timeout_s` for it."""

        async def prepare(connection: Connection) -> None:
            connection.expires_at = time.monotonic() + max_age_s * random.uniform(AGE_SPREAD, 1)  # noqa: S311 - no secret
            await _set_codecs(connection)

        self._connect_timeout_s = connect_timeout_s
        self._pool = asyncpg.create_pool(
            **connect_arguments,
            connect=connect,
            min_size=0,
            max_size=size,
            max_queries=STATEMENTS_PER_CONNECTION,
            max_inactive_connection_lifetime=0,
            init=prepare,
            reset=_reset_nothing,
        )

    @property
    def in_use(self) -> int:
        """How many connections are acquired now."""
        return int(self._pool.get_size() - self._pool.get_idle_size())

    async def acquire(self) -> Connection:
        """Return a connection that is younger than the maximum age, or raise `Unavailable`."""
        timeout_s = max(POOL_ACQUIRE_TIMEOUT_S, self._connect_timeout_s)
        try:
            # Not `acquire(timeout=…)`: before Python 3.12 it may swallow a cancellation.
            async with asyncio.timeout(timeout_s):
                pool = await self._pool  # the first time, this opens it; without a connection, so no other task runs
                connection: Connection = await pool.acquire()
                while time.monotonic() > connection.expires_at:
                    await connection.close()
                    connection = await pool.acquire()
                return connection
        except TimeoutError:
            cause = f"no connection of the pool was free for {timeout_s:g} s"
            raise Unavailable(fault="pool_exhausted", cause=cause) from None
        except DRIVER_ERRORS as error:
            raise_translated(error, closed=True)

    async def release(self, connection: Connection) -> None:
        """Take a connection back; drop one that is closed."""
        with contextlib.suppress(*DRIVER_ERRORS):  # asyncpg has closed the connection then
            await self._pool.release(connection)

    async def expire(self) -> None:
        """Replace every open connection before its next use."""
        await self._pool.expire_connections()

    async def close(self) -> None:
        """Close every connection once it is released, or after `CLOSE_TIMEOUT_S`."""
        with contextlib.suppress(TimeoutError):  # asyncpg has closed them all then
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._pool.close()


async def _set_codecs(connection: asyncpg.Connection) -> None:
    """Decode JSON to values; SQLAlchemy's types encode it to text themselves."""
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, schema="pg_catalog", encoder=str, decoder=json.loads)


async def _reset_nothing(_connection: asyncpg.Connection) -> None:
    """Do nothing: SET LOCAL ends with the transaction, and `Transaction` ends it before the release."""
