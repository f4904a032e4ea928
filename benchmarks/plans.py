"""What PostgreSQL does for a run: how many blocks it looks at, and the plans."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from sqlalchemy import event, text

from benchmarks.desk import Desk
from benchmarks.operation import Operation
from osit_graphql.db.engine import Session
from osit_graphql.db.session_context import told

Statement = tuple[str, Any]


@contextmanager
def _listening(desk: Desk) -> Iterator[list[Statement]]:
    heard: list[Statement] = []
    engine = desk.database.engine.sync_engine

    def send(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        heard.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", send)
    try:
        yield heard
    finally:
        event.remove(engine, "before_cursor_execute", send)


@asynccontextmanager
async def _unkept(desk: Desk, asking: str) -> AsyncIterator[Session]:
    link = await desk.database.connections.lend()
    link.driver.bind(asking)
    try:
        yield Session(link)
    finally:
        await link.opened.rollback()
        await desk.database.connections.take_back(link)


async def explain(operation: Operation, desk: Desk) -> tuple[int, int, list[str]]:
    """Return the rows of a run, the blocks of 8 kB that its statements look at, and their plans as text."""
    with _listening(desk) as heard:
        answer = await operation.call(desk, 0)
    blocks, plans = 0, []
    asker = told(desk.viewers[operation.role], reports=operation.group == "Reports")
    async with _unkept(desk, asker) as connection:
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        for statement, parameters in heard:
            answered = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS) {statement}", parameters)
            lines = list(answered.scalars())
            blocks += _blocks(lines)
            plans.append("\n".join([statement, repr(parameters), *lines]))
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
