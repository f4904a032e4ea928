"""The `osit import` command: imports incidents from another tool's export."""

import asyncio
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from osit_graphql.cli.rows import AsJson, print_json, print_table
from osit_graphql.domain.errors import SetupError, Unavailable
from osit_graphql.server.bootstrap import open_database
from osit_graphql.server.database_urls import DatabaseUrls, running_database
from osit_graphql.services.importer.csv_reader import ImportRemark
from osit_graphql.services.importer.mapping import read_map
from osit_graphql.services.importer.plan import Plan, plan_import
from osit_graphql.services.importer.writer import ImportResult, import_incidents
from osit_graphql.settings import Settings

PROGRESS_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
ERRORS_NOTE = "; incidents with errors are not imported until the file or the map is corrected"
MAX_REMARKS_PRINTED = 200  # of each kind; the summary counts all
JSON_KEYS = ("table", "inFile", "existing", "written")
TABLES = ("tickets", "services", "sites", "applications", "causes", "people")

app = typer.Typer(help="Import data from another tool.", no_args_is_help=True)


@app.callback()
def import_data() -> None:
    """Import data from another tool."""


@app.command("incidents")
def run(
    file: Annotated[Path, typer.Argument(help="CSV file with one row for each incident, or for each of its changes.")],
    layout: Annotated[Path, typer.Option("--map", help="TOML file that maps the columns, see examples/.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be written; write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import incidents with their history, each once. It can be run again after an interruption or a correction.

    Exit status: 0; 1 if part of the file could not be imported; 2 if the import could not start.
    """
    stderr, settings = Console(stderr=True), Settings()
    with Progress(*PROGRESS_COLUMNS, console=stderr, transient=True, disable=not stderr.is_terminal) as progress:
        try:
            plan = read(file, layout, progress)
            for kind, style, remarks in (("warning", "yellow", plan.warnings), ("error", "red", plan.errors)):
                if as_json:
                    print_json({"kind": kind, **asdict(remark)} for remark in remarks)
                else:
                    show_remarks(stderr, kind, style, remarks)
            with running_database(settings) as urls:
                result = asyncio.run(write(plan, settings, urls, progress, dry_run=dry_run))
        except SetupError as error:
            print_line(stderr, f"osit: {error}", "red")
            raise typer.Exit(2) from None
        except Unavailable:
            print_line(
                stderr,
                "osit: PostgreSQL does not respond. Run this command again: it skips the incidents already written.",
                "red",
            )
            raise typer.Exit(1) from None
    show_result(plan, result, dry_run=dry_run, as_json=as_json)
    if plan.errors:
        raise typer.Exit(1)


def read(file: Path, layout: Path, progress: Progress) -> Plan:
    """Read the mapping and the file."""
    columns = read_map(layout)
    task = progress.add_task("Reading", total=None)
    return plan_import(file, columns, lambda done, total: progress.update(task, completed=done, total=total))


async def write(
    plan: Plan, settings: Settings, urls: DatabaseUrls, progress: Progress, *, dry_run: bool
) -> ImportResult:
    """Write the plan, or compare it with the database for a dry run."""
    task = progress.add_task("Comparing" if dry_run else "Writing", total=len(plan.histories))
    async with open_database(settings, urls) as database:
        return await import_incidents(
            database, plan, settings.zone, dry_run=dry_run, advance=lambda count: progress.advance(task, count)
        )


def print_line(console: Console, sentence: str, style: str) -> None:
    """Print one line without wrapping or markup."""
    console.print(sentence, style=style, markup=False, highlight=False, soft_wrap=True)


def show_remarks(console: Console, kind: str, style: str, remarks: list[ImportRemark]) -> None:
    """Print errors or warnings with their line and column."""
    for remark in remarks[:MAX_REMARKS_PRINTED]:
        print_line(console, f"{kind}: {remark}", style)
    if len(remarks) > MAX_REMARKS_PRINTED:
        print_line(console, f"{kind}: … and {len(remarks) - MAX_REMARKS_PRINTED} more.", style)


def show_result(plan: Plan, result: ImportResult, *, dry_run: bool, as_json: bool) -> None:
    """Print the records in the file, present before, and written, one line per table; then sentences."""
    if as_json:
        print_json({"kind": "table", **dict(zip(JSON_KEYS, row, strict=True))} for row in table_rows(plan, result))
    else:
        headings = ("", "in the file", "already present", "to write" if dry_run else "written")
        print_table(headings, [[str(each) for each in row] for row in table_rows(plan, result)])
    for sentence in count(plan):
        typer.echo(sentence, err=as_json)
    if dry_run:
        typer.echo("A dry run: nothing was written.", err=as_json)


def table_rows(plan: Plan, result: ImportResult) -> Iterator[tuple[str, int, int, int]]:
    """Yield each table with the numbers of records in the file, present before, and written or to write."""
    for name in TABLES:
        in_file = len(plan.histories) if name == "tickets" else len(getattr(plan.directory, name))
        yield name, in_file, result.existing[name], result.created[name]


def count(plan: Plan) -> Iterator[str]:
    """Yield sentences that sum the file up, beside its own counts."""
    totals = plan.totals()
    yield f"{plan.rows} rows, {plan.incidents} incidents; {totals.tickets} tickets, {totals.closed} of them closed."
    yield (
        f"Re-routed: {totals.rerouted} tickets, {totals.reroutings} times"
        f" (the file counts {totals.counted_reroutings})."
        f" Reopened: {totals.reopened} tickets, {totals.reopenings} times"
        f" (the file counts {totals.counted_reopenings})."
    )
    if totals.interventions:
        yield f"Interventions declared by the map: {totals.interventions}."
    names = {table: plan.placeholder(table) for table in TABLES[1:]}
    placeholders = ", ".join(f"{table} « {name} »" for table, name in names.items() if name)
    if placeholders:
        yield f"Placeholders for unknown values: {placeholders}."
    yield f"Warnings: {len(plan.warnings)}. Errors: {len(plan.errors)}{ERRORS_NOTE if plan.errors else ''}."
