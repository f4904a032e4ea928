"""The lock of a person's credentials: passwords, sessions and API tokens are created and ended under it.

It is an advisory lock, because a viewer without the right to change people can't lock their rows. A transaction takes
it before any row lock, for all people at once, and hashes no password under it.
"""

from sqlalchemy import ARRAY, BigInteger, DateTime, Integer, LargeBinary, exists, func, select

from osit_graphql.db import statements
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Person, SessionToken
from osit_graphql.db.statements import Statement, param
from osit_graphql.domain import clock
from osit_graphql.domain.errors import Forbidden, Unauthenticated
from osit_graphql.domain.viewer import Viewer

CREDENTIALS = 0x05174AD  # first key of the advisory lock; the second one is the person's id
KEY_RANGE = 2**31  # of the second key; people whose ids collide wait for each other


async def lock_credentials(session: Session, *person_ids: int) -> None:
    """Lock the credentials of people until the transaction ends, in one order, so that no two transactions deadlock.

    The next statement reads everything that was committed before.
    """
    keys = sorted({person_id % KEY_RANGE for person_id in person_ids})
    await statements.fetch(session, "lock credentials", _lock, {"keys": keys})


async def require_current(session: Session, viewer: Viewer) -> None:
    """Require that the viewer's session and roles have not changed since the request began.

    The viewer's credentials must be locked. Raises `Unauthenticated` if the session ended or the person is inactive,
    and `Forbidden` if the roles or the service changed.
    """
    values = {"id": viewer.user_id, "digest": viewer.session_digest, "now": clock.now()}
    rows = await statements.fetch(session, "current viewer", _select_current, values)
    if not rows or not rows[0].active or (viewer.session_digest is not None and not rows[0].signed_in):
        raise Unauthenticated
    [person] = rows
    if not viewer.matches_directory(person.roles, person.service_id):
        raise Forbidden


def _lock() -> Statement:
    key = func.unnest(param("keys", ARRAY(Integer))).column_valued("key")
    return select(func.pg_advisory_xact_lock(CREDENTIALS, key).label("locked"))


def _select_current() -> Statement:
    signed_in = exists().where(
        SessionToken.digest == param("digest", LargeBinary),
        SessionToken.person_id == Person.id,
        SessionToken.expires_at > param("now", DateTime(timezone=True)),
    )
    columns = Person.active, Person.roles, Person.service_id, signed_in.label("signed_in")
    return select(*columns).where(Person.id == param("id", BigInteger))
