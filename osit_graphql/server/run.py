"""What `osit serve` and `osit demo` run: one process or several, on a database that is fit to be served."""

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
from osit_graphql.server.bootstrap import connected, replicated
from osit_graphql.server.database_urls import Addresses
from osit_graphql.server.doorstep import address_of
from osit_graphql.server.production_checks import demand
from osit_graphql.server.serve import serve
from osit_graphql.server.workers import supervise
from osit_graphql.services import durability
from osit_graphql.settings import Settings

__all__ = ["demand", "run"]

Accounts = tuple[DemoAccount, ...]
Opening = Callable[[Settings, Addresses], AbstractAsyncContextManager[tuple[Database, Accounts]]]
console = Console(stderr=True)


def run(settings: Settings, addresses: Addresses, reserved: socket, *, as_demo: bool) -> None:
    """Serve the database, as the demo company or as it is, until the process is asked to stop."""
    opening, announce = (_as_demo, _announce_demo) if as_demo else (_as_it_is, _announce)
    if settings.workers == 1:
        uvloop.run(_serve_alone(settings, addresses, reserved, opening, announce))
    else:
        accounts = asyncio.run(_look_in(settings, addresses, opening))
        announce(address_of(reserved))
        supervise(settings, addresses.api, accounts, reserved)


async def _serve_alone(
    settings: Settings, addresses: Addresses, reserved: socket, opening: Opening, announce: Callable[[str], None]
) -> None:
    async with _ready(settings, addresses, opening) as (database, replica, accounts):
        await serve(settings, database, reserved, replica=replica, demo_accounts=accounts, announce=announce)


async def _look_in(settings: Settings, addresses: Addresses, opening: Opening) -> Accounts:
    """Find out whether it can be served before any process is started for it."""
    async with _ready(settings, addresses, opening) as (_, _, accounts):
        return accounts


@asynccontextmanager
async def _ready(
    settings: Settings, addresses: Addresses, opening: Opening
) -> AsyncIterator[tuple[Database, Database | None, Accounts]]:
    """Open what is served from, and see that it may be."""
    async with opening(settings, addresses) as (database, accounts), replicated(settings) as replica:
        await durability.check(settings, database)
        yield database, replica, accounts


@asynccontextmanager
async def _as_it_is(settings: Settings, addresses: Addresses) -> AsyncIterator[tuple[Database, Accounts]]:
    async with connected(settings, addresses) as database:
        accounts = demo.ACCOUNTS if settings.development and await demo.is_demo(database) else ()
        yield database, _offered(accounts)


@asynccontextmanager
async def _as_demo(settings: Settings, addresses: Addresses) -> AsyncIterator[tuple[Database, Accounts]]:
    async with connected(settings, addresses, migrating=True) as database:
        if not await demo.is_demo(database):
            await _fill(database, settings)
        yield database, _offered(demo.ACCOUNTS)


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


def _offered(accounts: tuple[demo.DemoAccount, ...]) -> Accounts:
    return tuple(DemoAccount(each.role, each.label, each.email, each.password) for each in accounts)


def _announce(address: str) -> None:
    console.print(f"OSIT answers on [bold]{address}/graphql[/bold] (Ctrl-C stops it)")


def _announce_demo(address: str) -> None:
    table = Table(title="The demo company", caption=f"password of all: {demo.PASSWORD}", title_justify="left")
    for heading in ("who", "account"):
        table.add_column(heading)
    for account in demo.ACCOUNTS:
        table.add_row(account.label, account.email)
    console.print(table)
    console.print(f"GraphiQL: [bold]{address}[/bold] (Ctrl-C stops it)")
