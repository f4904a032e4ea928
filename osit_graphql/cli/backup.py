"""The `osit backup` and `osit restore` commands."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from osit_graphql import backup
from osit_graphql.backup import precheck
from osit_graphql.backup.precheck import DatabaseState
from osit_graphql.db.engine import Database
from osit_graphql.db.schema import version
from osit_graphql.domain.errors import SetupError
from osit_graphql.domain.viewer import System
from osit_graphql.server.bootstrap import migrate, prepare
from osit_graphql.server.database_urls import DatabaseUrls, owner_url, running_database
from osit_graphql.settings import Settings

PROGRESS_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
MEGABYTE = 1_000_000

app = typer.Typer()


@app.command("backup")
def write_backup(
    file: Annotated[Path, typer.Argument(help="File to write. An existing file is never overwritten.")],
) -> None:
    """Write the whole database into one file. OSIT may be in use meanwhile."""
    console = Console(stderr=True)
    with owner_url(Settings()) as url:
        state = asyncio.run(_inspect_database(url))
        if state.revision is None:
            raise SetupError("There is nothing to back up: the database has no schema yet. Run `osit migrate` first.")
        if state.hidden_table is not None:
            raise SetupError(
                f"{state.role} may not read every row of {state.hidden_table}, which a backup needs."
                " Set OSIT_OWNER_URL to connect as the owner of the tables."
            )
        tools = backup.find_tools(state.major)
        with _progress_bar(console, f"Writing {file.name}") as progress:
            backup.dump(tools, url, file, tables=state.tables, progress=progress)
    size = file.stat().st_size / MEGABYTE
    console.print(f"{file} contains {state.tables} tables of revision {state.revision}: {size:.1f} MB.", soft_wrap=True)


@app.command("restore")
def restore_backup(
    file: Annotated[Path, typer.Argument(help="File written by `osit backup`.")],
) -> None:
    """Restore a backup into an empty database and migrate it to this version's schema."""
    console = Console(stderr=True)
    with running_database(Settings()) as urls:
        owner = urls.owner or urls.api
        state = asyncio.run(_inspect_database(owner))
        if state.tables:
            raise SetupError(
                f"The database has {state.tables} tables already. A backup is restored into an empty database only."
                " Set OSIT_DATABASE_URL to an empty database, or OSIT_DATA_DIR to a new directory."
            )
        tools = backup.find_tools(state.major)
        archive = backup.inspect(tools, file)
        if not version.is_known(archive.revision):
            raise SetupError(
                f"{file} was written by a newer OSIT, at revision {archive.revision}. Restore it with that version."
            )
        asyncio.run(prepare(urls))
        with _progress_bar(console, f"Reading {file.name}") as progress:
            backup.restore(tools, owner, archive, progress)
        with console.status("Migrating the schema and updating the planner's statistics…"):
            asyncio.run(_migrate_and_analyze(urls, owner))
    console.print(
        f"{file} is restored. Its schema was migrated from {archive.revision} to {version.head()}.", soft_wrap=True
    )


@contextmanager
def _progress_bar(console: Console, label: str) -> Iterator[backup.Progress]:
    with Progress(*PROGRESS_COLUMNS, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(label, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


async def _inspect_database(url: str) -> DatabaseState:
    database = Database(url, pool_size=1, prepared_statements=False)
    try:
        revision = await version.current(database)
        async with database.reading(System.HEALTH) as session:
            return await precheck.inspect_database(session, revision)
    finally:
        await database.close()


async def _migrate_and_analyze(urls: DatabaseUrls, owner: str) -> None:
    await migrate(urls)
    database = Database(owner, pool_size=1, prepared_statements=False)
    try:
        async with database.transaction(System.HEALTH) as session:
            await precheck.refresh_statistics(session)
    finally:
        await database.close()
