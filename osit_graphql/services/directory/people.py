"""Creates and updates people: roles, service, site, password."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

from sqlalchemy import any_, func, literal, select

from osit_graphql.db import statements
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Person, Service, Site
from osit_graphql.db.statements import Statement, param
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import ApiArea, Permission, Role
from osit_graphql.domain.security_events import SecurityEvent
from osit_graphql.domain.user_errors import LastAdministrator, NoService, Required
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services import security_log
from osit_graphql.services.auth.credentials_lock import lock_credentials, require_current
from osit_graphql.services.auth.password_hashing import check_password, hash_password
from osit_graphql.services.auth.sessions import end_sessions
from osit_graphql.services.directory.record_editor import (
    Active,
    DirectoryInput,
    FieldSpec,
    Name,
    Phone,
    RecordEditor,
    read_optional,
    read_password,
    read_required,
    read_roles,
)
from osit_graphql.services.validation import ABSENT, AbsentType, InputValidator, at

# Advisory lock: two transactions must not each remove one of the last two administrators, or technicians of a service.
LAST_PEOPLE = 0x05174AD31


@dataclass(frozen=True)
class PersonInput(DirectoryInput):
    """Fields of a person. Only technicians have a service; people without a password can't sign in with one."""

    name: Name = ABSENT
    email: Annotated[str | AbsentType | None, FieldSpec(InputValidator.email, "email", required=True)] = ABSENT
    phone: Phone = ABSENT
    roles: Annotated[Collection[Role] | AbsentType | None, FieldSpec(read_roles, "roles", required=True)] = ABSENT
    service_id: Annotated[int | AbsentType | None, FieldSpec(read_optional, "serviceId")] = ABSENT
    site_id: Annotated[int | AbsentType | None, FieldSpec(read_required, "siteId", required=True)] = ABSENT
    active: Active = ABSENT
    password: Annotated[str | AbsentType | None, FieldSpec(read_password, "password")] = ABSENT


async def create_person(session: Session, viewer: Viewer, fields: PersonInput) -> int:
    """Create a person; OPERATOR may create requesters without a password only, since a known password is a sign-in."""
    roles = () if fields.roles is ABSENT or fields.roles is None else fields.roles
    with_password = fields.password is not ABSENT and fields.password is not None
    _authorize_password(viewer, fields)
    permissions.authorize_person_creation(viewer.roles, roles, with_password=with_password)
    password_hash = await _hash(fields)
    if with_password:
        await lock_credentials(session, viewer.user_id)
    editor = await _load_new(session, fields)
    if with_password:
        await require_current(session, viewer)
    return await _write(editor, password_hash)


class PersonUpdate(NamedTuple):
    """The updated person, and the service that lost its last active technician, if any."""

    person_id: int
    service_without_technicians: int | None


async def update_person(session: Session, viewer: Viewer, person_id: int, fields: PersonInput) -> PersonUpdate:
    """Update a person; deactivation or a new password ends their sessions and API tokens.

    It does not compare the old password, so it is never refused for a concurrent change; the other change is.
    Changed roles apply to the next request. Tickets assigned to a technician who leaves the service keep this assignee,
    and count as unassigned: reassigning them is a ticket command, with its activity.
    """
    permissions.authorize(viewer.roles, Permission.MANAGE_DIRECTORY)
    _authorize_password(viewer, fields)
    password_hash = await _hash(fields)
    await lock_credentials(session, viewer.user_id, person_id)
    editor = RecordEditor(session, Person, person_id)
    if any(value is not ABSENT for value in (fields.active, fields.roles, fields.service_id)):
        await statements.fetch(session, "lock last people", _lock_last_people)
    await editor.load(fields)
    await _check_administrators(editor)
    await _validate(editor)
    await require_current(session, viewer)
    await _write(editor, password_hash)
    return PersonUpdate(person_id, await _find_service_without_technicians(editor))


async def create_person_unchecked(session: Session, fields: PersonInput) -> int:
    """Create a person without a permission check, for the command line."""
    password_hash = await _hash(fields)
    return await _write(await _load_new(session, fields), password_hash)


async def _load_new(session: Session, fields: PersonInput) -> RecordEditor:
    editor = RecordEditor(session, Person)
    await editor.load(fields)
    await _validate(editor)
    return editor


