"""People: who they are, what they may do, where they belong, and how they sign in."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import any_, func, literal, select

from osit_graphql.db import statements
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Person, Service, Site
from osit_graphql.db.statements import Statement, param
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import ApiArea, Permission, Role
from osit_graphql.domain.user_errors import LastAdministrator, NoService, Required
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.auth.password_hashing import hash_password
from osit_graphql.services.auth.sessions import end_sessions
from osit_graphql.services.directory.record_editor import Entry
from osit_graphql.services.directory.sheets import (
    Active,
    Box,
    Name,
    Phone,
    Sheet,
    read_address,
    read_needed,
    read_optional,
    read_password,
    read_roles,
)
from osit_graphql.services.validation import ABSENT, AbsentType, at

# Whoever may take an administrator away holds this advisory lock, so that two can't each leave it to the other.
ADMINISTRATORS = 0x05174AD31


@dataclass(frozen=True)
class PersonSheet(Sheet):
    """What is said of a person. Only a technician has a service; without a password nobody signs in as them."""

    name: Name = ABSENT
    email: Annotated[str | AbsentType | None, Box(read_address, "email", required=True)] = ABSENT
    phone: Phone = ABSENT
    roles: Annotated[Collection[Role] | AbsentType | None, Box(read_roles, "roles", required=True)] = ABSENT
    service_id: Annotated[int | AbsentType | None, Box(read_optional, "serviceId")] = ABSENT
    site_id: Annotated[int | AbsentType | None, Box(read_needed, "siteId", required=True)] = ABSENT
    active: Active = ABSENT
    password: Annotated[str | AbsentType | None, Box(read_password, "password")] = ABSENT


async def create_person(session: Session, viewer: Viewer, sheet: PersonSheet) -> int:
    """Add a person, for somebody who manages the directory; or a mere caller, for the desk.

    The desk sets no password either: it would know how to sign in as somebody else. That is `Forbidden`.
    """
    roles = () if sheet.roles is ABSENT or sheet.roles is None else sheet.roles
    with_password = sheet.password is not ABSENT and sheet.password is not None
    _authorize_password(viewer, sheet)
    permissions.authorize_person_creation(viewer.roles, roles, with_password=with_password)
    return await enrol(session, sheet)


async def update_person(session: Session, viewer: Viewer, person_id: int, sheet: PersonSheet) -> int:
    """Change a person; a deactivation or a new password ends every session and token of theirs.

    Roles and service are read anew with each request, so that they need no new sign-in. Tickets assigned to a
    technician who leaves the service, or the company, stay so until a technician of theirs assigns them anew: that
    is an action on the ticket, with its row in the history, and not the directory's.
    """
    permissions.authorize(viewer.roles, Permission.MANAGE_DIRECTORY)
    _authorize_password(viewer, sheet)
    entry = Entry(session, Person, person_id)
    if sheet.active is not ABSENT or sheet.roles is not ABSENT:
        await statements.fetch(session, "lock administrators", _locking_administrators)
    await entry.read(sheet)
    await _check_administrators(entry)
    return await _write(entry)


async def enrol(session: Session, sheet: PersonSheet) -> int:
    """Add a person without asking who does."""
    entry = Entry(session, Person)
    await entry.read(sheet)
    return await _write(entry)


def _authorize_password(viewer: Viewer, sheet: PersonSheet) -> None:
    """Let no token set a password: whoever has it would sign in, beyond the token's scopes."""
    if sheet.password is not ABSENT and sheet.password is not None:
        permissions.require_scope(viewer.scopes, ApiArea.SIGN_INS)


async def _write(entry: Entry) -> int:
    await entry.check_unique("email", entry.said.get("email"), "email")
    _settle_service(entry)
    named = {"serviceId": (Service, entry.said.get("service_id")), "siteId": (Site, entry.said.get("site_id"))}
    await entry.form.references(entry.session, named)
    entry.form.check()
    said, password = "password" in entry.said, entry.said.pop("password", None)
    new_password = said and not (password is None and not entry.before("signs_in"))
    if new_password:
        entry.said["password_hash"] = None if password is None else await hash_password(password)
    ended = new_password or entry.said.get("active") is False
    person_id = await entry.write()
    if ended:
        await end_sessions(entry.session, person_id)
    return person_id


def _settle_service(entry: Entry) -> None:
    """A technician has a service and nobody else does; whoever stops being one loses it."""
    if entry.missing:
        return
    if Role.TECHNICIAN in entry.after("roles"):
        if entry.after("service_id") is None:
            entry.form.add(Required(at("serviceId")))
    elif entry.given.get("service_id") is not None:
        entry.form.add(NoService(at("serviceId")))
    elif entry.before("service_id") is not None:
        entry.said["service_id"] = None


async def _check_administrators(entry: Entry) -> None:
    """Somebody must be able to manage the directory after this."""
    if not entry.before("active") or Role.ADMIN not in entry.before("roles"):
        return
    leaving = [
        argument
        for argument, stays in (
            ("active", entry.after("active") is not False),
            ("roles", not entry.after("roles") or Role.ADMIN in entry.after("roles")),
        )
        if not stays
    ]
    if leaving and not await statements.fetch(entry.session, "others", _other_administrators, {"id": entry.key}):
        entry.form.add(*(LastAdministrator(at(argument)) for argument in leaving))


def _locking_administrators() -> Statement:
    return select(func.pg_advisory_xact_lock(ADMINISTRATORS).label("locked"))


def _other_administrators() -> Statement:
    administrator = literal(str(Role.ADMIN)) == any_(Person.roles)
    return select(Person.id).where(Person.active, administrator, Person.id != param("id")).limit(1)
