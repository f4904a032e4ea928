"""Directory operations of the command line: without a viewer, with the same validation."""

from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import func, select, update

from osit_graphql.db.engine import Session
from osit_graphql.db.models import Identity, Person, Service, Site, name_key
from osit_graphql.domain.enums import Role
from osit_graphql.domain.security_events import SecurityEvent
from osit_graphql.services import security_log
from osit_graphql.services.auth.credentials_lock import lock_credentials
from osit_graphql.services.auth.password_hashing import hash_password
from osit_graphql.services.auth.sessions import end_sessions
from osit_graphql.services.directory.people import PersonInput
from osit_graphql.services.directory.record_editor import FieldSpec, one_line, read_optional, read_password
from osit_graphql.services.validation import ABSENT, AbsentType, InputValidator, at


@dataclass(frozen=True)
class FirstPersonInput(PersonInput):
    """A person who may have no site: the first people are created before the first site."""

    site_id: Annotated[int | AbsentType | None, FieldSpec(read_optional, "siteId")] = ABSENT


@dataclass(frozen=True)
class ListedPerson:
    """A line of the list of people; `signs_in`: has a password; `linked`: number of OpenID Connect subjects."""

    name: str
    email: str
    roles: list[Role]
    service: str | None
    site: str | None
    active: bool
    signs_in: bool
    linked: int = 0


async def find_entry(session: Session, model: type[Service | Site], name: str) -> int | None:
    """Return the id of the service or site with this name, regardless of case and accents."""
    key: int | None = await session.scalar(select(model.id).where(model.name_key == name_key(one_line(name))))
    return key


async def find_person(session: Session, email: str) -> int | None:
    """Return the id of the person with this e-mail address."""
    key: int | None = await session.scalar(select(Person.id).where(Person.email == email.strip().lower()))
    return key


async def reset_password(session: Session, person_id: int, password: str) -> None:
    """Set a person's password; it ends their sessions and API tokens."""
    validator = InputValidator()
    read_password(validator, password, at("password"))
    validator.check()
    password_hash = await hash_password(password)
    await lock_credentials(session, person_id)
    session.revoke_cached_viewers()
    await session.execute(update(Person).where(Person.id == person_id).values(password_hash=password_hash))
    await end_sessions(session, person_id)
    security_log.record(SecurityEvent.PASSWORD_RESET, session=session, person=person_id)


async def list_people(session: Session) -> list[ListedPerson]:
    """Return all people, by name."""
    linked = select(func.count()).where(Identity.person_id == Person.id).scalar_subquery()
    columns = Person.name, Person.email, Person.roles, Service.name, Site.name
    statement = (
        select(*columns, Person.active, Person.signs_in, linked)
        .outerjoin(Service, Person.service_id == Service.id)
        .outerjoin(Site, Person.site_id == Site.id)
        .order_by(Person.name_key, Person.id)
    )
    return [
        ListedPerson(name, email, [Role(role) for role in roles], *others)
        for name, email, roles, *others in await session.execute(statement)
    ]
