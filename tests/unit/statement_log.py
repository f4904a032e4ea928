"""Log of the statements that are sent to PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from osit_graphql.db.engine import Database

TRANSACTIONS = ("BEGIN", "COMMIT", "ROLLBACK")
# The token's lookup, and asyncpg's own lookup of types, which each connection makes once.
NOT_COUNTED = ("osit_session", "typeinfo_tree", "set_config('jit'")


@contextmanager
def logged_statements(database: Database) -> Iterator[list[str]]:
    """Collect the statements within a block, except those of transactions and of NOT_COUNTED."""
    statements: list[str] = []

    def record(logged: Any) -> None:
        counted = not any(part in logged.query for part in NOT_COUNTED)
        if counted and not logged.query.startswith(TRANSACTIONS):
            statements.append(logged.query)

    database.query_loggers.append(record)
    try:
        yield statements
    finally:
        database.query_loggers.remove(record)
