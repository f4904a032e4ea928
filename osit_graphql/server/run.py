"""`osit serve` and `osit demo`: open and check the database, then serve it with one process or several."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from socket import socket

import uvloop
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from osit_graphql import demo
from osit_graphql.db.engine import Database
from osit_graphql.domain import clock
from osit_graphql.http.graphiql import DemoAccount
from osit_graphql.server.app import build
from osit_graphql.server.bootstrap import open_database, open_replica
from osit_graphql.server.database_urls import DatabaseUrls
from osit_graphql.server.production_checks import check_durability
from osit_graphql.server.serve import serve, url_of
from osit_graphql.server.tracing import start_tracing
from osit_graphql.server.workers import supervise
from osit_graphql.settings import Settings

DemoAccounts = tuple[DemoAccount, ...]
OpenDatabase = Callable[[Settings, DatabaseUrls], AbstractAsyncContextManager[tuple[Database, DemoAccounts]]]
console = Console(stderr=True)


def run(settings: Settings, urls: DatabaseUrls, listener: socket, *, as_demo: bool) -> None:
    """Serve the database, or the demo company in it, until SIGINT or SIGTERM."""
    open_, announce = (_open_demo, _announce_demo) if as_demo else (_open_existing, _announce)
    if settings.workers == 1:
        uvloop.run(_serve(settings, urls, listener, open_, announce))
    else:
        accounts = asyncio.run(_check(settings, urls, open_))
        if tracing := start_tracing():  # only to warn once: each worker has its own
            tracing.shut_down()
        listener.listen()
        announce(url_of(listener))
        supervise(settings, urls.api, accounts, listener)


async def _serve(
    settings: Settings, urls: DatabaseUrls, listener: socket, open_: OpenDatabase, announce: Callable[[str], None]
) -> None:
    async with _opened(settings, urls, open_) as (database, replica, accounts):
        await serve(settings, database, listener, replica=replica, demo_accounts=accounts, announce=announce)


async def _check(settings: Settings, urls: DatabaseUrls, open_: OpenDatabase) -> DemoAccounts:
    """Open and check the databases once, before any worker starts."""
    async with _opened(settings, urls, open_) as (database, _, accounts):
        if settings.documents:
            build(settings, database)  # raises for an invalid manifest; uvicorn would restart such a worker forever
        return accounts


@asynccontextmanager
async def _opened(
    settings: Settings, urls: DatabaseUrls, open_: OpenDatabase
) -> AsyncIterator[tuple[Database, Database | None, DemoAccounts]]:
    """Open and check the database and the replica."""
    async with open_(settings, urls) as (database, accounts), open_replica(settings) as replica:
        await check_durability(settings, database)
        yield database, replica, accounts


@asynccontextmanager
async def _open_existing(settings: Settings, urls: DatabaseUrls) -> AsyncIterator[tuple[Database, DemoAccounts]]:
    async with open_database(settings, urls) as database:
        accounts = demo.ACCOUNTS if settings.development and await demo.is_demo(database) else ()
        yield database, accounts


@asynccontextmanager
async def _open_demo(settings: Settings, urls: DatabaseUrls) -> AsyncIterator[tuple[Database, DemoAccounts]]:
    async with open_database(settings, urls, migrate_schema=True) as database:
        if not await demo.is_demo(database):
            await _fill(database, settings)
        yield database, demo.ACCOUNTS


async def _fill(database: Database, settings: Settings) -> None:
    today = clock.now().astimezone(settings.zone).date()
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Filling the demo company", total=None)
        await demo.fill(
            database,
            zone=settings.zone,
            today=today,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )


def _announce(url: str) -> None:
    console.print(f"OSIT serves [bold]{url}/graphql[/bold] (Ctrl-C stops it)")


def _announce_demo(url: str) -> None:
    table = Table(title="The demo company", caption=f"password of all accounts: {demo.PASSWORD}", title_justify="left")
    for heading in ("person", "account"):
        table.add_column(heading)
    for account in demo.ACCOUNTS:
        table.add_row(account.label, account.email)
    console.print(table)
    console.print(f"GraphiQL: [bold]{url}[/bold] (Ctrl-C stops it)")
