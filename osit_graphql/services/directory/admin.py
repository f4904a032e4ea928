"""What whoever runs OSIT does to people at the command line: nobody is signed in, every right, the same checks."""

from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import func, select, update

from osit_graphql.db.engine import Session
from osit_graphql.db.models import Identity, Person, Service, Site, name_key
from osit_graphql.domain.enums import Role
from osit_graphql.services.auth.password_hashing import hash_password
from osit_graphql.services.auth.sessions import end_sessions
from osit_graphql.services.directory.people import PersonSheet
from osit_graphql.services.directory.sheets import Box, one_line, read_optional, read_password
from osit_graphql.services.validation import ABSENT, AbsentType, Form, at


@dataclass(frozen=True)
class FounderSheet(PersonSheet):
    """A person who may have no site: the first of them come before there is any."""

    site_id: Annotated[int | AbsentType | None, Box(read_optional, "siteId")] = ABSENT


@dataclass(frozen=True)
class Listed:
    """A person as a line of a list; `signs_in`: has a password; `linked`: to how many subjects of an issuer."""

    name: str
    email: str
    roles: list[Role]
    service: str | None
    site: str | None
    active: bool
    signs_in: bool
    linked: int = 0


async def find_service(session: Session, name: str) -> int | None:
    """Return the service that bears this name, whatever its case and accents."""
    key: int | None = await session.scalar(select(Service.id).where(Service.name_key == name_key(one_line(name))))
    return key


async def find_site(session: Session, name: str) -> int | None:
    """Return the site that bears this name, whatever its case and accents."""
    key: int | None = await session.scalar(select(Site.id).where(Site.name_key == name_key(one_line(name))))
    return key


async def find_person(session: Session, email: str) -> int | None:
    """Return whose address this is."""
    key: int | None = await session.scalar(select(Person.id).where(Person.email == email.strip().lower()))
    return key


async def reset_password(session: Session, person_id: int, password: str) -> None:
    """Give somebody a new password; their sessions and tokens end."""
    form = Form()
    read_password(form, password, at("password"))
    form.check()
    hashed = await hash_password(password)
    session.revoke_cached_viewers()
    await session.execute(update(Person).where(Person.id == person_id).values(password_hash=hashed))
    await end_sessions(session, person_id)


async def list_people(session: Session) -> list[Listed]:
    """Return everybody, by name."""
    linked = select(func.count()).where(Identity.person_id == Person.id).scalar_subquery()
    who = Person.name, Person.email, Person.roles, Service.name, Site.name
    statement = (
        select(*who, Person.active, Person.signs_in, linked)
        .outerjoin(Service, Person.service_id == Service.id)
        .outerjoin(Site, Person.site_id == Site.id)
        .order_by(Person.name_key, Person.id)
    )
    return [
        Listed(name, email, [Role(role) for role in roles], service, site, active, has_password, links)
        for name, email, roles, service, site, active, has_password, links in await session.execute(statement)
    ]
