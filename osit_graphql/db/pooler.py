"""Finds out whether a pooler in front of PostgreSQL mixes up prepared statements.

PgBouncer in transaction mode hands one server connection to many clients. Unless it tracks prepared statements, one
client then executes a statement that another client has prepared under the same name.
"""

import asyncio
from contextlib import AsyncExitStack
from typing import Final
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]

from osit_graphql.db.engine import Database
from osit_graphql.db.error_translation import DRIVER_ERRORS, raise_translated
from osit_graphql.domain.errors import SetupError

PROBE_TIMEOUT_S: Final = 5
MIXED_UP = (asyncpg.DuplicatePreparedStatementError, asyncpg.InvalidSQLStatementNameError)
SENTENCE = (
    "The pooler in front of PostgreSQL mixes up the prepared statements of its clients:"
    " set OSIT_PREPARED_STATEMENTS=false, or max_prepared_statements in PgBouncer 1.21 or later."
)


async def check_prepared_statements(database: Database) -> None:
    """Raise `SetupError` if this database has prepared statements on and a pooler mixes them up."""
    if not database.prepared_statements:
        return
    async with AsyncExitStack() as stack:
        try:
            first, second = await _connect(database, stack), await _connect(database, stack)
            mixed_up = await _mixes_up(first, second)
        except DRIVER_ERRORS as error:
            raise_translated(error, closed=True)
    if mixed_up:
        raise SetupError(SENTENCE)


async def _connect(database: Database, stack: AsyncExitStack) -> asyncpg.Connection:
    connection: asyncpg.Connection = await database.connector.connect(**database.connect_arguments)
    stack.callback(connection.terminate)
    return connection


async def _mixes_up(first: asyncpg.Connection, second: asyncpg.Connection) -> bool:
    """Prepare two statements under one name, execute each while the other client holds a server connection."""
    name = f"osit_probe_{uuid4().hex}"
    try:
        statements = [await each.prepare(f"SELECT {place}", name=name) for place, each in enumerate((first, second))]
        async with asyncio.timeout(PROBE_TIMEOUT_S):
            for place, other in ((0, second), (1, first)):
                async with other.transaction():
                    if await statements[place].fetchval() != place:
                        return True
    except MIXED_UP:
        return True
    except TimeoutError:  # the pooler has one server connection, which both have used without an error
        return False
    return False
