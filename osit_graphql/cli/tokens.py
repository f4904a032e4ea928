"""The `osit token` commands: create, list and revoke API tokens."""

from datetime import timedelta
from typing import Annotated, Any

import typer

from osit_graphql.api import global_ids
from osit_graphql.cli.rows import AsJson, print_json, print_table
from osit_graphql.cli.users import find_person, require_printable, run_command
from osit_graphql.db.engine import Session
from osit_graphql.db.statements import Row
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
def list_command(as_json: AsJson = False) -> None:
    """List all API tokens by owner."""
    tokens = run_command(api_tokens.list_all)
    if not tokens:
        typer.echo("There is no token yet. Create one with osit token create EMAIL NAME --scope SCOPE.", err=True)
    elif as_json:
        print_json(map(_to_json, tokens))
    else:
        print_table(("id", "owner", "name", "scopes", "created", "expires", "last used"), map(_cells, tokens))


def _cells(row: Row) -> tuple[str, ...]:
    expires = f"{row.expires_at:%Y-%m-%d}" + ("" if row.expires_at > clock.now() else ", expired")
    used = f"{row.last_used_at:%Y-%m-%d %H:%M}" if row.last_used_at else "never"
    token_id = global_ids.encode(global_ids.Kind.API_TOKEN, row.id)
    return token_id, row.email, row.name, ", ".join(row.scopes), f"{row.created_at:%Y-%m-%d}", expires, used


def _to_json(row: Row) -> dict[str, Any]:
    return {
        "id": global_ids.encode(global_ids.Kind.API_TOKEN, row.id),
        "owner": row.email,
        "name": row.name,
        "scopes": row.scopes,
        "createdAt": row.created_at,
        "expiresAt": row.expires_at,
        "lastUsedAt": row.last_used_at,
    }


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
