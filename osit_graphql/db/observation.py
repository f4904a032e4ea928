"""Reports each statement that a transaction sends, with its duration: for metrics, the slow log and traces.

`Database.observers` is empty unless one of them is on; a transaction then uses asyncpg's connection itself.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from time import perf_counter
from typing import Any, Final

import asyncpg  # type: ignore[import-untyped]

Observer = Callable[[str, float, str | None], None]
"""Called after a statement: its text with placeholders, its seconds, and the SQLSTATE or class of its error."""

MAX_SUMMARIES: Final = 1_000  # cached, as many as `db.statements` caches statements
MAX_SUMMARY_CHARACTERS: Final = 255  # as OpenTelemetry's conventions bound `db.query.summary`
MAX_SQL_CHARACTERS: Final = 4_000
COMMON_TABLE: Final = re.compile(r"(\w+)(?:\s*\([\w\s,]*\))?\s+AS\s+(?:NOT\s+)?(?:MATERIALIZED\s+)?\(")
TABLE: Final = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+(?:ONLY\s+|LATERAL\s+)?([a-z_][a-z0-9_]*)")
WRITE: Final = re.compile(r"\b(?:INSERT(?=\s+INTO)|UPDATE(?=\s+[a-z])|DELETE(?=\s+FROM))")


class ObservedConnection:
    """A connection of asyncpg that reports the statements of its four methods used here."""

    __slots__ = ("_connection", "_observers")

    def __init__(self, connection: asyncpg.Connection, observers: Sequence[Observer]) -> None:
        self._connection, self._observers = connection, observers

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def execute(self, query: str, *arguments: Any, **options: Any) -> Any:
        """Execute a statement, as asyncpg does."""
        return await self._report(self._connection.execute, query, *arguments, **options)

    async def executemany(self, query: str, *arguments: Any, **options: Any) -> Any:
        """Execute a statement for each set of arguments, as asyncpg does."""
        return await self._report(self._connection.executemany, query, *arguments, **options)

    async def fetch(self, query: str, *arguments: Any, **options: Any) -> Any:
        """Return a statement's rows, as asyncpg does."""
        return await self._report(self._connection.fetch, query, *arguments, **options)

    async def fetchmany(self, query: str, *arguments: Any, **options: Any) -> Any:
        """Return a statement's rows for each set of arguments, as asyncpg does."""
        return await self._report(self._connection.fetchmany, query, *arguments, **options)

    async def _report(self, method: Any, query: str, *arguments: Any, **options: Any) -> Any:
        error, began = None, perf_counter()
        try:
            return await method(query, *arguments, **options)
        except BaseException as raised:
            error = getattr(raised, "sqlstate", None) or type(raised).__name__
            raise
        finally:
            seconds, text = perf_counter() - began, without_settings(query)
            for observe in self._observers:
                observe(text, seconds, error)


def without_settings(query: str) -> str:
    """Return a statement without the settings that follow BEGIN: they contain the viewer's id."""
    return query.partition(";")[0] if query.startswith("BEGIN") else query


@lru_cache(MAX_SUMMARIES)
def summarize(text: str) -> str:
    """Return a short name of a statement: its verb and its tables, such as « SELECT ticket, person »."""
    common = set(COMMON_TABLE.findall(text))
    tables = [name for name in dict.fromkeys(TABLE.findall(text)) if name not in common]
    verb = text.split(None, 1)[0]
    if verb == "WITH":
        verb = write[0] if (write := WRITE.search(text)) else "SELECT"
    return f"{verb} {', '.join(tables)}".rstrip()[:MAX_SUMMARY_CHARACTERS]


@lru_cache(MAX_SUMMARIES)
def shorten(text: str) -> str:
    """Return a statement's text on one line, at most `MAX_SQL_CHARACTERS` of it."""
    return " ".join(text.split())[:MAX_SQL_CHARACTERS]
