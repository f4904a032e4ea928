"""The `osit reports` commands: the figures that reports are kept ready in, compared with the lines and mended."""

import asyncio

import typer
from rich.console import Console

from osit_graphql.server.bootstrap import connected
from osit_graphql.server.database_urls import Addresses, running
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
    with running(settings) as addresses:
        differences = asyncio.run(_check(settings, addresses))
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
    with running(settings) as addresses, console.status("Counting the history again…"):
        asyncio.run(_rebuild(settings, addresses))
    console.print("The figures are those of the history.")


async def _rebuild(settings: Settings, addresses: Addresses) -> None:
    async with connected(settings, addresses) as database:
        await rollup_jobs.rebuild(database, settings.zone)


async def _check(settings: Settings, addresses: Addresses) -> list[Difference]:
    async with connected(settings, addresses) as database:
        return await check_figures(database, settings.zone)
