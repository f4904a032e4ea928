"""SQLAlchemy's connections, for Alembic and the roles of a schema; everything else uses `db.engine`.

They work behind PgBouncer in transaction mode: no statement stays prepared, and each has a name of its own.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from osit_graphql.db.connector import Connector
from osit_graphql.db.engine import transaction_limits, viewer_settings
from osit_graphql.db.error_translation import DatabaseError, translate
from osit_graphql.domain.viewer import System

STATEMENT_TIMEOUT_S, LOCK_TIMEOUT_S = 10, 2


@asynccontextmanager
async def schema_connection(url: URL | str) -> AsyncIterator[AsyncConnection]:
    """Give a connection in a transaction that commits at the end, or rolls back on any exception."""
    address = make_url(url)
    connector = Connector(address)
    host = await connector.find_host()
    engine = create_async_engine(
        address.set(query={}),
        poolclass=NullPool,
        connect_args={
            **connector.arguments,
            **host,
            "statement_cache_size": 0,
            "prepared_statement_cache_size": 0,
            "prepared_statement_name_func": lambda: f"osit_{uuid4().hex}",
        },
    )
    limits = transaction_limits(statement_timeout=STATEMENT_TIMEOUT_S, lock_timeout=LOCK_TIMEOUT_S)
    try:
        async with engine.begin() as connection:
            for setting in (*limits, viewer_settings(System.HEALTH)):
                await connection.execute(text(setting))
            yield connection
    except (DBAPIError, OSError, TimeoutError) as error:
        cause = getattr(getattr(error, "orig", None), "__cause__", None) or error
        translated = translate(cause, closed=getattr(error, "connection_invalidated", False))
        if isinstance(error, DBAPIError) and isinstance(translated, DatabaseError):
            translated = type(error)(None, None, translated)  # without SQL: a role's password is part of it
        raise translated.with_traceback(error.__traceback__) from None
    finally:
        await engine.dispose()
