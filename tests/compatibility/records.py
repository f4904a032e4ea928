"""Data written by commit 0a7ae24: IDs, cursors, idempotency keys with their requests, and all rows of its database."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import text

from osit_graphql.db.models import Base
from tests.superuser import Superuser

FOLDER = Path(__file__).parent


@cache
def load(name: str) -> Any:
    """Return the content of a file in this folder."""
    return json.loads((FOLDER / name).read_text("utf-8"))


RECORD = load("0a7ae24.json")


async def insert_rows(database: Superuser, rows_by_table: Mapping[str, list[dict[str, Any]]]) -> None:
    """Insert rows as they were written, past triggers and policies."""
    async with database.transaction() as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        for table in Base.metadata.sorted_tables:
            if rows := rows_by_table.get(table.name):
                columns = ", ".join(rows[0])
                statement = (
                    f"INSERT INTO {table.name} ({columns}) OVERRIDING SYSTEM VALUE "
                    f"SELECT {columns} FROM jsonb_populate_recordset(NULL::{table.name}, CAST(:rows AS jsonb))"
                )
                await session.execute(text(statement), {"rows": json.dumps(rows)})
