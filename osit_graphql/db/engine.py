"""Transactions, each with who asks, and the only commit in the code."""

from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Final

from sqlalchemy import Connection, Delete, Update, event, text
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from osit_graphql.db import connections
from osit_graphql.db.connections import Connections, Link, fail
from osit_graphql.db.session_context import BoundConnection, told
from osit_graphql.domain.errors import Contended, Refused, RequestError, SetupError, TimedOut, Unavailable
from osit_graphql.domain.user_errors import AlreadyExists
from osit_graphql.domain.viewer import Principal, System

Session = connections.Session

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
    """One PostgreSQL, and the two ways to use it: each says who is asking.

    Statements are SQLAlchemy Core: rows, not entities, so nothing loads lazily and nothing goes stale (0003).
    """

    def __init__(self, url: str, *, pool: int = 10, statement_timeout: float = 10, lock_timeout: float = 2) -> None:
        self.engine: AsyncEngine = create_async_engine(
            url,
            poolclass=NullPool,  # it makes connections; `connections` keeps them
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
        event.listen(self.engine.sync_engine, "before_execute", self._note)
        self.connections = Connections(self.engine, pool)
        self.revocations = 0
        """How many transactions of this process may have taken a right away, each counted once it is over."""
        self._revoking: set[Connection] = set()

    def transaction(self, asker: Principal) -> AbstractAsyncContextManager[Session]:
        """Everything inside is kept, or nothing is: commits at the end, rolls back on any exception."""
        return Transaction(self, told(asker), writes=True)

    def reading(self, asker: Principal, *, reports: bool = False) -> AbstractAsyncContextManager[Session]:
        """One snapshot, so that a page and its count agree; PostgreSQL refuses to write in it.

        `reports`: for what a technician's reports count, the work of their service, wherever the ticket is now.
        """
        return Transaction(self, told(asker, reports=reports), writes=False)

    def over(self, link: Link) -> None:
        """Count what may be a revocation once it is over, whatever came of it: a commit that fails may be one."""
        if link.sync in self._revoking:
            self._revoking.remove(link.sync)
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
        await self.connections.close()
        await self.engine.dispose()


class Transaction(AbstractAsyncContextManager[Session]):
    """One of them, from the connection that is lent to it until that is given back.

    A class, not a generator: it is entered for every request, and begins with its first statement.
    """

    __slots__ = ("_asking", "_database", "_link", "_session", "_writes")

    def __init__(self, database: Database, asking: str, *, writes: bool) -> None:
        self._database, self._asking, self._writes = database, asking, writes

    async def __aenter__(self) -> Session:
        """Have a connection, bound to whoever asks."""
        try:
            self._link = link = await self._database.connections.lend()
        except FAILURES as error:
            raise meaning(error) from error
        link.driver.bind(self._asking, snapshot=not self._writes)
        self._session = Session(link)
        return self._session

    async def __aexit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Keep what was written or nothing, give the connection back, and say what a failure means."""
        self._session.forget()
        link = self._link
        try:
            try:
                if self._writes or error is not None:
                    await _end(link, keep=error is None and not self._session.kept)
                else:
                    _leave(link)
            finally:
                self._database.over(link)
                await self._database.connections.take_back(link)
        except FAILURES as failure:
            raise meaning(failure) from failure
        if isinstance(error, FAILURES) and (meant := meaning(error)) is not error:
            raise meant from error


def _leave(link: Link) -> None:
    """End what was only read: nothing waits, and PostgreSQL hears of it with whatever is said next."""
    begun, link.begun = link.begun, None
    if begun is not None:
        link.driver.leave()
    if link.sync.get_transaction() is not None and not link.sync.invalidated:
        link.sync.rollback()


async def _end(link: Link, *, keep: bool) -> None:
    """End the transaction on the driver's connection, then tell SQLAlchemy, which finds nothing left to wait for."""
    begun, link.begun = link.begun, None
    lost = link.driver.is_closed()
    try:
        if begun is not None and not lost:
            await (begun.commit() if keep else begun.rollback())
    except BaseException as error:
        await fail(link, error, "COMMIT" if keep else "ROLLBACK")
        raise
    finally:
        if link.sync.get_transaction() is not None and not link.sync.invalidated:
            link.sync.rollback()
    if lost and keep:
        raise Unavailable  # also to whoever was told so, and went on


FAILURES: Final = (DBAPIError, OSError, TimeoutError)


def meaning(error: BaseException) -> BaseException:
    """Return what a failure to reach PostgreSQL, or of a statement, means to the caller."""
    return translate(error) if isinstance(error, DBAPIError) else Unavailable()


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
