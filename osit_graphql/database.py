"""Engine, sessions, and the only commit in the code."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import Connection, Delete, Update, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from osit_graphql.binding import BoundConnection, told
from osit_graphql.errors import Contended, Refused, RequestError, SetupError, TimedOut, Unavailable
from osit_graphql.problems import AlreadyExists
from osit_graphql.viewer import Asker, System

# A connection inside a transaction. Statements are SQLAlchemy Core: rows, not entities, so nothing loads lazily and
# nothing goes stale (docs/decisions/0003).
Session = AsyncConnection

PATIENCE = 2  # seconds that a transaction waits for a connection

# Which argument a unique index speaks of, for the race that a check beforehand can't see.
UNIQUE = {
    "person_email_key": ("input", "email"),
    "site_name_key": ("input", "name"),
    "service_name_key": ("input", "name"),
    "application_name_key": ("input", "name"),
    "cause_name_key": ("input", "name"),
}

# Where it is written who may ask: a row of these that is changed or removed may take a right away.
RECOGNISED = frozenset({"person", "session_token", "api_token"})

# What PostgreSQL's states mean to the caller; nothing was kept.
MEANINGS: dict[str, type[RequestError]] = {
    "57014": TimedOut,  # cancelled by the statement's timeout
    # Others stood in the way: a serialization failure, a deadlock, a lock not had in time. `services.attempts` tries
    # them again.
    **dict.fromkeys(("40001", "40P01", "55P03"), Contended),
    # A server that goes down, or has no connection left.
    **dict.fromkeys(("57P01", "57P02", "57P03", "53300"), Unavailable),
}


class Database:
    """A pool of connections to one PostgreSQL, and the two ways to use it: each says who is asking."""

    def __init__(self, url: str, *, pool: int = 10, statement_timeout: float = 10, lock_timeout: float = 2) -> None:
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool,
            max_overflow=0,
            pool_timeout=PATIENCE,
            pool_use_lifo=True,
            connect_args={
                "connection_class": BoundConnection,
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
        event.listen(self.engine.sync_engine, "connect", _forget)  # after SQLAlchemy's own greeting
        event.listen(self.engine.sync_engine, "checkout", _check_clean)
        event.listen(self.engine.sync_engine, "before_execute", self._note)
        # Whoever waits for a connection has it in their turn: the pool's own queue lets those who come past them.
        self._places = asyncio.Semaphore(pool)
        self.revocations = 0
        """How many transactions of this process may have taken a right away, each counted once it is over."""
        self._revoking: set[Connection] = set()
        self._reader = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @asynccontextmanager
    async def transaction(self, asker: Asker) -> AsyncIterator[Session]:
        """Everything inside is kept, or nothing is: commits at the end, rolls back on any exception."""
        async with (
            _failing(),
            self._place(),
            self.engine.connect() as session,
            bound(session, told(asker)),
            self._counted(session),  # around the transaction: once it is over
            session.begin(),
        ):
            yield session

    @asynccontextmanager
    async def reading(self, asker: Asker, *, reports: bool = False) -> AsyncIterator[Session]:
        """One snapshot, so that a page and its count agree; PostgreSQL refuses to write in it.

        `reports`: for what a technician's reports count, the work of their service, wherever the ticket is now.
        """
        async with _failing(), self._place():
            session = await self._reader.connect()
            try:
                async with bound(session, told(asker, reports=reports)):
                    yield session
            finally:
                await _leave(session)

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        async with asyncio.timeout(PATIENCE if self._places.locked() else None):
            await self._places.acquire()
        try:
            yield
        finally:
            self._places.release()

    @asynccontextmanager
    async def _counted(self, session: Session) -> AsyncIterator[None]:
        """Count what may be a revocation once it is over, whatever came of it: a commit that fails may be one."""
        writer = cast(Connection, session.sync_connection)
        try:
            yield
        finally:
            if writer in self._revoking:
                self._revoking.remove(writer)
                self.revocations += 1

    def _note(self, writer: Connection, statement: object, *_rest: object) -> None:
        if isinstance(statement, (Update, Delete)) and getattr(statement.table, "name", None) in RECOGNISED:
            self._revoking.add(writer)

    async def ping(self) -> None:
        """Ask PostgreSQL for a sign of life, or raise `Unavailable`."""
        async with self.reading(System.HEALTH) as session:
            await session.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Give every connection back."""
        await self.engine.dispose()


@asynccontextmanager
async def _failing() -> AsyncIterator[None]:
    """Turn a failure of the driver into what it means to the caller."""
    try:
        yield
    except DBAPIError as error:
        raise translate(error) from error
    except (OSError, TimeoutError, PoolTimeoutError) as error:
        raise Unavailable from error


@asynccontextmanager
async def bound(session: Session, asking: str) -> AsyncIterator[None]:
    """Have this connection's next transactions begin with who is asking, until it goes back to the pool."""
    if session.sync_connection is None:
        raise AssertionError("a session that is open has its connection")
    connection = cast(BoundConnection, session.sync_connection.connection.driver_connection)
    connection.asking = asking
    try:
        yield
    finally:
        connection.asking = None


async def _leave(session: Session) -> None:
    """End what was read and give the connection back; SQLAlchemy's own way takes as long again as the statement.

    Nothing waits once the transaction has ended, so that nobody's leaving can cut it short.
    """
    connection = session.sync_connection
    try:
        if connection is not None and not connection.invalidated:
            adapted: Any = connection.connection.dbapi_connection
            if (begun := adapted._transaction) is not None:  # noqa: SLF001 - `statements` begins them there
                try:
                    await begun.rollback()
                except BaseException as error:
                    await session.invalidate(error if isinstance(error, Exception) else None)
                    raise
                adapted._transaction = None  # noqa: SLF001 - as above
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Unavailable from error
    finally:
        await session.close()


def _forget(connection: Any, _record: object) -> None:
    connection.driver_connection.asking = None


def _check_clean(connection: Any, _record: object, _proxy: object) -> None:
    """Have the pool close a connection that came back in somebody's transaction, and give another."""
    if not connection.driver_connection.clean:
        raise DisconnectionError


def translate(error: DBAPIError) -> Exception:
    """Return what a failure of the driver means to the caller; what it doesn't know stays a fault."""
    constraint = getattr(getattr(error.orig, "__cause__", None), "constraint_name", None)
    if isinstance(error, IntegrityError) and constraint in UNIQUE:
        return Refused(AlreadyExists(UNIQUE[constraint]))
    state = getattr(error.orig, "sqlstate", None) or ""
    if state in MEANINGS:
        return MEANINGS[state]()
    if state.startswith("28") or state == "3D000":  # not let in, or no such database
        return SetupError(f"PostgreSQL refuses the connection: {getattr(error.orig, '__cause__', error.orig)}.")
    if error.connection_invalidated or isinstance(error, (InterfaceError, OperationalError)):
        return Unavailable()
    return error
