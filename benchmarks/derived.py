"""Derived tables that triggers maintain, filled at once for rows that were written without triggers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]

SQL = Path(__file__).parent / "sql"
SLICE_TICKETS = 20_000
"""Tickets per statement."""
LONG_DOCUMENTS = """
SELECT count(osit_rebuild_document(ticket_id)) FROM ticket_document
WHERE ticket_id BETWEEN $1 AND $2 AND NOT internal AND size >= osit_part_limit()
"""
REPORTS = "SELECT osit_rebuild_reports()"


async def run_in_slices(
    connections: Sequence[asyncpg.Connection], last: int, size: int, work: Callable[..., Awaitable[None]]
) -> None:
    """Run `work(connection, first, last)` for slices of the numbers up to the last, on all connections in parallel."""
    waiting = list(range(1, last + 1, size))[::-1]

    async def take(connection: asyncpg.Connection) -> None:
        while waiting:
            start = waiting.pop()
            await work(connection, start, min(start + size - 1, last))

    await asyncio.gather(*(take(connection) for connection in connections))


async def documents(connections: Sequence[asyncpg.Connection], tickets: int) -> None:
    """Fill the search documents; needs the index of history by ticket, and the stock of texts."""
    await connections[0].execute((SQL / "stock.sql").read_text("utf-8"))
    written = (SQL / "documents.sql").read_text("utf-8")

    async def write(connection: asyncpg.Connection, start: int, end: int) -> None:
        await connection.execute(written, start, end)
        await connection.execute(LONG_DOCUMENTS, start, end)

    await run_in_slices(connections, tickets, SLICE_TICKETS, write)


async def chain(connections: Sequence[asyncpg.Connection], tickets: int) -> None:
    """Seal the history, slice by slice."""

    async def seal(connection: asyncpg.Connection, start: int, end: int) -> None:
        await connection.execute("SELECT osit_chain_rebuild($1, $2)", start, end)

    await run_in_slices(connections, tickets, SLICE_TICKETS, seal)


async def reports(connection: asyncpg.Connection) -> None:
    """Fill the rollups of reports."""
    await connection.execute(REPORTS)
