"""What triggers keep up beside the rows, made in one go for rows that were written without them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]

SQL = Path(__file__).parent / "sql"
SLICE = 20_000
"""Tickets of one statement."""
REPORTS = "SELECT osit_rebuild_reports()"


async def share(
    connections: Sequence[asyncpg.Connection], last: int, size: int, work: Callable[..., Awaitable[None]]
) -> None:
    """Do `work(connection, first, last)` for slices of the numbers up to the last, one at a time on each connection."""
    waiting = list(range(1, last + 1, size))[::-1]

    async def take(connection: asyncpg.Connection) -> None:
        while waiting:
            start = waiting.pop()
            await work(connection, start, min(start + size - 1, last))

    await asyncio.gather(*(take(connection) for connection in connections))


async def documents(connections: Sequence[asyncpg.Connection], tickets: int) -> None:
    """Make what search reads of the tickets; needs the index of history by ticket, and the stock of texts."""
    await connections[0].execute((SQL / "stock.sql").read_text("utf-8"))
    written = (SQL / "documents.sql").read_text("utf-8")

    async def write(connection: asyncpg.Connection, start: int, end: int) -> None:
        await connection.execute(written, start, end)

    await share(connections, tickets, SLICE, write)


async def chain(connections: Sequence[asyncpg.Connection], tickets: int) -> None:
    """Seal the history, slice by slice: what shows that nobody edited it since."""

    async def seal(connection: asyncpg.Connection, start: int, end: int) -> None:
        await connection.execute("SELECT osit_chain_rebuild($1, $2)", start, end)

    await share(connections, tickets, SLICE, seal)


async def reports(connection: asyncpg.Connection) -> None:
    """Make the cells that reports are read from."""
    await connection.execute(REPORTS)
