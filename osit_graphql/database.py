"""Engine, sessions, and the only commit in the code."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from osit_graphql.errors import Refused, SetupError, TimedOut, Unavailable
from osit_graphql.problems import AlreadyExists

# A connection inside a transaction. Statements are SQLAlchemy Core: rows, not entities, so nothing loads lazily and
# nothing goes stale (docs/decisions/0003).
Session = AsyncConnection

# Which argument a unique index speaks of, for the race that a check beforehand can't see.
UNIQUE = {
    "person_email_key": ("input", "email"),
    "site_name_key": ("input", "name"),
    "service_name_key": ("input", "name"),
    "application_name_key": ("input", "name"),
    "cause_name_key": ("input", "name"),
}

# Not faults: a lock not had in time, a deadlock, a server that goes down. Nothing was kept.
CANCELLED = "57014"  # by the statement's timeout
TRANSIENT = {"55P03", "40P01", "40001", "57P01", "57P02", "57P03", "53300"}


class Database:
    """A pool of connections to one PostgreSQL, and the two ways to use it."""

    def __init__(self, url: str, *, pool: int = 10, statement_timeout: float = 10, lock_timeout: float = 2) -> None:
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool,
            max_overflow=0,
            pool_timeout=2,
            pool_use_lifo=True,
            connect_args={
                "timeout": 5,
                "server_settings": {
                    "application_name": "osit",
                    "timezone": "UTC",
                    "jit": "off",
                    "statement_timeout": str(round(statement_timeout * 1000)),
                    "lock_timeout": str(round(lock_timeout * 1000)),
                    "idle_in_transaction_session_timeout": "30000",
                },
            },
        )
        self._reader = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        """Everything inside is kept, or nothing is: commits at the end, rolls back on any exception."""
        try:
            async with self.engine.begin() as session:
                yield session
        except DBAPIError as error:
            raise translate(error) from error
        except (OSError, TimeoutError, PoolTimeoutError) as error:
            raise Unavailable from error

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Session]:
        """One snapshot, so that a page and its count agree; PostgreSQL refuses to write in it."""
        try:
            async with self._reader.connect() as session:
                yield session
        except DBAPIError as error:
            raise translate(error) from error
        except (OSError, TimeoutError, PoolTimeoutError) as error:
            raise Unavailable from error

    async def ping(self) -> None:
        """Ask PostgreSQL for a sign of life, or raise `Unavailable`."""
        async with self.reading() as session:
            await session.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Give every connection back."""
        await self.engine.dispose()


def translate(error: DBAPIError) -> Exception:
    """Return what a failure of the driver means to the caller; what it doesn't know stays a fault."""
    constraint = getattr(getattr(error.orig, "__cause__", None), "constraint_name", None)
    if isinstance(error, IntegrityError) and constraint in UNIQUE:
        return Refused(AlreadyExists(UNIQUE[constraint]))
    state = getattr(error.orig, "sqlstate", None) or ""
    if state == CANCELLED:
        return TimedOut()
    if state in TRANSIENT:
        return Unavailable()
    if state.startswith("28") or state == "3D000":  # not let in, or no such database
        return SetupError(f"PostgreSQL refuses the connection: {getattr(error.orig, '__cause__', error.orig)}.")
    if error.connection_invalidated or isinstance(error, (InterfaceError, OperationalError)):
        return Unavailable()
    return error
