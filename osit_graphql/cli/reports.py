"""The `osit reports` commands: check and rebuild the report rollups."""

import asyncio
from dataclasses import asdict

import typer
from rich.console import Console

from osit_graphql.cli.rows import AsJson, print_json
from osit_graphql.server.bootstrap import open_database
from osit_graphql.server.database_urls import DatabaseUrls, running_database
from osit_graphql.services.reports import rollup_jobs
from osit_graphql.services.reports.rollup_check import Difference, check_rollups
from osit_graphql.settings import Settings

MAX_DIFFERENCES_PRINTED = 200  # the summary counts all, and `--json` prints all

app = typer.Typer(help="Check or rebuild the report rollups.", no_args_is_help=True)


@app.command("check")
def check(as_json: AsJson = False) -> None:
    """Compare the rollups with the history; print each difference and exit with status 1."""
    settings = Settings()
    with running_database(settings) as urls:
        differences = asyncio.run(_check(settings, urls))
    if as_json:
        print_json(asdict(each) for each in differences)
    else:
        for difference in differences[:MAX_DIFFERENCES_PRINTED]:
            typer.echo(str(difference))
    if differences:
        typer.echo(f"{len(differences)} differences. `osit reports rebuild` corrects them.", err=as_json)
        raise typer.Exit(1)
    typer.echo("No difference.", err=as_json)


@app.command("rebuild")
def rebuild() -> None:
    """Rebuild the rollups from the history. Writers wait meanwhile; readers don't."""
    settings, console = Settings(), Console(stderr=True)
    with running_database(settings) as urls, console.status("Rebuilding the rollups from the history…"):
        asyncio.run(_rebuild(settings, urls))
    console.print("The rollups match the history.")


async def _rebuild(settings: Settings, urls: DatabaseUrls) -> None:
    async with open_database(settings, urls) as database:
        await rollup_jobs.rebuild(database, settings.zone)


async def _check(settings: Settings, urls: DatabaseUrls) -> list[Difference]:
    async with open_database(settings, urls) as database:
        return await check_rollups(database, settings.zone)
