"""Transactions on PostgreSQL, each with its viewer. asyncpg owns the connections; this module has the only COMMIT.

A transaction acquires a connection of the pool, sends BEGIN and its settings in one message, and ends before the
connection goes back. See docs/decisions/0035.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import lru_cache
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, TypeVar

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import URL, Delete, Insert, Update, make_url, text

from osit_graphql.db.connection_pool import Connection, ConnectionPool
from osit_graphql.db.connector import Connector
from osit_graphql.db.error_translation import DRIVER_ERRORS, UNREACHABLE, is_closed, is_server_fault, raise_translated
from osit_graphql.db.observation import ObservedConnection, Observer
from osit_graphql.db.statements import Result, Row, compile_many, compile_once, returned_columns, row_class
from osit_graphql.domain.enums import Role
from osit_graphql.domain.errors import Contended, Unavailable
from osit_graphql.domain.viewer import Principal, System, Viewer

if TYPE_CHECKING:
    from osit_graphql.metrics import Metrics

T = TypeVar("T")
ROLLBACK_TIMEOUT_S: Final = 5
IDLE_IN_TRANSACTION_TIMEOUT_MS: Final = 30_000
STATEMENT_CACHE_SIZE: Final = 200
"""Statements that each connection keeps prepared."""

BEGIN: Final = "BEGIN"
BEGIN_SNAPSHOT: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
RETRIES: Final = 3
MAX_RETRY_TIME_S: Final = 3.0
PAUSE_RANGE_S: Final = (0.010, 0.100)  # random, so that two conflicting transactions do not conflict again
MAX_CACHED_ROLE_SETS: Final = 256


class DirtyConnectionError(RuntimeError):
    """The pool handed out a connection that was inside a transaction; it is closed, never used again."""


class MissingViewerError(TypeError):
    """A transaction was started without a viewer: a bug of the calling code."""


class TransactionOverError(RuntimeError):
    """A statement came after the end of its transaction: a bug of the calling code."""


class Session:
    """One transaction's connection. `Database.transaction` and `Database.reading` open and end it."""

    __slots__ = ("_connection", "after_commit", "refused", "revokes")

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection: asyncpg.Connection | None = connection
        self.revokes = False
        """Whether cached viewers are dropped once this transaction is over."""
        self.refused = False
        """Whether the server refused a statement because of its own state: the connection is not used again."""
        self.after_commit: list[Callable[[], object]] = []
        """Called once this transaction is committed, in order."""

    def close(self) -> None:
        """Refuse further statements, because another transaction may use the connection now."""
        self._connection = None

    def revoke_cached_viewers(self) -> None:
        """Drop every cached viewer once this transaction is over, committed or not.

        Services call it when they change or delete rows of `person`, `session_token` or `api_token`, because this may
        take a permission away.
        """
        self.revokes = True

    @property
    def connection(self) -> asyncpg.Connection:
        """Asyncpg's connection."""
        if self._connection is None:
            raise TransactionOverError("this transaction is over")
        return self._connection

    async def execute(
        self, statement: Any, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> Result:
        """Compile and execute a statement; `db.statements` compiles once per cache key instead.

        A list of parameters executes the statement once for each.
        """
        if isinstance(parameters, Sequence):
            return await self._execute_many(statement, parameters)
        query, arguments = compile_once(statement, parameters)
        if isinstance(statement, (Insert, Update, Delete)) and not returned_columns(statement):
            return Result((), _written_rows(await self._send(self.connection.execute, query, *arguments)))
        rows = await self.fetch(query, arguments, row_class(statement))
        return Result(rows, len(rows))

    async def scalar(self, statement: Any, parameters: Mapping[str, Any] | None = None) -> Any:
        """Return the first column of the first row, None when there is none."""
        return (await self.execute(statement, parameters)).scalar()

    async def scalars(
        self, statement: Any, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> Result:
        """Return the first column of each row."""
        return (await self.execute(statement, parameters)).scalars()

    async def fetch(self, query: str, arguments: Sequence[Any], record_class: type[Row]) -> list[Any]:
        """Return the rows of a compiled statement."""
        rows: list[Any] = await self._send(self.connection.fetch, query, *arguments, record_class=record_class)
        return rows

    async def _execute_many(self, statement: Any, rows: Sequence[Mapping[str, Any]]) -> Result:
        if not rows:
            return Result((), 0)
        query, arguments = compile_many(statement, rows)
        if not returned_columns(statement):
            await self._send(self.connection.executemany, query, arguments)
            return Result((), len(rows))
        returned = await self._send(self.connection.fetchmany, query, arguments, record_class=row_class(statement))
        return Result(returned, len(returned))

    async def _send(self, method: Any, *arguments: Any, **options: Any) -> Any:
        try:
            return await method(*arguments, **options)
        except DRIVER_ERRORS as error:
            self.refused = self.refused or is_server_fault(error)
            raise_translated(error, closed=is_closed(self.connection))


class Database:
    """One PostgreSQL database, used in a writing or a reading transaction: both need the viewer.

    Statements are SQLAlchemy Core and return rows, not entities (docs/decisions/0003). The pool connects at the first
    transaction.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 10,
        statement_timeout: float = 10,
        lock_timeout: float = 2,
        prepared_statements: bool = True,
        connection_max_age: float = 1800,
    ) -> None:
        self.url: URL = make_url(url)
        self.connector = Connector(self.url)
        self.pool_size, self.prepared_statements = pool_size, prepared_statements
        self._connection_max_age = connection_max_age
        self._limits = "; ".join(transaction_limits(statement_timeout=statement_timeout, lock_timeout=lock_timeout))
        self.revocation_count = 0
        """Transactions of this process that may have taken a permission away, each counted once it is over."""
        self.query_loggers: list[Callable[[Any], None]] = []
        """For tests and benchmarks: called with asyncpg's record of each statement, BEGIN and COMMIT included."""
        self.observers: list[Observer] = []
        self.metrics: Metrics | None = None
        self.waiting = 0
        """Transactions that wait for a connection now."""
        self._pool: ConnectionPool | None = None

    def transaction(self, viewer: Principal) -> AbstractAsyncContextManager[Session]:
        """Begin a transaction; commit it at the end, or roll it back on any exception."""
        return Transaction(self, f"{BEGIN}; {self._limits}; {viewer_settings(viewer)}", writes=True)

    def reading(self, viewer: Principal, *, reports: bool = False) -> AbstractAsyncContextManager[Session]:
        """Read one snapshot, so that a page and its count agree; PostgreSQL refuses to write in it.

        `reports`: a technician also reads their service's interventions on tickets that were re-routed.
        """
        settings = viewer_settings(viewer, reports=reports)
        return Transaction(self, f"{BEGIN_SNAPSHOT}; {self._limits}; {settings}", writes=False)

    @property
    def connect_arguments(self) -> dict[str, Any]:
        """Asyncpg's arguments for a connection to this database, apart from the host."""
        cache_size = STATEMENT_CACHE_SIZE if self.prepared_statements else 0
        return {**self.connector.arguments, "connection_class": Connection, "statement_cache_size": cache_size}

    @property
    def connections_in_use(self) -> int:
        """How many connections have a transaction now."""
        return 0 if self._pool is None else self._pool.in_use

    async def acquire(self) -> Connection:
        """Return a connection of the pool, outside any transaction, or raise `Unavailable`."""
        if self._pool is None:
            self._pool = ConnectionPool(
                self.connector.connect,
                self.connect_arguments,
                size=self.pool_size,
                max_age_s=self._connection_max_age,
                connect_timeout_s=self.connector.timeout,
            )
        self.waiting += 1
        try:
            connection = await self._pool.acquire()
        finally:
            self.waiting -= 1
        if connection.is_in_transaction():
            connection.terminate()
            raise DirtyConnectionError("the pool handed out a connection inside a transaction")
        return connection

    async def release(self, connection: Connection) -> None:
        """Give a connection back; the pool drops one that is closed."""
        if self._pool is not None:
            await self._pool.release(connection)
        elif not is_closed(connection):
            connection.terminate()

    async def replace_connections(self) -> None:
        """Make the pool replace every open connection, because one of them was lost."""
        if self._pool is not None:
            await self._pool.expire()

    async def ping(self) -> None:
        """Execute a statement, or raise `Unavailable`."""
        async with self.reading(System.HEALTH) as session:
            await session.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close every connection once its transaction is over, or after some seconds."""
        if self._pool is not None:
            await self._pool.close()
            self._pool = None


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


class Transaction(AbstractAsyncContextManager[Session]):
    """From the acquisition of a connection to its release.

    A class, not a generator: one is entered for every request.
    """

    __slots__ = ("_begin", "_connection", "_database", "_loggers", "_sender", "_session", "_writes")

    def __init__(self, database: Database, begin: str, *, writes: bool) -> None:
        self._database, self._begin, self._writes = database, begin, writes

    async def __aenter__(self) -> Session:
        """Acquire a connection, and begin with the viewer's settings in the same message."""
        self._connection = await self._database.acquire()
        observers = self._database.observers
        self._sender = ObservedConnection(self._connection, observers) if observers else self._connection
        self._session = Session(self._sender)
        self._loggers = tuple(self._database.query_loggers)
        try:
            for logger in self._loggers:
                self._connection.add_query_logger(logger)
            await self._sender.execute(self._begin)
        except BaseException as error:  # noqa: BLE001 - it is raised again
            closed = is_closed(self._connection)
            await self._leave(commit=False)
            raise_translated(error, closed=closed)
        return self._session

    async def __aexit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Commit or roll back, then always release the connection."""
        await self._leave(commit=error is None)

    async def _leave(self, *, commit: bool) -> None:
        self._session.close()
        try:
            await self._end(commit=commit)
            for call in self._session.after_commit if commit else ():
                call()
        finally:
            if self._session.revokes:  # a failed COMMIT may have taken effect
                self._database.revocation_count += 1
            for logger in self._loggers if not is_closed(self._connection) else ():
                self._connection.remove_query_logger(logger)
            await self._database.release(self._connection)

    async def _end(self, *, commit: bool) -> None:
        """Send COMMIT or ROLLBACK; close the connection if that fails."""
        connection = self._sender
        if is_closed(connection):
            await self._database.replace_connections()
            if commit and self._writes:
                raise Unavailable(fault=UNREACHABLE, cause="the connection was lost before COMMIT")
            return
        try:
            if commit:
                await connection.execute("COMMIT")
            else:
                await connection.execute("ROLLBACK", timeout=ROLLBACK_TIMEOUT_S)
        except DRIVER_ERRORS as error:
            self._session.refused = self._session.refused or is_server_fault(error)
            if commit:
                raise_translated(error, closed=is_closed(connection))
        finally:
            if not is_closed(connection) and (self._session.refused or connection.is_in_transaction()):
                connection.terminate()


class ReadInTurn(AbstractAsyncContextManager[Session]):
    """A transaction that begins after the earlier ones with the same lock: they use one connection at a time.

    A class, not a generator: one is entered for every request.
    """

    __slots__ = ("_transaction", "_turn")

    def __init__(self, turn: asyncio.Lock, transaction: AbstractAsyncContextManager[Session]) -> None:
        self._turn, self._transaction = turn, transaction

    async def __aenter__(self) -> Session:
        await self._turn.acquire()
        try:
            return await self._transaction.__aenter__()
        except BaseException:
            self._turn.release()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._transaction.__aexit__(kind, error, trace)
        finally:
            self._turn.release()


def transaction_limits(*, statement_timeout: float, lock_timeout: float) -> list[str]:
    """Return the statements that limit a transaction, in seconds; PgBouncer refuses them as startup parameters."""
    settings = {
        "jit": "off",
        "statement_timeout": round(statement_timeout * 1000),
        "lock_timeout": round(lock_timeout * 1000),
        "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_TIMEOUT_MS,
    }
    return [f"SET LOCAL {name} = {value}" for name, value in settings.items()]


def viewer_settings(viewer: Principal, *, reports: bool = False) -> str:
    """Return the SET LOCAL statements. Their values are integers and enumeration members, never text of a client.

    `reports`: whether a technician also reads the interventions that the reports of their service count.
    """
    if isinstance(viewer, System):
        return f"SET LOCAL osit.roles = '{System(viewer).value}'"
    if not isinstance(viewer, Viewer):
        raise MissingViewerError(f"a transaction needs a Viewer or a System, not {type(viewer).__name__}")
    settings = f"SET LOCAL osit.person = '{int(viewer.user_id):d}'; SET LOCAL osit.roles = '{_words(viewer.roles)}'"
    if viewer.service_id is not None:
        settings += f"; SET LOCAL osit.service = '{int(viewer.service_id):d}'"
    return f"{settings}; SET LOCAL osit.reports = 'on'" if reports else settings


@lru_cache(MAX_CACHED_ROLE_SETS)
def _words(roles: frozenset[Role]) -> str:
    return ",".join(sorted(Role(role).value for role in roles))


def _written_rows(status: str) -> int:
    """Return the number of rows in a command's status, such as « INSERT 0 2 »."""
    return int(status.rpartition(" ")[2])
