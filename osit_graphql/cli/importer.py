"""The `osit import` command: another tool's incidents brought in, with what was found and what was written."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from osit_graphql.domain.errors import SetupError, Unavailable
from osit_graphql.server.bootstrap import open_database
from osit_graphql.server.database_urls import DatabaseUrls, running_database
from osit_graphql.services.importer.csv_reader import Remark
from osit_graphql.services.importer.mapping import read_map
from osit_graphql.services.importer.plan import Plan, plan_import
from osit_graphql.services.importer.writer import Outcome, import_incidents
from osit_graphql.settings import Settings

BAR = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
LEFT_OUT = "; the incidents concerned are left out whole, until the file or the map is corrected"
SHOWN = 200  # remarks of each kind; beyond, their number is enough
TABLES = ("tickets", "services", "sites", "applications", "causes", "people")

app = typer.Typer(help="Bring another tool's data in.", no_args_is_help=True)


@app.callback()
def import_data() -> None:
    """Bring another tool's data in."""


@app.command("incidents")
def run(
    file: Annotated[Path, typer.Argument(help="The export: a CSV file, a row for each state of an incident.")],
    layout: Annotated[Path, typer.Option("--map", help="What its columns mean: a TOML file, see examples/.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be written; write nothing.")] = False,
) -> None:
    """Import incidents with their history, each once: run it again after an interruption or a correction.

    Exit status: 0, 1 when some of the file could not be imported (the rest is), 2 when nothing could be begun.
    """
    console, aside, settings = Console(), Console(stderr=True), Settings()
    with Progress(*BAR, console=aside, transient=True, disable=not aside.is_terminal) as progress:
        try:
            plan = read(file, layout, progress)
            show_remarks(aside, "warning", "yellow", plan.warnings)
            show_remarks(aside, "error", "red", plan.errors)
            with running_database(settings) as urls:
                outcome = asyncio.run(write(plan, settings, urls, progress, dry_run=dry_run))
        except SetupError as error:
            tell(aside, f"osit: {error}", "red")
            raise typer.Exit(2) from None
        except Unavailable:
            tell(
                aside,
                "osit: PostgreSQL doesn't answer. Run this again: what is written stays, and the rest follows.",
                "red",
            )
            raise typer.Exit(1) from None
    show_outcome(console, plan, outcome, dry_run=dry_run)
    if plan.errors:
        raise typer.Exit(1)


def read(file: Path, layout: Path, progress: Progress) -> Plan:
    """Read the map and the file."""
    columns = read_map(layout)
    task = progress.add_task("Reading", total=None)
    return plan_import(file, columns, lambda done, total: progress.update(task, completed=done, total=total))


async def write(plan: Plan, settings: Settings, urls: DatabaseUrls, progress: Progress, *, dry_run: bool) -> Outcome:
    """Write the plan, or compare it with what is already here."""
    task = progress.add_task("Comparing" if dry_run else "Writing", total=len(plan.histories))
    async with open_database(settings, urls) as database:
        return await import_incidents(
            database, plan, settings.zone, dry_run=dry_run, advance=lambda count: progress.advance(task, count)
        )


def tell(console: Console, sentence: str, style: str) -> None:
    """Print one line as it is, however wide."""
    console.print(sentence, style=style, markup=False, highlight=False, soft_wrap=True)


def show_remarks(console: Console, kind: str, style: str, remarks: list[Remark]) -> None:
    """Print errors or warnings, each with its line and column."""
    for remark in remarks[:SHOWN]:
        tell(console, f"{kind}: {remark}", style)
    if len(remarks) > SHOWN:
        tell(console, f"{kind}: … and {len(remarks) - SHOWN} more.", style)


def show_outcome(console: Console, plan: Plan, outcome: Outcome, *, dry_run: bool) -> None:
    """Print what the file holds, what was already here, and what was written."""
    table = Table("", *("in the file", "already here", "to write" if dry_run else "written"))
    for column in table.columns[1:]:
        column.justify = "right"
    for name in TABLES:
        held = len(plan.histories) if name == "tickets" else len(getattr(plan.directory, name))
        table.add_row(name, str(held), str(outcome.found[name]), str(outcome.made[name]))
    console.print(table)
    for sentence in count(plan):
        tell(console, sentence, "")
    if dry_run:
        tell(console, "A dry run: nothing was written.", "bold")


def count(plan: Plan) -> Iterator[str]:
    """Say what the file comes to, beside what it counts itself."""
    tally = plan.tally()
    yield f"{plan.rows} rows, {plan.incidents} incidents; {tally.tickets} tickets, {tally.closed} of them closed."
    yield (
        f"Re-routed: {tally.rerouted} tickets, {tally.reroutings} times (the file counts {tally.counted_reroutings})."
        f" Reopened: {tally.reopened} tickets, {tally.reopenings} times (the file counts {tally.counted_reopenings})."
    )
    if tally.interventions:
        yield f"Interventions, as the map declares them: {tally.interventions}."
    names = {table: plan.standing_in(table) for table in TABLES[1:]}
    standing_in = ", ".join(f"{table} « {name} »" for table, name in names.items() if name)
    if standing_in:
        yield f"Standing in for what is unknown: {standing_in}."
    yield f"Warnings: {len(plan.warnings)}. Errors: {len(plan.errors)}{LEFT_OUT if plan.errors else ''}."
