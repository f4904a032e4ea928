"""The `osit user` commands: create people, set passwords, link OpenID Connect subjects."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import typer

from osit_graphql.cli.rows import AsJson, print_json, print_table
from osit_graphql.db import models
from osit_graphql.db.engine import Session
from osit_graphql.domain.enums import Role
from osit_graphql.domain.errors import Refused, SetupError
from osit_graphql.domain.viewer import System
from osit_graphql.server.bootstrap import open_database
from osit_graphql.server.database_urls import DatabaseUrls, running_database
from osit_graphql.server.logging_config import command_log
from osit_graphql.services.auth import oidc
from osit_graphql.services.auth.oidc import ISSUER_LIMIT, SUBJECT_LIMIT
from osit_graphql.services.directory import admin
from osit_graphql.services.directory.admin import FirstPersonInput, ListedPerson
from osit_graphql.services.directory.people import create_person_unchecked
from osit_graphql.settings import Settings

T = TypeVar("T")

ARGUMENT_NAMES = {
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

app = typer.Typer(help="Create and list people, set passwords. Requires access to this machine only.")


def require_printable(value: str | None) -> str | None:
    """Refuse characters that PostgreSQL can't store."""
    if value is not None and not value.isprintable():
        raise typer.BadParameter("it contains characters that can't be stored.")
    return value


Name = Annotated[str, typer.Argument(metavar="NAME", help="Name.", callback=require_printable)]
Email = Annotated[
    str, typer.Argument(metavar="EMAIL", help="E-mail address for signing in.", callback=require_printable)
]
Roles = Annotated[list[Role], typer.Option("--role", help="Role; repeat for several.")]
Service = Annotated[str | None, typer.Option(help="Name of a technician's service.", callback=require_printable)]
Site = Annotated[str | None, typer.Option(help="Name of the site.", callback=require_printable)]
Phone = Annotated[str | None, typer.Option(help="Phone number.", callback=require_printable)]
Issuer = Annotated[
    str | None, typer.Option(help="Issuer of the subject. Default: OSIT_OIDC_ISSUER.", callback=require_printable)
]
Subject = Annotated[str, typer.Option(help="The person's `sub` claim at the issuer.", callback=require_printable)]
AnySubject = Annotated[str | None, typer.Option(help="Only this subject. Default: all.", callback=require_printable)]
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
    """Create a person. Prompts twice for a password."""
    password = _ask(password_stdin=password_stdin)

    async def create(session: Session) -> int:
        person = FirstPersonInput(
            name=name,
            email=email,
            phone=phone,
            roles=roles,
            service_id=await _find_entry(session, models.Service, service),
            site_id=await _find_entry(session, models.Site, site),
            password=password,
        )
        return await create_person_unchecked(session, person)

    run_command(create)
    typer.echo(f"{name} can sign in as {email.strip().lower()}.", err=True)


@app.command("password")
def password_command(email: Email, password_stdin: FromStdin = False) -> None:
    """Set a person's password. Prompts for it twice and ends the person's sessions."""
    password = _ask(password_stdin=password_stdin)

    async def reset(session: Session) -> None:
        await admin.reset_password(session, await find_person(session, email), password)

    run_command(reset)
    typer.echo(f"{email.strip().lower()} has a new password.", err=True)


@app.command("link")
def link_command(email: Email, subject: Subject, issuer: Issuer = None) -> None:
    """Link a subject of an OpenID Connect issuer to a person, so that its tokens sign the person in."""
    issuer_url = _issuer(issuer)
    if not (subject.isascii() and 1 <= len(subject) <= SUBJECT_LIMIT):
        raise SetupError(f"A subject has 1 to {SUBJECT_LIMIT} ASCII characters.")

    async def link(session: Session) -> None:
        other = await oidc.link(session, await find_person(session, email), issuer_url, subject)
        if other is not None:
            raise SetupError(f"This subject is linked to {other}. Remove that link first, with osit user unlink.")

    run_command(link)
    typer.echo(f"{email.strip().lower()} is linked to the subject {subject} of {issuer_url}.", err=True)


@app.command("unlink")
def unlink_command(email: Email, subject: AnySubject = None, issuer: Issuer = None) -> None:
    """Unlink a person from an issuer. Its tokens are refused from the next request on."""
    issuer_url = _issuer(issuer)

    async def unlink(session: Session) -> int:
        return await oidc.unlink(session, await find_person(session, email), issuer_url, subject)

    if run_command(unlink) == 0:
        raise SetupError(f"{email.strip().lower()} has no matching link to {issuer_url}.")
    typer.echo(f"{email.strip().lower()} is no longer linked to {issuer_url}.", err=True)


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """List all people by name."""
    people = run_command(admin.list_people)
    if not people:
        typer.echo("There are no people yet. Create the first with osit user create NAME EMAIL --role ADMIN.", err=True)
    elif as_json:
        print_json(map(_to_json, people))
    else:
        print_table(("name", "e-mail", "roles", "service", "site", "state"), map(_cells, people))


def _ask(*, password_stdin: bool) -> str:
    if password_stdin:
        try:
            return sys.stdin.buffer.readline().decode().rstrip("\r\n")
        except UnicodeDecodeError:
            raise SetupError("The password on standard input is not UTF-8.") from None
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt="The same again"))


def _issuer(option: str | None) -> str:
    issuer = option or Settings().oidc_issuer
    if not issuer or len(issuer) > ISSUER_LIMIT:
        raise SetupError("No issuer is named. Set --issuer or OSIT_OIDC_ISSUER to its URL, exactly as in `iss`.")
    return issuer


async def find_person(session: Session, email: str) -> int:
    """Return the id of the person with this e-mail address; raise `SetupError` without one."""
    person_id = await admin.find_person(session, email)
    if person_id is None:
        raise SetupError(f"No person has the e-mail address « {email} ».")
    return person_id


async def _find_entry(session: Session, model: type[models.Service | models.Site], name: str | None) -> int | None:
    """Return the id of the service or site with this name, None without a name; raise `SetupError` for no match."""
    key = None if name is None else await admin.find_entry(session, model, name)
    if key is None and name is not None:
        raise SetupError(f"No {model.__name__.lower()} is called « {name} ».")
    return key


def run_command(command: Callable[[Session], Awaitable[T]]) -> T:
    """Run the command in one transaction on the configured database. Print each user error on a line of its own."""

    async def run(settings: Settings, urls: DatabaseUrls) -> T:
        async with open_database(settings, urls) as database, database.transaction(System.DIRECTORY) as session:
            return await command(session)

    settings = Settings()
    try:
        with running_database(settings) as urls, command_log(settings):
            return asyncio.run(run(settings, urls))
    except Refused as refused:
        for error in refused.user_errors:
            sentence = error.sentence.format(**error.parameters)
            typer.echo(f"osit: {ARGUMENT_NAMES[error.field[-1]]}: {sentence}", err=True)
        raise typer.Exit(1) from None


def _cells(person: ListedPerson) -> tuple[str, ...]:
    state = ("active" if person.active else "gone") + ("" if person.signs_in else ", no password")
    state += ", linked" if person.linked else ""
    return person.name, person.email, ", ".join(person.roles), person.service or "", person.site or "", state


def _to_json(person: ListedPerson) -> dict[str, Any]:
    return {
        "name": person.name,
        "email": person.email,
        "roles": person.roles,
        "service": person.service,
        "site": person.site,
        "active": person.active,
        "hasPassword": person.signs_in,
        "links": person.linked,
    }
