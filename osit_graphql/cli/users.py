"""The `osit user` command: the first administrator of a new database, forgotten passwords, links to an issuer."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from osit_graphql.db.engine import Session
from osit_graphql.domain.enums import Role
from osit_graphql.domain.errors import Refused, SetupError
from osit_graphql.domain.viewer import System
from osit_graphql.server.bootstrap import open_database
from osit_graphql.server.database_urls import DatabaseUrls, running_database
from osit_graphql.services import directory
from osit_graphql.services.auth import oidc
from osit_graphql.services.auth.oidc import ISSUER_LIMIT, SUBJECT_LIMIT
from osit_graphql.services.directory import FounderSheet, Listed
from osit_graphql.settings import Settings

T = TypeVar("T")

NAMES = {
    "name": "NAME",
    "email": "EMAIL",
    "roles": "--role",
    "serviceId": "--service",
    "siteId": "--site",
    "phone": "--phone",
    "password": "the password",
    "scopes": "--scope",
    "expiresAt": "--days",
    "userId": "EMAIL",
    "input": "the token",
}

app = typer.Typer(help="Add people, set their passwords, list them: with every right, at this machine.")


def readable(value: str | None) -> str | None:
    """Refuse what a shell can give and PostgreSQL can't store."""
    if value is not None and not value.isprintable():
        raise typer.BadParameter("it contains characters that can't be stored.")
    return value


Name = Annotated[str, typer.Argument(metavar="NAME", help="What they are called.", callback=readable)]
Email = Annotated[
    str, typer.Argument(metavar="EMAIL", help="The e-mail address that they sign in with.", callback=readable)
]
Roles = Annotated[list[Role], typer.Option("--role", help="What they are; say it again for another.")]
Service = Annotated[str | None, typer.Option(help="A technician's service, by its name.", callback=readable)]
Site = Annotated[str | None, typer.Option(help="Where they work, by its name.", callback=readable)]
Phone = Annotated[str | None, typer.Option(help="Their phone number.", callback=readable)]
Issuer = Annotated[str | None, typer.Option(help="Whose subject; OSIT_OIDC_ISSUER otherwise.", callback=readable)]
Subject = Annotated[str, typer.Option(help="Their `sub` at the issuer, not their name there.", callback=readable)]
AnySubject = Annotated[str | None, typer.Option(help="Only this one; all otherwise.", callback=readable)]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the first line of standard input.")
]


@app.command("create")
def create_command(
    name: Name,
    email: Email,
    roles: Roles,
    service: Service = None,
    site: Site = None,
    phone: Phone = None,
    password_stdin: FromStdin = False,
) -> None:
    """Add a person; their password is asked for twice."""
    password = _ask(password_stdin=password_stdin)

    async def create(session: Session) -> int:
        sheet = FounderSheet(
            name=name,
            email=email,
            phone=phone,
            roles=roles,
            service_id=await _find(session, directory.find_service, "service", service),
            site_id=await _find(session, directory.find_site, "site", site),
            password=password,
        )
        return await directory.enrol(session, sheet)

    carry_out(create)
    typer.echo(f"{name} can sign in as {email.strip().lower()}.", err=True)


@app.command("password")
def password_command(email: Email, password_stdin: FromStdin = False) -> None:
    """Give somebody a new password, asked for twice; their sessions end."""
    password = _ask(password_stdin=password_stdin)

    async def reset(session: Session) -> None:
        await directory.reset_password(session, await _find_person(session, email), password)

    carry_out(reset)
    typer.echo(f"{email.strip().lower()} has a new password.", err=True)


@app.command("link")
def link_command(email: Email, subject: Subject, issuer: Issuer = None) -> None:
    """Let a subject of an OpenID Connect issuer be this person: their tokens sign them in."""
    named = _issuer(issuer)
    if not (subject.isascii() and 1 <= len(subject) <= SUBJECT_LIMIT):
        raise SetupError(f"A subject has 1 to {SUBJECT_LIMIT} characters, all of ASCII.")

    async def link(session: Session) -> None:
        other = await oidc.link(session, await _find_person(session, email), named, subject)
        if other is not None:
            raise SetupError(f"This subject is {other}: osit user unlink takes that away first.")

    carry_out(link)
    typer.echo(f"{email.strip().lower()} is {subject} of {named}.", err=True)


@app.command("unlink")
def unlink_command(email: Email, subject: AnySubject = None, issuer: Issuer = None) -> None:
    """Take somebody's links to an issuer away: its tokens are refused from the next request on."""
    named = _issuer(issuer)

    async def unlink(session: Session) -> int:
        return await oidc.unlink(session, await _find_person(session, email), named, subject)

    if carry_out(unlink) == 0:
        raise SetupError(f"{email.strip().lower()} has no such link to {named}.")
    typer.echo(f"{email.strip().lower()} is no longer linked to {named}.", err=True)


@app.command("list")
def list_command() -> None:
    """List everybody, by name."""
    people = carry_out(directory.list_people)
    if people:
        Console().print(_table(people))
    else:
        typer.echo("There is nobody yet: osit user create NAME EMAIL --role ADMIN adds the first.", err=True)


def _ask(*, password_stdin: bool) -> str:
    if password_stdin:
        try:
            return sys.stdin.buffer.readline().decode().rstrip("\r\n")
        except UnicodeDecodeError:
            raise SetupError("The password on standard input is not UTF-8.") from None
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt="The same again"))


def _issuer(given: str | None) -> str:
    issuer = given or Settings().oidc_issuer
    if not issuer or len(issuer) > ISSUER_LIMIT:
        raise SetupError("Which issuer? Give --issuer, or OSIT_OIDC_ISSUER, as it writes itself.")
    return issuer


async def _find_person(session: Session, email: str) -> int:
    person_id = await directory.find_person(session, email)
    if person_id is None:
        raise SetupError(f"Nobody has the address « {email} ».")
    return person_id


async def _find(
    session: Session, find: Callable[[Session, str], Awaitable[int | None]], kind: str, name: str | None
) -> int | None:
    """Return what bears this name, None for no name; or say that nothing does."""
    key = None if name is None else await find(session, name)
    if key is None and name is not None:
        raise SetupError(f"No {kind} is called « {name} ».")
    return key


def carry_out(verb: Callable[[Session], Awaitable[T]]) -> T:
    """Run it in one transaction on the database that the settings name; a refusal is a line for each problem."""

    async def run(settings: Settings, urls: DatabaseUrls) -> T:
        async with open_database(settings, urls) as database, database.transaction(System.DIRECTORY) as session:
            return await verb(session)

    settings = Settings()
    try:
        with running_database(settings) as urls:
            return asyncio.run(run(settings, urls))
    except Refused as refused:
        for error in refused.user_errors:
            sentence = error.sentence.format(**error.parameters)
            typer.echo(f"osit: {NAMES[error.field[-1]]}: {sentence}", err=True)
        raise typer.Exit(1) from None


def _table(people: list[Listed]) -> Table:
    table = Table()
    for heading in ("name", "e-mail", "roles", "service", "site", "state"):
        table.add_column(heading, overflow="fold")
    for person in people:
        state = ("active" if person.active else "gone") + ("" if person.signs_in else ", no password")
        state += ", linked" if person.linked else ""
        cells = person.name, person.email, ", ".join(person.roles), person.service or "", person.site or "", state
        table.add_row(*map(Text, cells))
    return table
