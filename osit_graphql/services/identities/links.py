"""Which person a subject of an issuer is: written by an administrator, read at each request."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from osit_graphql.database import Session
from osit_graphql.models import Identity, Person
from osit_graphql.services import clock

ISSUER_LIMIT = 500


@dataclass(frozen=True)
class Link:
    """Whom a subject is linked to, as the directory has them now."""

    person_id: int
    name: str
    active: bool
    roles: Collection[str]
    service_id: int | None


async def find_link(session: Session, issuer: str, subject: str) -> Link | None:
    """Return whom they are, active or not; None when they are linked to nobody."""
    statement = (
        select(Person.id, Person.name, Person.active, Person.roles, Person.service_id)
        .join(Identity, Identity.person_id == Person.id)
        .where(Identity.issuer == issuer, Identity.subject == subject)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else Link(*row)


async def link(session: Session, person_id: int, issuer: str, subject: str) -> Link | None:
    """Link a subject to a person; return whom it is linked to already and stays, None when it was free or theirs."""
    row = {"issuer": issuer, "subject": subject, "person_id": person_id, "created_at": clock.now()}
    await session.execute(insert(Identity).values(row).on_conflict_do_nothing())
    found = await find_link(session, issuer, subject)
    return None if found is None or found.person_id == person_id else found


async def unlink(session: Session, person_id: int, issuer: str, subject: str | None = None) -> int:
    """Take a person's link to an issuer away, or all of them; return how many there were."""
    theirs = [Identity.person_id == person_id, Identity.issuer == issuer]
    if subject is not None:
        theirs.append(Identity.subject == subject)
    return (await session.execute(delete(Identity).where(*theirs))).rowcount
