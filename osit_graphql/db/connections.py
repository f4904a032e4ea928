"""Open connections, kept between transactions: lent to one at a time, and given back clean or closed.

SQLAlchemy's engine makes and configures them, and writes go through its own `execute`; but its pool's checkout and
checkin took several times what a statement takes (docs/decisions/0030).
"""

import asyncio
from contextlib import suppress
from typing import Any, cast

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from osit_graphql.db.session_context import BoundConnection

PATIENCE = 2  # seconds that a transaction waits for a connection
LINGERING = 0.01
"""Seconds that a reading which is over may be PostgreSQL's last word of it, twice: it mostly is ended on the way to the
next one, by the message that begins that."""
STOPPED = 1.0
"""Seconds after which it would have been said, had this process run: PostgreSQL may have ended it by itself since."""
GONE = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


class Link:
    """An open connection: SQLAlchemy's, its adapter of the driver, and the driver's own."""

    __slots__ = ("adapted", "driver", "era", "opened", "sync")

    def __init__(self, opened: AsyncConnection, era: int) -> None:
        self.opened, self.era = opened, era
        self.sync = cast(Connection, opened.sync_connection)
        self.adapted = cast(Any, self.sync.connection.dbapi_connection)
        self.driver: BoundConnection = self.adapted.driver_connection

    @property
    def begun(self) -> Any:
        """The transaction under way, whoever began it: SQLAlchemy does at its first statement, and so do we."""
        return self.adapted._transaction  # noqa: SLF001 - where SQLAlchemy looks for it

    @begun.setter
    def begun(self, begun: Any) -> None:
        self.adapted._transaction = begun  # noqa: SLF001 - as above

    @property
    def clean(self) -> bool:
        """Whether it is open and outside any transaction, as all three and PostgreSQL know it."""
        return self.driver.clean and self.begun is None and self.sync.get_transaction() is None


class Session(AsyncConnection):
    """A connection as one transaction has it: nothing can be said on it any more once that is over."""

    __slots__ = ("asked", "closing", "kept", "key", "link")

    def __init__(self, link: Link) -> None:
        super().__init__(link.opened.engine)
        self.sync_connection: Connection | None = link.sync
        self.link: Link | None = link
        self.key: str | None = None
        """The idempotency key that this transaction has taken: what it writes is noted under it."""
        self.asked: Any = None
        """What is answered of an action, where nothing else has to be done: whoever writes last may answer it."""
        self.closing = False
        """Whether the next statement is the last one: COMMIT goes with it where it can."""
        self.kept = False
        """Whether all that was written is kept already."""

    def forget(self) -> None:
        """Let go of the connection, which is somebody else's from now on."""
        self.sync_connection = self.link = None

    async def fetch(self, text: str, arguments: tuple[Any, ...], row: type[Any]) -> list[Any]:
        """Send a statement on the driver's own connection, in a transaction that begins with who asks."""
        link = self.link
        if link is None:
            raise AssertionError("this transaction is over")
        driver = link.driver
        try:
            prepared = driver.prepared(text, row)
            if link.begun is None:
                begun = driver.transaction()
                if prepared is not None:
                    link.begun = begun  # whatever comes of the statement, PostgreSQL has begun it
                    begun.start_with_next()
                else:
                    await begun.start()
                    link.begun = begun
            if prepared is None:
                return cast("list[Any]", await driver.fetch(text, *arguments, record_class=row))
            if not self.closing:
                return await driver.run(prepared, arguments)
            rows = await driver.run(prepared, arguments, last=True)
        except BaseException as error:
            if self.closing and isinstance(error, asyncpg.PostgresError) and not driver.is_in_transaction():
                link.begun = None  # what came behind has ended it
            await fail(link, error, text, arguments)
            raise
        self.kept, link.begun = True, None
        self.forget()
        return rows


