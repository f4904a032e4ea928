"""The `osit audit` commands."""

import asyncio
from collections.abc import Sequence

import typer
from rich.console import Console
from rich.progress import Progress

from osit_graphql.cli.rows import AsJson, print_json
from osit_graphql.server.bootstrap import open_database
from osit_graphql.server.database_urls import DatabaseUrls, running_database
from osit_graphql.services import audit
from osit_graphql.settings import Settings

MAX_DIFFERENCES_PRINTED = 1_000  # the summary counts all, and `--json` prints all

app = typer.Typer(help="Verify that history is unchanged.", no_args_is_help=True)


@app.callback()
def keep_audits() -> None:
    """Verify that history is unchanged."""


@app.command("verify")
def verify(as_json: AsJson = False) -> None:
    """Compare tickets, the directory and their history with seals; print each difference and exit with status 1."""
    settings = Settings()
    with running_database(settings) as urls:
        differences = asyncio.run(_verify(settings, urls, as_json=as_json))
    if differences:
        raise typer.Exit(1)


async def _verify(settings: Settings, urls: DatabaseUrls, *, as_json: bool) -> int:
    """Print the differences and return their number."""
    errors = Console(stderr=True)
    tickets = seals = differences = 0

    async with open_database(settings, urls) as database:
        batches = await audit.list_slices(database)
        with Progress(console=errors, transient=True, disable=not errors.is_terminal) as progress:
            task = progress.add_task("Reading the seals", total=sum(count for _, count in batches))
            async for batch in audit.verify(database, batches):
                _print(batch.differences, differences, as_json=as_json)
                tickets += batch.tickets
                seals += batch.seals
                differences += len(batch.differences)
                progress.advance(task, batch.tickets)
        changes, altered = await audit.verify_directory(database)
        _print(altered, differences, as_json=as_json)
        differences += len(altered)
    summary = f"{differences or 'No'} difference{'s' if differences > 1 else ''}"
    places = f"{tickets} tickets under {seals} seals and {changes} sealed directory changes"
    typer.echo(f"{summary} in {places}.", err=as_json)
    return differences


def _print(differences: Sequence[audit.Difference | audit.DirectoryDifference], printed: int, *, as_json: bool) -> None:
    if as_json:
        print_json(map(_to_row, differences))
        return
    for difference in differences[: max(0, MAX_DIFFERENCES_PRINTED - printed)]:
        typer.echo(str(difference))


def _to_row(difference: audit.Difference | audit.DirectoryDifference) -> dict[str, object]:
    if isinstance(difference, audit.DirectoryDifference):
        return {"directoryChange": difference.change_id, "difference": difference.kind}
    row = {"ticket": difference.ticket_id, "historyRow": difference.activity_id}
    return {**row, "difference": difference.kind}
