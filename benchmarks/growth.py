"""How much slower a large history is than a small one: `python -m benchmarks.growth --help`."""

import argparse
import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from itertools import chain
from pathlib import Path

from benchmarks import lists, places, reports, searches, singles
from benchmarks.desk import Desk
from benchmarks.measure import Figures, Run, late, measure, median, processor
from benchmarks.operation import Operation
from osit_graphql.domain.errors import TimedOut, Unavailable
from osit_graphql.server import logging_config
from osit_graphql.settings import Settings

FLAT = 1.5
"""The bar (design, section 6): at most so many times the small database's median."""
HEAD = """
| | services p50, ms | p95 | CPU, Python + PostgreSQL | ratio | GraphQL p50 | p95 | CPU | ratio | blocks | rows | |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|"""


def operations(chosen: str) -> Iterator[Operation]:
    """Yield what is measured: whatever has one of the chosen words in its name or its group."""
    for operation in chain.from_iterable(each.operations() for each in (singles, searches, reports, lists)):
        told = f"{operation.group} {operation.name}"
        if not chosen or any(word in told for word in chosen.split(",")):
            yield operation


def tell(operation: Operation, figures: list[Figures]) -> tuple[str, bool]:
    """Return a row of the table, and whether it is flat: by processor time, which neighbours disturb least."""
    cells, flat = [operation.name], True
    for level in ("service", "graphql"):
        runs: list[list[Run]] = [getattr(found, level) for found in figures]
        spent = [processor(each) for each in runs]
        ratio = sum(spent[-1]) / sum(spent[0])
        flat = flat and ratio <= FLAT
        cells += [_side_by_side(*map(median, runs)), _side_by_side(*map(late, runs))]
        cells += [" → ".join(f"{python:.1f} + {postgres:.1f}" for python, postgres in spent), f"{ratio:.2f}"]
    for name in ("blocks", "rows"):
        counted = [getattr(found, name) for found in figures]
        cells.append(" → ".join("–" if number is None else str(number) for number in counted))
    more = (figures[-1].rows or 0) > FLAT * (figures[0].rows or 0)
    cells.append("" if flat else "more rows" if more else "**not flat**")
    return f"| {' | '.join(cells)} |", flat or more


def _side_by_side(*values: float) -> str:
    return " → ".join(f"{value:.1f}" for value in values)


async def compare(urls: dict[str, tuple[str, str]], chosen: str, runs: int, plans: Path | None) -> None:
    """Measure everything on these databases, the smallest first, and print the tables as they come."""
    async with AsyncExitStack() as stack:
        desks = []
        for name, url in urls.items():
            desks.append(await Desk.open(name, *url))
            stack.push_async_callback(desks[-1].close)
        group, steep = "", 0
        for operation in operations(chosen):
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
            row, flat = tell(operation, figures)
            print(row, flush=True)
            steep += not flat
            if plans and not flat:
                _keep(plans, operation, desks, figures)
        print(f"\n{steep} not flat.")


def _keep(plans: Path, operation: Operation, desks: list[Desk], figures: list[Figures]) -> None:
    with plans.open("a", encoding="utf-8") as file:
        for desk, found in zip(desks, figures, strict=True):
            for plan in found.plans:
                file.write(f"=== {operation.group}: {operation.name}, {desk.name}\n{plan}\n\n")


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description="Compare a large with a small.")
    parser.add_argument("names", nargs="*", default=["small", "big"], help="of databases, the smallest first")
    parser.add_argument("--data-dir", type=Path, required=True, help="where `benchmarks.fill` made them")
    parser.add_argument("--only", default="", help="what has one of these words in its name, with commas between")
    parser.add_argument("--runs", type=int, default=40, help="that count, of each operation on each database")
    parser.add_argument("--plans", type=Path, help="a file for the plans of what is not flat")
    return parser.parse_args()


def main() -> None:
    """Compare them."""
    said = parse()
    logging_config.configure(Settings(_env_file=None, log_level="error"))
    with places.serving(said.data_dir) as server:
        urls = {name: (places.api_url(server, name), places.admin_url(server, name)) for name in said.names}
        asyncio.run(compare(urls, said.only, said.runs, said.plans))


if __name__ == "__main__":
    main()
