"""Signing in and out: argon2id passwords, and opaque tokens of which only the digest is kept."""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, insert, select

from osit_graphql.database import Database, Session
from osit_graphql.errors import EndedElsewhere, Refused
from osit_graphql.models import SessionToken
from osit_graphql.problems import InvalidCredentials, WeakPassword
from osit_graphql.services import clock
from osit_graphql.services.forms import at
from osit_graphql.viewer import System, Viewer
from osit_graphql.vocabulary import Role

PREFIX = "osit_s_"
PASSWORD_LENGTHS = range(8, 201)
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # OWASP's floor: some 20 ms


@dataclass(frozen=True)
class SignIn:
    """A sign-in that worked: the secret, said this once, until when it lasts, and who it is."""

    token: str
    expires_at: datetime
    viewer: Viewer


@cache
def _nobody() -> str:
    """A hash that nothing matches, so that an unknown address costs what a wrong password costs."""
    return HASHER.hash(secrets.token_urlsafe(32))


def check_password(password: str, argument: str) -> WeakPassword | None:
    """Return what is wrong with a new password; its length is all that is asked."""
    return None if len(password) in PASSWORD_LENGTHS else WeakPassword(at(argument))


async def hash_password(password: str) -> str:
    """Hash a password, off the event loop."""
    return await asyncio.to_thread(HASHER.hash, password)


async def verify_password(stored: str | None, password: str) -> bool:
    """Whether it is the password, off the event loop; takes as long when there is none to compare with."""

    def verify() -> bool:
        try:
            return HASHER.verify(stored or _nobody(), password[: PASSWORD_LENGTHS.stop]) and stored is not None
        except (VerificationError, InvalidHashError):
            return False

    return await asyncio.to_thread(verify)


async def sign_in(database: Database, email: str, password: str, *, hours: int) -> SignIn:
    """Open a session, or refuse: a wrong address, a wrong password and a closed account say the same."""
    asked = func.osit_sign_in(email.strip().lower().replace("\0", ""))
    statement = select(asked.table_valued("id", "password_hash", "roles", "service_id"))
    async with database.reading(System.SIGN_IN) as session:
        person = (await session.execute(statement)).one_or_none()
    matches = await verify_password(person.password_hash if person else None, password)
    if person is None or not matches:
        raise Refused(InvalidCredentials(("input",)))
    token = PREFIX + secrets.token_urlsafe(32)
    moment = clock.now()
    expires_at = moment + timedelta(hours=hours)
    row = {"digest": digest(token), "person_id": person.id, "created_at": moment, "expires_at": expires_at}
    async with database.transaction(System.SIGN_IN) as session:
        await session.execute(insert(SessionToken).values(row))
    return SignIn(token, expires_at, _viewer(person.id, person.roles, person.service_id))


async def sign_out(session: Session, token: str) -> None:
    """End the session that this token opened; the next request with it is refused."""
    if not token.startswith(PREFIX):
        raise EndedElsewhere
    await session.execute(delete(SessionToken).where(SessionToken.digest == digest(token)))


async def viewer_of(session: Session, token: str) -> Viewer | None:
    """Return whose token it is, with their roles as they are now; None when it is dead or nobody's.

    The session is `System.SIGN_IN`'s: only a function of PostgreSQL's knows tokens of anybody.
    """
    if not token.startswith(PREFIX):
        return None
    asked = func.osit_session(digest(token), clock.now()).table_valued("id", "roles", "service_id")
    person = (await session.execute(select(asked))).one_or_none()
    return None if person is None else _viewer(person.id, person.roles, person.service_id)


async def change_password(database: Database, viewer: Viewer, token: str, *, current: str, new: str) -> None:
    """Change one's own password; every other session of the person ends."""
    async with database.reading(viewer) as session:
        stored = await session.scalar(select(func.osit_own_password()))
    problems = [] if await verify_password(stored, current) else [InvalidCredentials(at("currentPassword"))]
    weak = check_password(new, "newPassword")
    if problems or weak:
        raise Refused(*problems, *([weak] if weak else []))
    hashed = await hash_password(new)
    async with database.transaction(viewer) as session:
        await session.execute(select(func.osit_change_password(hashed)))
        others = SessionToken.person_id == viewer.user_id, SessionToken.digest != digest(token)
        await session.execute(delete(SessionToken).where(*others))


def digest(token: str) -> bytes:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _viewer(user_id: int, roles: list[str], service_id: int | None) -> Viewer:
    return Viewer(user_id, frozenset(map(Role, roles)), service_id)