class Connections:
    """At most so many of them, the last given back lent first, to those who wait in their turn."""

    def __init__(self, engine: AsyncEngine, most: int) -> None:
        self.engine, self.lent = engine, 0
        self._idle: list[Link] = []
        self._places = asyncio.Semaphore(most)
        self._era = 0
        self._settling: asyncio.Task[None] | None = None
        event.listen(engine.sync_engine, "connect", _forget)  # after SQLAlchemy's own greeting
        event.listen(engine.sync_engine, "handle_error", self._hear)

    def _hear(self, failed: Any) -> None:
        """When PostgreSQL went away under one connection, have none of those opened before lent again."""
        if failed.is_disconnect and failed.invalidate_pool_on_disconnect:
            self._era += 1

    async def lend(self) -> Link:
        """Return a clean connection, nobody bound to it, or `TimeoutError`; one that PostgreSQL closed is not lent."""
        if self._places.locked():
            async with asyncio.timeout(PATIENCE):
                await self._places.acquire()
        else:
            await self._places.acquire()
        try:
            link = await self._clean() or await self._open()
        except BaseException:
            self._places.release()
            raise
        self.lent += 1
        return link

    async def take_back(self, link: Link) -> None:
        """Keep a connection for the next transaction, or close it unless it is clean and nobody's."""
        link.driver.bind(None)
        self.lent -= 1
        try:
            if self._may_be_lent(link):
                self._idle.append(link)
                if link.driver.owing and self._settling is None:
                    self._settling = asyncio.create_task(self._settle())
            else:
                await _discard(link)
        finally:
            self._places.release()

    async def _settle(self) -> None:
        """Tell PostgreSQL of the readings that are over on connections that nobody has had since a moment ago."""
        before: set[Link] = set()
        try:
            while any(link.driver.owing for link in self._idle):
                await asyncio.sleep(LINGERING)
                for link in [link for link in self._idle if link in before and link.driver.owing]:
                    if link in self._idle and not self._places.locked():
                        await self._settle_one(link)
                before = set(self._idle)
        finally:
            self._settling = None

    async def _settle_one(self, link: Link) -> None:
        """Have a connection as somebody who reads nothing."""
        await self._places.acquire()
        self._idle.remove(link)
        self.lent += 1
        try:
            with suppress(*GONE):
                await link.driver.settle()
        finally:
            await self.take_back(link)

    async def close(self) -> None:
        """Close those that nobody has, now; the others when they are given back."""
        if self._settling is not None:
            self._settling.cancel()
            await asyncio.gather(self._settling, return_exceptions=True)
        self._era += 1
        while self._idle:
            await _discard(self._idle.pop())

    def _may_be_lent(self, link: Link) -> bool:
        return link.era == self._era and link.clean

    async def _clean(self) -> Link | None:
        while self._idle:
            link = self._idle.pop()
            if await self._is_well(link):
                return link
            await _discard(link)
        return None

    async def _is_well(self, link: Link) -> bool:
        """Whether it may be lent; after a time that this process stood still, PostgreSQL is asked."""
        if link.driver.owing and asyncio.get_running_loop().time() - link.driver.left > STOPPED:
            try:
                await link.driver.settle()
            except GONE:
                return False
            except BaseException:
                link.driver.terminate()  # whoever waited has gone: nobody else holds it
                raise
        return self._may_be_lent(link)

    async def _open(self) -> Link:
        era = self._era
        return Link(await AsyncConnection(self.engine).start(), era)


async def _discard(link: Link) -> None:
    try:
        if not link.clean:
            await link.opened.invalidate()
        await link.opened.close()
    finally:
        link.driver.terminate()  # whatever stopped us


def _forget(connection: Any, _record: object) -> None:
    connection.driver_connection.bind(None)


async def fail(link: Link, error: BaseException, text: str, arguments: tuple[Any, ...] = ()) -> None:
    """Raise what SQLAlchemy raises for it, and have it do with the connection what it does: a dead one is dropped."""
    await link.opened.run_sync(_fail, link, error, text, arguments)


def _fail(connection: Any, link: Link, error: BaseException, text: str, arguments: tuple[Any, ...]) -> None:
    if not (connection.invalidated or connection.in_transaction()):
        connection._autobegin()  # noqa: SLF001 - else it rolls back at once, and a next statement begins anew
    translated = error
    if isinstance(error, Exception) and not isinstance(error, connection.dialect.dbapi.Error):
        try:
            link.adapted._handle_exception(error)  # noqa: SLF001 - its table of errors
        except Exception as told:  # noqa: BLE001 - it always raises: what it made of it
            translated = told
    said = text if isinstance(translated, connection.dialect.dbapi.Error) else None  # else it is raised as it is
    try:
        raise translated  # noqa: TRY301 - SQLAlchemy raises from what is being handled
    except BaseException:  # noqa: BLE001 - it always raises
        connection._handle_dbapi_exception(translated, said, arguments, None, None)  # noqa: SLF001 - as above
