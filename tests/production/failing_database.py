"""A database whose chosen statement fails, with an error that quotes every argument and a canary."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import asyncpg  # type: ignore[import-untyped]

from osit_graphql.db.connection_pool import Connection
from osit_graphql.db.engine import Database

CANARY = "kq7391x"
HASH = "$argon2"
RAISE = """DO $do$ BEGIN
    RAISE EXCEPTION USING ERRCODE = '{state}', MESSAGE = {quoted}, DETAIL = {quoted}, HINT = {quoted};
END $do$"""

Fail = Callable[[asyncpg.Connection, str], Awaitable[object]]


def _raise_in_postgresql(state: str) -> Fail:
    async def fail(connection: asyncpg.Connection, words: str) -> object:
        quoted = "'" + words.replace("'", "''").replace("\0", "") + "'"
        return await asyncpg.Connection.execute(connection, RAISE.format(state=state, quoted=quoted))

    return fail


async def _send_text_as_number(connection: asyncpg.Connection, words: str) -> object:
    return await asyncpg.Connection.fetch(connection, "SELECT $1::bigint", words)


async def _read_text_as_number(connection: asyncpg.Connection, words: str) -> object:
    return await asyncpg.Connection.fetch(connection, "SELECT $1::text::bigint", words)


async def _raise_in_python(_connection: asyncpg.Connection, words: str) -> object:
    raise ValueError(words)


FAULTS: dict[str, Fail] = {
    "an error of PostgreSQL": _raise_in_postgresql("XX000"),
    "a violated constraint": _raise_in_postgresql("23514"),
    "a full disk": _raise_in_postgresql("53100"),
    "a deadlock": _raise_in_postgresql("40P01"),
    "a value that asyncpg can't send": _send_text_as_number,
    "a value that PostgreSQL can't read": _read_text_as_number,
    "an exception of Python": _raise_in_python,
}


class Fault:
    """The fault of a database: how it fails, and at which statement, counted from 1."""

    fail: Fail = FAULTS["an error of PostgreSQL"]
    countdown = 0
    armed = 0

    def arm(self, number: int, *names: str) -> None:
        """Let the statement with this number fail: in the ways named, or in all, one after the other."""
        ways = [FAULTS[name] for name in names or FAULTS]
        self.fail, self.countdown = ways[self.armed % len(ways)], number
        self.armed += 1

    @property
    def happened(self) -> bool:
        """Whether the statement was reached."""
        return self.countdown <= 0

    async def count(self, connection: asyncpg.Connection, arguments: Iterable[Any]) -> None:
        """Count a statement with its arguments, and fail at the chosen one."""
        self.countdown -= 1
        if self.countdown == 0:
            await self.fail(connection, f"{CANARY} {[*arguments]!r}")


class FailingDatabase(Database):
    """A database with a `Fault`."""

    def __init__(self, url: str, fault: Fault | None = None, **options: Any) -> None:
        super().__init__(url, **options)
        self.fault = fault or Fault()

    @property
    def connect_arguments(self) -> dict[str, Any]:
        """Asyncpg's arguments, with a connection that counts."""
        return {**super().connect_arguments, "connection_class": _counting_class(self.fault)}


def _counting_class(fault: Fault) -> type[asyncpg.Connection]:
    class Counting(Connection):
        """A connection that counts the statements of a `Session`, COMMIT included."""

        __slots__ = ()

        async def execute(self, query: str, *arguments: Any, **options: Any) -> Any:
            if not query.startswith(("BEGIN", "ROLLBACK")):
                await fault.count(self, arguments)
            return await super().execute(query, *arguments, **options)

        async def fetch(self, query: str, *arguments: Any, **options: Any) -> Any:
            await fault.count(self, arguments)
            return await super().fetch(query, *arguments, **options)

        async def executemany(self, query: str, rows: Any, **options: Any) -> Any:
            await fault.count(self, rows)
            return await super().executemany(query, rows, **options)

        async def fetchmany(self, query: str, rows: Any, **options: Any) -> Any:
            await fault.count(self, rows)
            return await super().fetchmany(query, rows, **options)

    return Counting
