"""Measuring: databases take turns within one process, so that a busy neighbour falls on all of them alike."""

import gc
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event, text

from benchmarks.desk import Desk
from benchmarks.operation import Absent, Operation

WARM_UP = 8
"""Runs before any is counted: PostgreSQL settles on its plan for a statement at the sixth."""


@dataclass
class Figures:
    """Milliseconds of the runs on one database; what one of them gave back, and what PostgreSQL looked at.

    `service`: a call of the services; `statements`: of that, what was spent waiting for PostgreSQL's answers;
    `graphql`: the request over GraphQL.
    """

    service: list[float] = field(default_factory=list)
    statements: list[float] = field(default_factory=list)
    graphql: list[float] = field(default_factory=list)
    blocks: int | None = None
    rows: int | None = None
    plans: list[str] = field(default_factory=list)


def median(times: list[float]) -> float:
    """Return p50."""
    return statistics.median(times)


def late(times: list[float]) -> float:
    """Return p95."""
    return statistics.quantiles(times, n=20)[-1]


async def measure(operation: Operation, desks: list[Desk], runs: int) -> list[Figures] | None:
    """Measure it on every database in turn; None where one has nothing to measure it on."""
    figures = [Figures() for _ in desks]
    try:
        for ask in (False, True) if operation.document else (False,):
            for turn in range(WARM_UP + runs):
                for desk, found in zip(desks, figures, strict=True):
                    taken, waited = await _time(operation.ask if ask else operation.call, desk, turn)
                    if turn >= WARM_UP:
                        (found.graphql if ask else found.service).append(taken)
                    if turn >= WARM_UP and not ask:
                        found.statements.append(waited)
        for desk, found in zip(desks, figures, strict=True):
            await explain(operation, desk, found)
    except Absent:
        return None
    return figures


async def _time(call: Callable[[Desk, int], Awaitable[Any]], desk: Desk, turn: int) -> tuple[float, float]:
    """Return the milliseconds of a call, and of its statements."""
    with _listening(desk) as heard:
        gc.disable()
        began = time.perf_counter()
        await call(desk, turn)
        taken = time.perf_counter() - began
        gc.enable()
    return taken * 1000, sum(statement.seconds for statement in heard) * 1000


@dataclass
class Statement:
    """A statement that was sent, and how long its answer took."""

    text: str
    parameters: Any
    seconds: float


@contextmanager
def _listening(desk: Desk) -> Iterator[list[Statement]]:
    heard: list[Statement] = []
    engine = desk.database.engine.sync_engine

    def send(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        heard.append(Statement(statement, parameters, -time.perf_counter()))

    def receive(*_: Any) -> None:
        heard[-1].seconds += time.perf_counter()

    event.listen(engine, "before_cursor_execute", send)
    event.listen(engine, "after_cursor_execute", receive)
    try:
        yield heard
    finally:
        event.remove(engine, "before_cursor_execute", send)
        event.remove(engine, "after_cursor_execute", receive)


async def explain(operation: Operation, desk: Desk, found: Figures) -> None:
    """Note how many rows a run gives back, how many blocks of 8 kB it looks at, and its plans; nothing of writes."""
    if operation.writes:
        return
    with _listening(desk) as heard:
        found.rows = _rows(await operation.call(desk, 0))
    found.blocks = 0
    async with desk.database.engine.connect() as connection:
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        for statement in heard:
            explaining = f"EXPLAIN (ANALYZE, BUFFERS) {statement.text}"
            told = await connection.exec_driver_sql(explaining, statement.parameters)
            lines = list(told.scalars())
            found.blocks += _blocks(lines)
            found.plans.append("\n".join([statement.text, repr(statement.parameters), *lines]))


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
