"""The `osit reports` commands: the figures that reports are kept ready in, compared with the lines and mended."""

import asyncio

import typer
from rich.console import Console

from osit_graphql.server.bootstrap import open_database
from osit_graphql.server.database_urls import DatabaseUrls, running_database
from osit_graphql.services.reports import rollup_jobs
from osit_graphql.services.reports.rollup_check import Difference, check_figures
from osit_graphql.settings import Settings

SHOWN = 200  # differences; beyond, their number is enough

app = typer.Typer(help="Check or mend the figures that reports are kept ready in.", no_args_is_help=True)


@app.callback()
def keep_reports() -> None:
    """Check or mend the figures that reports are kept ready in."""


@app.command("check")
def check() -> None:
    """Count everything again from the history and print any difference; status 1 when there is one."""
    settings, console = Settings(), Console()
    with running_database(settings) as urls:
        differences = asyncio.run(_check(settings, urls))
    for difference in differences[:SHOWN]:
        console.print(str(difference), markup=False, highlight=False, soft_wrap=True)
    if differences:
        console.print(f"{len(differences)} differences: `osit reports rebuild` mends them.", soft_wrap=True)
        raise typer.Exit(1)
    console.print("No difference.")


@app.command("rebuild")
def rebuild() -> None:
    """Make the figures anew from the history; who writes meanwhile waits, who reads doesn't."""
    settings, console = Settings(), Console(stderr=True)
    with running_database(settings) as urls, console.status("Counting the history again…"):
        asyncio.run(_rebuild(settings, urls))
    console.print("The figures are those of the history.")


async def _rebuild(settings: Settings, urls: DatabaseUrls) -> None:
    async with open_database(settings, urls) as database:
        await rollup_jobs.rebuild(database, settings.zone)


async def _check(settings: Settings, urls: DatabaseUrls) -> list[Difference]:
    async with open_database(settings, urls) as database:
        return await check_figures(database, settings.zone)
