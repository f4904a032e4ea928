"""The `osit` command."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from socket import socket
from typing import Annotated

import typer
import uvloop
from pydantic import ValidationError
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from osit_graphql import demo, logs, migration, production
from osit_graphql.api.schema import export
from osit_graphql.cli import archives, audits, incidents, reports, tokens, users
from osit_graphql.database import Database
from osit_graphql.errors import SetupError, Unavailable
from osit_graphql.graphiql import DemoAccount
from osit_graphql.opening import Addresses, connected, migrate, replicated, running
from osit_graphql.services import clock, durability
from osit_graphql.serving import address_of, end_cleanly, reserve, serve
from osit_graphql.settings import Settings
from osit_graphql.workers import supervise

app = typer.Typer(
    name="osit",
    help="OSIT, the incident desk: its server and what whoever runs it needs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
app.add_typer(audits.app, name="audit")
app.add_typer(incidents.app, name="import")
app.add_typer(reports.app, name="reports")
app.add_typer(users.app, name="user")
app.add_typer(tokens.app, name="token")
app.command("backup")(archives.backup)
app.command("restore")(archives.restore)
console = Console(stderr=True)

# What `osit migrate` says to whoever has one address, that of the tables' owner.
ONE_ADDRESS = (
    "`osit serve` needs a role that owns nothing: `CREATE ROLE … LOGIN PASSWORD '…' IN ROLE osit_api` makes one. Its"
    " address is OSIT_DATABASE_URL from now on, this one is OSIT_OWNER_URL."
)
Accounts = tuple[DemoAccount, ...]
Opening = Callable[[Settings, Addresses], AbstractAsyncContextManager[tuple[Database, Accounts]]]
Port = Annotated[int | None, typer.Option(help="The port to listen on, instead of OSIT_PORT.", min=0, max=65535)]


def main() -> None:
    """Run a command; what is wrong with the installation is one sentence and status 1."""
    try:
        app()
    except SetupError as error:
        sys.exit("\n".join(f"osit: {line}" for line in str(error).splitlines()))
    except Unavailable:
        sys.exit("osit: PostgreSQL does not answer where OSIT_DATABASE_URL says.")
    except ValidationError as error:
        sys.exit("\n".join(f"osit: OSIT_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors()))
    except KeyboardInterrupt:
        sys.exit(0)


def _settings(port: int | None = None) -> Settings:
    settings = Settings()
    return settings if port is None else settings.model_copy(update={"port": port})


@app.command("serve")
def serve_command(port: Port = None) -> None:
    """Serve the API on the database that OSIT_DATABASE_URL names, or on the embedded one."""
    settings = _settings(port)
    _start(settings, _as_it_is, _announce)


@app.command("demo")
def demo_command(port: Port = None) -> None:
    """Fill an empty database with the demo company, then serve it; print the address and the accounts."""
    settings = _settings(port)
    if not settings.development:
        raise SetupError("The demo company's passwords are public: it has no place where OSIT_ENVIRONMENT=production.")
    _start(settings, _as_demo, _announce_demo)


def _start(settings: Settings, opening: Opening, announce: Callable[[str], None]) -> None:
    asyncio.run(production.demand(settings))
    logs.configure(settings)
    end_cleanly()
    with reserve(settings) as reserved, running(settings) as addresses:
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


@app.command("migrate")
def migrate_command() -> None:
    """Bring the database to this version's schema, a transaction for each revision, and let the API's role in."""
    settings = _settings()
    with running(settings) as addresses:
        asyncio.run(migrate(addresses))
    console.print(f"The database is at {migration.head()}.")
    if addresses.owner is None:
        console.print(ONE_ADDRESS, soft_wrap=True)


@app.command("schema")
def schema_command() -> None:
    """Print the GraphQL schema, sorted."""
    typer.echo(export(), nl=False)