async def _hash(fields: PersonInput) -> str | None:
    """Hash the new password before any lock is held; None without an acceptable one."""
    password = None if fields.password is ABSENT else fields.password
    return None if password is None or check_password(password, "password") else await hash_password(password)


def _authorize_password(viewer: Viewer, fields: PersonInput) -> None:
    """Refuse passwords set with an API token: they would allow signing in, past the token's scopes."""
    if fields.password is not ABSENT and fields.password is not None:
        permissions.require_scope(viewer.scopes, ApiArea.SIGN_INS)


async def _validate(editor: RecordEditor) -> None:
    changes = editor.changes
    await editor.check_unique("email", changes.get("email"), "email")
    _check_service(editor)
    references = {"serviceId": (Service, changes.get("service_id")), "siteId": (Site, changes.get("site_id"))}
    await editor.validator.references(editor.session, references)
    editor.validator.check()


async def _write(editor: RecordEditor, password_hash: str | None) -> int:
    changes = editor.changes
    has_password, password = "password" in changes, changes.pop("password", None)
    sets_password = has_password and not (password is None and not editor.old("signs_in"))
    if sets_password:
        changes["password_hash"] = password_hash
    ends_sessions = sets_password or changes.get("active") is False
    events = list(_events(editor, sets_password=sets_password))
    person_id = await editor.write()
    if ends_sessions:
        await end_sessions(editor.session, person_id)
    for event, facts in events:
        security_log.record(event, session=editor.session, person=person_id, **facts)
    return person_id


def _events(editor: RecordEditor, *, sets_password: bool) -> Iterator[tuple[SecurityEvent, dict[str, Any]]]:
    """Yield the security events of a change of a person, each with its facts."""
    changes = editor.changes
    if editor.key is None:
        yield SecurityEvent.PERSON_CREATED, {"roles": changes.get("roles")}
        return
    if "roles" in changes:
        yield SecurityEvent.ROLES_CHANGED, {"old_roles": editor.old("roles"), "roles": changes["roles"]}
    if "active" in changes:
        active = changes["active"]
        yield SecurityEvent.PERSON_REACTIVATED if active else SecurityEvent.PERSON_DEACTIVATED, {}
    if sets_password:
        yield SecurityEvent.PASSWORD_RESET, {}


def _check_service(editor: RecordEditor) -> None:
    """Require a service of technicians and refuse it for others; a former technician loses it."""
    if editor.is_missing:
        return
    if Role.TECHNICIAN in editor.new("roles"):
        if editor.new("service_id") is None:
            editor.validator.add(Required(at("serviceId")))
    elif editor.values.get("service_id") is not None:
        editor.validator.add(NoService(at("serviceId")))
    elif editor.old("service_id") is not None:
        editor.changes["service_id"] = None


async def _check_administrators(editor: RecordEditor) -> None:
    """Refuse a change that leaves no active administrator."""
    if not editor.old("active") or Role.ADMIN not in editor.old("roles"):
        return
    stays = {
        "active": editor.new("active") is not False,
        "roles": not editor.new("roles") or Role.ADMIN in editor.new("roles"),
    }
    removing = [argument for argument, remains in stays.items() if not remains]
    values = {"id": editor.key}
    if removing and not await statements.fetch(editor.session, "others", _select_other_administrators, values):
        editor.validator.add(*(LastAdministrator(at(argument)) for argument in removing))


async def _find_service_without_technicians(editor: RecordEditor) -> int | None:
    """Return the service of a technician who left it or the company, if no active one remains."""
    left: int | None = editor.old("service_id")
    if left is None or not editor.old("active") or (editor.new("active") and editor.new("service_id") == left):
        return None
    remaining = await statements.fetch(editor.session, "technicians", _select_technicians, {"service_id": left})
    return None if remaining else left


def _select_technicians() -> Statement:
    return select(Person.id).where(Person.active, Person.service_id == param("service_id")).limit(1)


def _lock_last_people() -> Statement:
    return select(func.pg_advisory_xact_lock(LAST_PEOPLE).label("locked"))


def _select_other_administrators() -> Statement:
    administrator = literal(str(Role.ADMIN)) == any_(Person.roles)
    return select(Person.id).where(Person.active, administrator, Person.id != param("id")).limit(1)
