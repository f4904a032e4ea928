"""The `osit token` command: what programs sign in with, made, listed and revoked at this machine."""

from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from osit_graphql.api import global_ids
from osit_graphql.cli.users import carry_out, readable
from osit_graphql.db.engine import Session
from osit_graphql.domain import clock
from osit_graphql.domain.enums import Scope
from osit_graphql.domain.errors import BadInput, SetupError
from osit_graphql.services import directory
from osit_graphql.services.auth import api_tokens

app = typer.Typer(help="Make API tokens, list and revoke them: with every right, at this machine.")

Owner = Annotated[
    str, typer.Argument(metavar="EMAIL", help="Whom it acts for, by their e-mail address.", callback=readable)
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="What it is for.", callback=readable)]
Scopes = Annotated[list[Scope], typer.Option("--scope", help="What it is to reach; say it again for another.")]
Days = Annotated[int, typer.Option(help="How many days it lasts.", min=1, max=365)]
Id = Annotated[str, typer.Argument(metavar="ID", help="Its id, as `osit token list` says it.")]


@app.command("create")
def create_command(email: Owner, name: Name, scopes: Scopes, days: Days = api_tokens.LASTING.days) -> None:
    """Make a token; the secret is printed this once."""

    async def create(session: Session) -> str:
        person_id = await directory.find_person(session, email)
        if person_id is None:
            raise SetupError(f"Nobody has the address « {email} ».")
        expires_at = clock.now() + timedelta(days=days)
        secret, _ = await api_tokens.issue(session, api_tokens.NewToken(person_id, name, scopes, expires_at))
        return secret

    typer.echo(carry_out(create))
    typer.echo(f"It acts for {email.strip().lower()} for {days} days, and is not said again.", err=True)


@app.command("list")
def list_command() -> None:
    """List every token, by whose it is."""
    found = carry_out(api_tokens.everybodys)
    if not found:
        typer.echo("There is no token yet: osit token create EMAIL NAME --scope SCOPE makes one.", err=True)
        return
    table, now = Table(), clock.now()
    for heading in ("id", "of", "name", "scopes", "made", "ends", "last used"):
        table.add_column(heading, overflow="fold")
    for row in found:
        ends = f"{row.expires_at:%Y-%m-%d}" + ("" if row.expires_at > now else ", expired")
        used = f"{row.last_used_at:%Y-%m-%d %H:%M}" if row.last_used_at else "never"
        made = f"{row.created_at:%Y-%m-%d}"
        cells = (
            global_ids.encode(global_ids.Kind.API_TOKEN, row.id),
            row.email,
            row.name,
            ", ".join(row.scopes),
            made,
            ends,
            used,
        )
        table.add_row(*map(Text, cells))
    Console().print(table)


@app.command("revoke")
def revoke_command(token_id: Id) -> None:
    """End a token: the next request with it is refused."""
    try:
        key = global_ids.decode(global_ids.Kind.API_TOKEN, token_id, ("id",))
    except BadInput:
        raise SetupError(f"« {token_id} » is no id of a token: `osit token list` says them.") from None

    async def withdraw(session: Session) -> bool:
        return await api_tokens.withdraw(session, key)

    if not carry_out(withdraw):
        raise SetupError(f"There is no token « {token_id} » any more.")
    typer.echo("It is revoked.", err=True)
