"""Measuring: databases take turns within one process, so that a busy neighbour falls on all of them alike."""

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
"""Runs before any is counted: PostgreSQL settles on its plan for a statement at the sixth."""


@dataclass(frozen=True)
class Run:
    """Milliseconds of one run: by the clock, and of the processor, ours and PostgreSQL's."""

    taken: float
    python: float
    postgres: float


@dataclass
class Figures:
    """The runs on one database, in the services and over GraphQL; what one gives back, and what it looks at."""

    service: list[Run] = field(default_factory=list)
    graphql: list[Run] = field(default_factory=list)
    rows: int | None = None
    blocks: int | None = None
    plans: list[str] = field(default_factory=list)


def median(runs: list[Run]) -> float:
    """Return p50 by the clock."""
    return statistics.median(run.taken for run in runs)


def late(runs: list[Run]) -> float:
    """Return p95 by the clock."""
    return statistics.quantiles([run.taken for run in runs], n=20)[-1]


def processor(runs: list[Run]) -> tuple[float, float]:
    """Return p50 of the processor time, ours and PostgreSQL's."""
    return statistics.median(run.python for run in runs), statistics.median(run.postgres for run in runs)


async def measure(operation: Operation, desks: list[Desk], runs: int) -> list[Figures] | None:
    """Measure it on every database in turn; None where one has nothing to measure it on."""
    figures = [Figures() for _ in desks]
    try:
        for ask in (False, True):
            files: list[list[Path]] = [[] for _ in desks]
            for turn in range(WARM_UP + runs):
                if turn == WARM_UP:  # every connection that it takes is there by now
                    files = [await backends.find(desk) for desk in desks]
                for desk, found, watched in zip(desks, figures, files, strict=True):
                    run = await _time(operation.ask if ask else operation.call, desk, turn, watched)
                    if turn >= WARM_UP:
                        (found.graphql if ask else found.service).append(run)
        for desk, found in zip(desks, figures, strict=True):
            if not operation.writes:
                found.rows, found.blocks, found.plans = await explain(operation, desk)
    except Absent:
        return None
    return figures


async def _time(call: Callable[[Desk, int], Awaitable[Any]], desk: Desk, turn: int, watched: list[Path]) -> Run:
    gc.disable()
    before = backends.spent(watched)
    began, ran = time.perf_counter(), time.process_time()
    await call(desk, turn)
    taken, python = time.perf_counter() - began, time.process_time() - ran
    postgres = backends.spent(watched) - before
    gc.enable()
    return Run(taken * 1000, python * 1000, postgres)
