"""Who is asking, told to PostgreSQL in the very message that begins a transaction; without it none begins.

Row-level security reads these settings (`policies`). They last as long as the transaction, so that no connection of
the pool can carry one person's into the next one's.
"""

from functools import lru_cache
from struct import pack
from typing import Any, Final

import asyncpg  # type: ignore[import-untyped]

from osit_graphql.db.closing import Answers, message
from osit_graphql.domain.enums import Role
from osit_graphql.domain.viewer import Principal, System, Viewer

# What comes after BEGIN while SQLAlchemy makes a connection's acquaintance: nothing, so nothing can be seen either.
GREETING: Final = ""
ROLLBACK, BEGIN, SNAPSHOT = "ROLLBACK;", "BEGIN;", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"


class MissingViewerError(RuntimeError):
    """A transaction was to begin without anybody having been said to ask; a fault of the code that opened it."""


class DirtyConnection(RuntimeError):
    """A connection was lent while it was inside somebody's transaction; it is closed, never used again."""


class Begun:
    """A transaction of somebody's, as SQLAlchemy's adapter of the driver knows them: to start, then to end once."""

    __slots__ = ("_connection", "message")

    def __init__(self, connection: "BoundConnection", message: str) -> None:
        self._connection, self.message = connection, message

    async def start(self) -> None:
        """Begin, and say who asks in the same message."""
        await self._connection.start(self)

    def start_with_next(self) -> None:
        """Begin on the way to a statement that is ready, and is sent before anything is awaited."""
        self._connection.start_with_next(self)

    async def commit(self) -> None:
        """Keep what was written."""
        await self._connection.end("COMMIT")

    async def rollback(self) -> None:
        """Keep nothing."""
        await self._connection.end("ROLLBACK")


class BoundConnection(asyncpg.Connection):  # type: ignore[misc]
    """asyncpg's connection, whose transactions begin with `asking`; SQLAlchemy's engine makes them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._answers = Answers(self._transport)
        self.asking: str | None = GREETING
        self.snapshot = False
        """Whether what begins only reads, all of it at one moment."""
        self.owing = False
        """Whether PostgreSQL has still to be told that a reading is over: it is, before anything else is said."""
        self.left = 0.0
        """When that reading was over, by the event loop's clock."""

    @property
    def clean(self) -> bool:
        """Whether nobody's transaction is under way on it, as the driver knows it and as PostgreSQL does or will."""
        return not self.is_closed() and self._top_xact is None and (self.owing or not self.is_in_transaction())

    def bind(self, asking: str | None, *, snapshot: bool = False) -> None:
        """Have the transactions that begin from now on begin with who is asking; None: none may begin."""
        self.asking, self.snapshot = asking, snapshot

    def transaction(self, **_said: Any) -> Begun:
        """Make a transaction for somebody; within another it would be a savepoint, and ask as whoever that is for."""
        if self.asking is None:
            raise MissingViewerError(
                "a transaction begins with somebody: database.transaction(viewer) or reading(viewer)"
            )
        if not self.clean:
            self.terminate()
            raise DirtyConnection("a connection was still in a transaction")
        return Begun(self, (SNAPSHOT if self.snapshot else BEGIN) + self.asking)

    async def start(self, begun: Begun) -> None:
        """Send what begins a transaction."""
        self._top_xact: Begun | None = begun  # asyncpg looks for it too
        await self.execute(self._owed() + begun.message)

    def prepared(self, text: str, row: type[Any]) -> Any:
        """Return the statement as it was prepared on this connection, None if it wasn't: it goes out in one message."""
        return self._stmt_cache.get((text, row, False))

    async def run(self, prepared: Any, arguments: tuple[Any, ...], *, last: bool = False) -> list[Any]:
        """Run a prepared statement: what `fetch` does, which looks for it again, five coroutines further down.

        `last`: of its transaction, which is kept with it; nothing is, of whatever fails.
        """
        asked = self._protocol.bind_execute(prepared, arguments, "", 0, False, None)
        try:
            return await (self._answers.commit_behind(asked) if last else asked)
        except asyncpg.InvalidCachedStatementError:
            self._drop_global_statement_cache()
            raise
        except asyncpg.OutdatedSchemaCacheError:
            await self.reload_schema_state()
            raise
        finally:
            if last and not self.is_in_transaction():
                self._top_xact = None

    def start_with_next(self, begun: Begun) -> None:
        """Send what begins a transaction together with the statement that comes next.

        PostgreSQL answers all of it at once: nobody waits for the BEGIN. asyncpg, which can't send two things at a
        time, passes over what is answered before its own statement.
        """
        self._top_xact = begun
        self._transport.write(_sent(self._owed() + begun.message))

    def _owed(self) -> str:
        """Return what has to be said first."""
        owed, self.owing = (ROLLBACK if self.owing else ""), False
        return owed

    def leave(self) -> None:
        """End what was only read without a word: the next transaction's first message ends it, or `settle`."""
        self._top_xact = None
        self.owing, self.left = self.is_in_transaction(), self._loop.time()

    async def settle(self) -> None:
        """Say what is owed."""
        if self.owing:
            await self.execute(ROLLBACK)
            self.owing = False

    async def end(self, word: str) -> None:
        """Send what ends the transaction."""
        self._top_xact = None
        await self.execute(word)


def told(asker: Principal, *, reports: bool = False) -> str:
    """Return the statements that bind somebody: integers and words of closed enumerations, nothing that was typed."""
    if isinstance(asker, System):
        return f"SET LOCAL osit.roles = '{System(asker).value}'"
    if not isinstance(asker, Viewer):
        raise TypeError(f"a viewer or a system's job asks, not {type(asker).__name__}")
    said = f"SET LOCAL osit.person = '{int(asker.user_id):d}'; SET LOCAL osit.roles = '{_words(asker.roles)}'"
    if asker.service_id is not None:
        said += f"; SET LOCAL osit.service = '{int(asker.service_id):d}'"
    return f"{said}; SET LOCAL osit.reports = 'on'" if reports else said


@lru_cache(256)  # more than there are sets of roles
def _words(roles: frozenset[Role]) -> str:
    return ",".join(sorted(Role(role).value for role in roles))


@lru_cache(1024)  # more than ask in the same minutes
def _sent(statements: str) -> bytes:
    """Return statements as the extended protocol has them, each parsed, bound and executed; no Sync ends them."""
    sent = bytearray()
    for statement in filter(None, statements.split(";")):
        parse = b"\0" + statement.strip().encode("ascii") + b"\0" + pack("!h", 0)
        for kind, content in ((b"P", parse), (b"B", b"\0\0" + pack("!hhh", 0, 0, 0)), (b"E", b"\0" + pack("!i", 0))):
            sent += message(kind, content)
    return bytes(sent)
