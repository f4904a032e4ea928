"""Compare a large history with a small one: `python -m benchmarks.growth --help`."""

import argparse
import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from itertools import chain
from pathlib import Path

from benchmarks import databases, lists, reports, searches, single_tickets
from benchmarks.desk import Desk
from benchmarks.measure import Figures, Run, measure, median, p95, processor
from benchmarks.operation import Operation
from osit_graphql.domain.errors import TimedOut, Unavailable
from osit_graphql.server import logging_config
from osit_graphql.settings import Settings

MAX_RATIO = 1.5
"""Largest accepted ratio to the processor time on the small database (design, section 6)."""
HEAD = """
| | services p50, ms | p95 | CPU, Python + PostgreSQL | ratio | GraphQL p50 | p95 | CPU | ratio | blocks | rows | |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|"""


def operations(filter_words: str) -> Iterator[Operation]:
    """Yield the operations that have one of the words in their name or group."""
    for operation in chain.from_iterable(each.operations() for each in (single_tickets, searches, reports, lists)):
        label = f"{operation.group} {operation.name}"
        if not filter_words or any(word in label for word in filter_words.split(",")):
            yield operation


def format_row(operation: Operation, figures: list[Figures]) -> tuple[str, bool]:
    """Return a row of the table, and whether the ratio of processor time is accepted."""
    cells, is_flat = [operation.name], True
    for level in ("service", "graphql"):
        runs: list[list[Run]] = [getattr(figure, level) for figure in figures]
        processor_times = [processor(each) for each in runs]
        ratio = sum(processor_times[-1]) / sum(processor_times[0])
        is_flat = is_flat and ratio <= MAX_RATIO
        cells += [_side_by_side(*map(median, runs)), _side_by_side(*map(p95, runs))]
        cells += [" → ".join(f"{python:.1f} + {postgres:.1f}" for python, postgres in processor_times), f"{ratio:.2f}"]
    for name in ("blocks", "rows"):
        counted = [getattr(figure, name) for figure in figures]
        cells.append(" → ".join("–" if number is None else str(number) for number in counted))
    more_rows = (figures[-1].rows or 0) > MAX_RATIO * (figures[0].rows or 0)
    cells.append("" if is_flat else "more rows" if more_rows else "**not flat**")
    return f"| {' | '.join(cells)} |", is_flat or more_rows


def _side_by_side(*values: float) -> str:
    return " → ".join(f"{value:.1f}" for value in values)


async def compare(urls: dict[str, tuple[str, str]], filter_words: str, runs: int, plans: Path | None) -> None:
    """Measure all operations on these databases, the smallest first, and print the tables."""
    async with AsyncExitStack() as stack:
        desks = []
        for name, url in urls.items():
            desks.append(await Desk.open(name, *url))
            stack.push_async_callback(desks[-1].close)
        group, steep = "", 0
        for operation in operations(filter_words):
            try:
                figures = await measure(operation, desks, runs)
            except (TimedOut, Unavailable):
                print(f"| {operation.name} | cancelled after ten seconds{' |' * 10} **not flat** |", flush=True)
                steep += 1
                continue
            if figures is None:
                continue
            if operation.group != group:
                group = operation.group
                print(f"\n**{group}**\n{HEAD}")
            row, is_flat = format_row(operation, figures)
            print(row, flush=True)
            steep += not is_flat
            if plans and not is_flat:
                _write_plans(plans, operation, desks, figures)
        print(f"\n{steep} not flat.")


def _write_plans(plans: Path, operation: Operation, desks: list[Desk], figures: list[Figures]) -> None:
    with plans.open("a", encoding="utf-8") as file:
        for desk, figure in zip(desks, figures, strict=True):
            for plan in figure.plans:
                file.write(f"=== {operation.group}: {operation.name}, {desk.name}\n{plan}\n\n")


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description="Compare a large with a small.")
    parser.add_argument("names", nargs="*", default=["small", "big"], help="names of databases, the smallest first")
    parser.add_argument(
        "--data-dir", type=Path, required=True, help="directory in which `benchmarks.fill` created them"
    )
    parser.add_argument(
        "--only", default="", help="operations with one of these words in their name, separated by commas"
    )
    parser.add_argument("--runs", type=int, default=40, help="counted runs of each operation on each database")
    parser.add_argument("--plans", type=Path, help="file for the plans of operations that are not flat")
    return parser.parse_args()


def main() -> None:
    """Run the comparison."""
    arguments = parse()
    logging_config.configure(Settings(_env_file=None, log_level="error"))
    with databases.serving(arguments.data_dir) as server:
        urls = {name: (databases.api_url(server, name), databases.admin_url(server, name)) for name in arguments.names}
        asyncio.run(compare(urls, arguments.only, arguments.runs, arguments.plans))


if __name__ == "__main__":
    main()
