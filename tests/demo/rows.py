"""Looking into a filled database with plain SQL: an eye that shares nothing with the code under test."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from osit_graphql.db.engine import Database
from tests.behind import behind


async def read(database: Database, statement: str, **values: Any) -> Sequence[Any]:
    """Return the rows of a statement."""
    async with behind(database).reading() as session:
        return (await session.execute(text(statement), values)).all()


async def value(database: Database, statement: str, **values: Any) -> Any:
    """Return the only value of a statement."""
    [[only]] = await read(database, statement, **values)
    return only
