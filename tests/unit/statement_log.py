"""Which statements a piece of work sends to PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from osit_graphql.db.engine import Database

TRANSACTIONS = ("BEGIN", "COMMIT", "ROLLBACK")


@contextmanager
def logged_statements(database: Database) -> Iterator[list[str]]:
    """Collect the statements that are sent meanwhile, but for those of transactions and of the token's lookup."""
    statements: list[str] = []

    def record(logged: Any) -> None:
        if not logged.query.startswith(TRANSACTIONS) and "osit_session" not in logged.query:
            statements.append(logged.query)

    database.query_loggers.append(record)
    try:
        yield statements
    finally:
        database.query_loggers.remove(record)
