"""The `osit migrate` and `osit schema` commands: the database's schema, and GraphQL's."""

import asyncio

import typer
from rich.console import Console

from osit_graphql.api.schema import export
from osit_graphql.db.schema import version
from osit_graphql.server.bootstrap import migrate
from osit_graphql.server.database_urls import running_database
from osit_graphql.settings import Settings

# Printed by `osit migrate` if the only URL is that of the tables' owner.
SINGLE_URL_NOTE = (
    "`osit serve` needs a role that owns no tables. Create it with `CREATE ROLE … LOGIN PASSWORD '…' IN ROLE osit_api`,"
    " set OSIT_DATABASE_URL to its URL, and OSIT_OWNER_URL to the present one."
)

app = typer.Typer()


@app.command("migrate")
def migrate_command() -> None:
    """Migrate the database to this version's schema, one transaction per revision, and grant the API's role access."""
    console = Console(stderr=True)
    with running_database(Settings()) as urls:
        asyncio.run(migrate(urls))
    console.print(f"The database is at revision {version.head()}.")
    if urls.owner is None:
        console.print(SINGLE_URL_NOTE, soft_wrap=True)


@app.command("schema")
def schema_command() -> None:
    """Print the GraphQL schema, sorted."""
    typer.echo(export(), nl=False)
