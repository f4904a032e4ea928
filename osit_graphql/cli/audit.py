"""The `osit audit` commands: whether history is what was written."""

import asyncio

import typer
from rich.console import Console
from rich.progress import Progress

from osit_graphql.server.bootstrap import open_database
from osit_graphql.server.database_urls import DatabaseUrls, running_database
from osit_graphql.services import audit
from osit_graphql.settings import Settings

SHOWN = 1_000  # differences; beyond, their number is enough

app = typer.Typer(help="Check that history is what was written.", no_args_is_help=True)


@app.callback()
def keep_audits() -> None:
    """Check that history is what was written."""


@app.command("verify")
def verify() -> None:
    """Compare tickets, history and interventions with their seals; a line for each difference, and then status 1."""
    settings = Settings()
    with running_database(settings) as urls:
        found = asyncio.run(_verify(settings, urls))
    if found:
        raise typer.Exit(1)


async def _verify(settings: Settings, urls: DatabaseUrls) -> int:
    """Return how many differences there are."""
    console, errors = Console(), Console(stderr=True)
    tickets = seals = found = 0
    async with open_database(settings, urls) as database:
        slices = await audit.list_slices(database)
        with Progress(console=errors, transient=True) as progress:
            task = progress.add_task("Reading the seals", total=sum(count for _, count in slices))
            async for part in audit.verify(database, slices):
                for difference in part.differences[: max(0, SHOWN - found)]:
                    console.print(str(difference), markup=False, highlight=False, soft_wrap=True)
                tickets, seals, found = tickets + part.tickets, seals + part.seals, found + len(part.differences)
                progress.advance(task, part.tickets)
    told = f"{found or 'No'} difference{'s' if found > 1 else ''}"
    console.print(f"{told} in {tickets} tickets under {seals} seals.", highlight=False, soft_wrap=True)
    return found
