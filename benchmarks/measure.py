"""Measure operations on several databases in turns, so that other load affects all of them equally."""

import gc
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import backends
from benchmarks.desk import Desk
from benchmarks.operation import Absent, Operation
from benchmarks.plans import explain

WARM_UP = 8
"""Uncounted runs: PostgreSQL chooses its final plan for a statement at the sixth."""


@dataclass(frozen=True)
class Run:
    """Milliseconds of one run: elapsed, and processor time of Python and PostgreSQL."""

    elapsed: float
    python: float
    postgres: float


@dataclass
class Figures:
    """Runs on one database, in the services and over GraphQL, with rows, blocks and plans of one run."""

    service: list[Run] = field(default_factory=list)
    graphql: list[Run] = field(default_factory=list)
    rows: int | None = None
    blocks: int | None = None
    plans: list[str] = field(default_factory=list)


def median(runs: list[Run]) -> float:
    """Return the p50 of elapsed time."""
    return statistics.median(run.elapsed for run in runs)


def p95(runs: list[Run]) -> float:
    """Return the p95 of elapsed time."""
    return statistics.quantiles([run.elapsed for run in runs], n=20)[-1]


def processor(runs: list[Run]) -> tuple[float, float]:
    """Return the p50 of processor time, of Python and of PostgreSQL."""
    return statistics.median(run.python for run in runs), statistics.median(run.postgres for run in runs)


async def measure(operation: Operation, desks: list[Desk], runs: int) -> list[Figures] | None:
    """Measure an operation on every database in turns; None if one of them lacks the data."""
    figures = [Figures() for _ in desks]
    try:
        for ask in (False, True):
            files: list[list[Path]] = [[] for _ in desks]
            for turn in range(WARM_UP + runs):
                if turn == WARM_UP:  # all connections are open
                    files = [await backends.find_schedstat_files(desk) for desk in desks]
                for desk, figure, backend_files in zip(desks, figures, files, strict=True):
                    run = await _time(operation.ask if ask else operation.call, desk, turn, backend_files)
                    if turn >= WARM_UP:
                        (figure.graphql if ask else figure.service).append(run)
        for desk, figure in zip(desks, figures, strict=True):
            if not operation.writes:
                figure.rows, figure.blocks, figure.plans = await explain(operation, desk)
    except Absent:
        return None
    return figures


async def _time(call: Callable[[Desk, int], Awaitable[Any]], desk: Desk, turn: int, files: list[Path]) -> Run:
    gc.disable()
    before = backends.processor_ms(files)
    started, started_processor = time.perf_counter(), time.process_time()
    await call(desk, turn)
    elapsed, python = time.perf_counter() - started, time.process_time() - started_processor
    postgres = backends.processor_ms(files) - before
    gc.enable()
    return Run(elapsed * 1000, python * 1000, postgres)
