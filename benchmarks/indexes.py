"""Indexes are made once the rows are there: several times faster than keeping them up row by row."""

import asyncio
from collections.abc import Sequence

import asyncpg  # type: ignore[import-untyped]

DERIVED = ("ticket_document", "occurrence", "flow_event")
TABLES = ["ticket", "activity", "intervention", *DERIVED]
PLAIN = """
SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS made_by
FROM pg_index i WHERE i.indrelid = ANY ($1::text[]::regclass[])
    AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
ORDER BY i.indrelid, name
"""


async def drop(connection: asyncpg.Connection) -> list[str]:
    """Drop every index of the large tables that no constraint needs; return the statements that make them again."""
    found = await connection.fetch(PLAIN, TABLES)
    for index in found:
        await connection.execute(f"DROP INDEX {index['name']}")
    return [index["made_by"] for index in found]


async def create(connections: Sequence[asyncpg.Connection], statements: list[str]) -> None:
    """Make them again, as many at a time as there are connections."""
    waiting = list(reversed(statements))

    async def work(connection: asyncpg.Connection) -> None:
        await connection.execute("SET maintenance_work_mem = '512MB'")
        while waiting:
            await connection.execute(waiting.pop())

    await asyncio.gather(*(work(connection) for connection in connections))
