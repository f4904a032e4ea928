"""Links between an issuer's subjects and people: written by an administrator, read at each request."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Text, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from osit_graphql.db import statements
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Identity, Person
from osit_graphql.db.statements import Statement, param
from osit_graphql.domain import clock
from osit_graphql.domain.security_events import SecurityEvent
from osit_graphql.services import security_log

ISSUER_LIMIT = 500
SUBJECT_LIMIT = 255  # OpenID Connect Core 2


@dataclass(frozen=True)
class LinkedPerson:
    """The person that a subject is linked to, as they are in the directory."""

    person_id: int
    active: bool
    roles: Collection[str]
    service_id: int | None


async def find_linked_person(session: Session, issuer: str, subject: str) -> LinkedPerson | None:
    """Return the person linked to a subject, active or not; None without a link.

    The database session must be `System.SIGN_IN`'s: one PostgreSQL function reads links, and only for it.
    """

    def build() -> Statement:
        identity = func.osit_identity(param("issuer", Text), param("subject", Text))
        return select(identity.table_valued("id", "active", "roles", "service_id"))

    rows = await statements.fetch(session, "linked person", build, {"issuer": issuer, "subject": subject})
    return LinkedPerson(*rows[0]) if rows else None


async def link(session: Session, person_id: int, issuer: str, subject: str) -> str | None:
    """Link a subject to a person; return None, or the name of another person who has the link already."""
    row = {"issuer": issuer, "subject": subject, "person_id": person_id, "created_at": clock.now()}
    if (await session.execute(insert(Identity).values(row).on_conflict_do_nothing())).rowcount:
        facts = {"person": person_id, "issuer": issuer, "subject": subject}
        security_log.record(SecurityEvent.IDENTITY_LINKED, session=session, **facts)
    others = Identity.issuer == issuer, Identity.subject == subject, Person.id != person_id
    statement = select(Person.name).join(Identity, Identity.person_id == Person.id).where(*others)
    name: str | None = await session.scalar(statement)
    return name


async def unlink(session: Session, person_id: int, issuer: str, subject: str | None = None) -> int:
    """Delete a person's links to an issuer, or the one to a subject; return how many there were."""
    links = [Identity.person_id == person_id, Identity.issuer == issuer]
    if subject is not None:
        links.append(Identity.subject == subject)
    number = (await session.execute(delete(Identity).where(*links))).rowcount
    if number:
        facts = {"person": person_id, "issuer": issuer, "links": number}
        security_log.record(SecurityEvent.IDENTITY_UNLINKED, session=session, **facts)
    return number
