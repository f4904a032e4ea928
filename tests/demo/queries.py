"""Plain SQL on the demo database, which shares no code with the package."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from osit_graphql.db.engine import Database
from tests.superuser import as_superuser


async def fetch_rows(database: Database, statement: str, **values: Any) -> Sequence[Any]:
    """Return the rows of a statement, as the superuser."""
    async with as_superuser(database).reading() as session:
        return (await session.execute(text(statement), values)).all()


async def fetch_value(database: Database, statement: str, **values: Any) -> Any:
    """Return the single value of a statement."""
    [[value]] = await fetch_rows(database, statement, **values)
    return value
