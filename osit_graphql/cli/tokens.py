"""The `osit token` commands: create, list and revoke API tokens."""

from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from osit_graphql.api import global_ids
from osit_graphql.cli.users import find_person, require_printable, run_command
from osit_graphql.db.engine import Session
from osit_graphql.domain import clock
from osit_graphql.domain.enums import Scope
from osit_graphql.domain.errors import BadInput, SetupError
from osit_graphql.services.auth import api_tokens

app = typer.Typer(help="Create, list and revoke API tokens. Requires access to this machine only.")

Owner = Annotated[
    str, typer.Argument(metavar="EMAIL", help="E-mail address of the token's owner.", callback=require_printable)
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Purpose.", callback=require_printable)]
Scopes = Annotated[list[Scope], typer.Option("--scope", help="Scope; repeat for several.")]
Days = Annotated[int, typer.Option(help="Lifetime in days.", min=1, max=365)]
Id = Annotated[str, typer.Argument(metavar="ID", help="ID, as printed by `osit token list`.")]


@app.command("create")
def create_command(email: Owner, name: Name, scopes: Scopes, days: Days = api_tokens.DEFAULT_TOKEN_TTL.days) -> None:
    """Create an API token and print its secret once."""

    async def create(session: Session) -> str:
        person_id = await find_person(session, email)
        expires_at = clock.now() + timedelta(days=days)
        secret, _ = await api_tokens.create_unchecked(session, api_tokens.NewToken(person_id, name, scopes, expires_at))
        return secret

    typer.echo(run_command(create))
    typer.echo(
        f"The token acts for {email.strip().lower()} and expires in {days} days. This secret is not shown again.",
        err=True,
    )


@app.command("list")
def list_command() -> None:
    """List all API tokens by owner."""
    tokens = run_command(api_tokens.list_all)
    if not tokens:
        typer.echo("There is no token yet. Create one with osit token create EMAIL NAME --scope SCOPE.", err=True)
        return
    table, now = Table(), clock.now()
    for heading in ("id", "owner", "name", "scopes", "created", "expires", "last used"):
        table.add_column(heading, overflow="fold")
    for row in tokens:
        expires = f"{row.expires_at:%Y-%m-%d}" + ("" if row.expires_at > now else ", expired")
        used = f"{row.last_used_at:%Y-%m-%d %H:%M}" if row.last_used_at else "never"
        created = f"{row.created_at:%Y-%m-%d}"
        cells = (
            global_ids.encode(global_ids.Kind.API_TOKEN, row.id),
            row.email,
            row.name,
            ", ".join(row.scopes),
            created,
            expires,
            used,
        )
        table.add_row(*map(Text, cells))
    Console().print(table)


@app.command("revoke")
def revoke_command(token_id: Id) -> None:
    """Revoke an API token. The next request with it is refused."""
    try:
        key = global_ids.decode(global_ids.Kind.API_TOKEN, token_id, ("id",))
    except BadInput:
        raise SetupError(f"« {token_id} » is not the ID of a token. `osit token list` prints the IDs.") from None

    async def revoke(session: Session) -> bool:
        return await api_tokens.revoke_unchecked(session, key)

    if not run_command(revoke):
        raise SetupError(f"There is no token « {token_id} ».")
    typer.echo("The token is revoked.", err=True)
