"""Which person a subject of an issuer is: written by an administrator, read at each request."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Text, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from osit_graphql.db import statements
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Identity, Person
from osit_graphql.db.statements import Statement, param
from osit_graphql.domain import clock

ISSUER_LIMIT = 500


@dataclass(frozen=True)
class Bearer:
    """Whom a subject is, as the directory has them now."""

    person_id: int
    active: bool
    roles: Collection[str]
    service_id: int | None


async def find_bearer(session: Session, issuer: str, subject: str) -> Bearer | None:
    """Return whom they are linked to, active or not; None when they are linked to nobody.

    The session is `System.SIGN_IN`'s: a function of PostgreSQL's knows this one link, and no policy shows any.
    """

    def build() -> Statement:
        found = func.osit_identity(param("issuer", Text), param("subject", Text))
        return select(found.table_valued("id", "active", "roles", "service_id"))

    rows = await statements.fetch(session, "bearer", build, {"issuer": issuer, "subject": subject})
    return Bearer(*rows[0]) if rows else None


async def link(session: Session, person_id: int, issuer: str, subject: str) -> str | None:
    """Link a subject to a person; return the name of whoever has it and keeps it, None when it is theirs now."""
    row = {"issuer": issuer, "subject": subject, "person_id": person_id, "created_at": clock.now()}
    await session.execute(insert(Identity).values(row).on_conflict_do_nothing())
    theirs = Identity.issuer == issuer, Identity.subject == subject, Person.id != person_id
    statement = select(Person.name).join(Identity, Identity.person_id == Person.id).where(*theirs)
    name: str | None = await session.scalar(statement)
    return name


async def unlink(session: Session, person_id: int, issuer: str, subject: str | None = None) -> int:
    """Take a person's link to an issuer away, or all of them; return how many there were."""
    theirs = [Identity.person_id == person_id, Identity.issuer == issuer]
    if subject is not None:
        theirs.append(Identity.subject == subject)
    return (await session.execute(delete(Identity).where(*theirs))).rowcount
