"""Drop indexes before filling and create them afterwards, which is several times faster."""

import asyncio
from collections.abc import Sequence

import asyncpg  # type: ignore[import-untyped]

DERIVED = ("ticket_document", "ticket_document_part", "occurrence", "flow_event")
TABLES = ["ticket", "activity", "intervention", *DERIVED]
DROPPABLE = """
SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS made_by
FROM pg_index i WHERE i.indrelid = ANY ($1::text[]::regclass[])
    AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
ORDER BY i.indrelid, name
"""


async def drop(connection: asyncpg.Connection) -> list[str]:
    """Drop the indexes of large tables that no constraint needs; return their definitions."""
    indexes = await connection.fetch(DROPPABLE, TABLES)
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['name']}")
    return [index["made_by"] for index in indexes]


async def create(connections: Sequence[asyncpg.Connection], statements: list[str]) -> None:
    """Create the indexes, one at a time on each connection."""
    waiting = list(reversed(statements))

    async def work(connection: asyncpg.Connection) -> None:
        await connection.execute("SET maintenance_work_mem = '512MB'")
        while waiting:
            await connection.execute(waiting.pop())

    await asyncio.gather(*(work(connection) for connection in connections))
