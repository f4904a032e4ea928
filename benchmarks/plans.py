"""PostgreSQL's work for a run: the number of blocks, and the plans."""

from contextlib import suppress
from typing import Any

from benchmarks.desk import Desk
from benchmarks.operation import Operation
from osit_graphql.db.engine import viewer_settings

Statement = tuple[str, Any]
TRANSACTIONS = ("BEGIN", "COMMIT", "ROLLBACK")


class _RollBackError(Exception):
    """Raised to roll a transaction back."""


async def explain(operation: Operation, desk: Desk) -> tuple[int, int, list[str]]:
    """Return the rows of a run, the 8 kB blocks that its statements read, and their plans."""
    statements: list[Statement] = []

    def log(record: Any) -> None:
        if not record.query.startswith(TRANSACTIONS):
            statements.append((record.query, record.args))

    desk.database.query_loggers.append(log)
    try:
        answer = await operation.call(desk, 0)
    finally:
        desk.database.query_loggers.remove(log)
    blocks, plans = 0, []
    viewer, reports = desk.viewers[operation.role], operation.group == "Reports"
    with suppress(_RollBackError):
        async with desk.database.transaction(viewer) as session:
            for setting in ("SET LOCAL statement_timeout = 0", viewer_settings(viewer, reports=reports)):
                await session.connection.execute(setting)
            for statement, parameters in statements:
                plan = await session.connection.fetch(f"EXPLAIN (ANALYZE, BUFFERS) {statement}", *parameters)
                lines = [row[0] for row in plan]
                blocks += _blocks(lines)
                plans.append("\n".join([statement, repr(parameters), *lines]))
            raise _RollBackError
    return _rows(answer), blocks, plans


def _rows(answer: Any) -> int:
    """Return how many rows an answer has; a count counts as many."""
    match answer:
        case int():
            return answer
        case dict():
            return sum(_rows(each) for each in answer.values())
        case tuple():
            return _rows(answer[0])
        case _:
            return len(getattr(answer, "rows", answer))


def _blocks(lines: list[str]) -> int:
    """Return shared blocks of the topmost node."""
    for line in lines:
        if line.strip().startswith("Buffers: shared"):
            words = line.replace(",", " ").split()
            return sum(int(word.partition("=")[2]) for word in words if word.startswith(("hit=", "read=")))
    return 0
