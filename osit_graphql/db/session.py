"""A session: the connection of one transaction, on which statements are executed until the transaction ends."""

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import Delete, Insert, Update

from osit_graphql.db.compilation import compile_many, compile_once, returned_columns
from osit_graphql.db.error_translation import DRIVER_ERRORS, is_closed, raise_translated
from osit_graphql.db.result import Result, make_rows


class TransactionOverError(RuntimeError):
    """A statement came after the end of its transaction: a fault of the calling code."""


class Session:
    """One transaction's connection. `Database.transaction` and `Database.reading` open and end it."""

    __slots__ = ("_connection", "revokes")

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection: asyncpg.Connection | None = connection
        self.revokes = False
        """Whether cached viewers are dropped once this transaction is over."""

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
        records = await self.fetch(query, arguments, asyncpg.Record)
        return Result(make_rows(statement, records), len(records))

    async def scalar(self, statement: Any, parameters: Mapping[str, Any] | None = None) -> Any:
        """Return the first column of the first row, None when there is none."""
        return (await self.execute(statement, parameters)).scalar()

    async def scalars(
        self, statement: Any, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> Result:
        """Return the first column of each row."""
        return (await self.execute(statement, parameters)).scalars()

    async def fetch(self, query: str, arguments: Sequence[Any], record_class: type[Any]) -> list[Any]:
        """Return the rows of a compiled statement."""
        try:
            rows: list[Any] = await self.connection.fetch(query, *arguments, record_class=record_class)
        except DRIVER_ERRORS as error:
            raise_translated(error, closed=is_closed(self.connection))
        return rows

    async def _execute_many(self, statement: Any, rows: Sequence[Mapping[str, Any]]) -> Result:
        if not rows:
            return Result((), 0)
        query, arguments = compile_many(statement, rows)
        if not returned_columns(statement):
            await self._send(self.connection.executemany, query, arguments)
            return Result((), len(rows))
        records = await self._send(self.connection.fetchmany, query, arguments)
        return Result(make_rows(statement, records), len(records))

    async def _send(self, method: Any, *arguments: Any) -> Any:
        try:
            return await method(*arguments)
        except DRIVER_ERRORS as error:
            raise_translated(error, closed=is_closed(self.connection))


def _written_rows(status: str) -> int:
    """Read the number of rows off a command's status, such as « INSERT 0 2 »."""
    return int(status.rpartition(" ")[2])
