"""Signing in and out: argon2id passwords, and opaque tokens of which only the digest is kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, DateTime, LargeBinary, Text, delete, func, insert, select

from osit_graphql.db import statements
from osit_graphql.db.engine import Database, Session
from osit_graphql.db.models import ApiToken, SessionToken
from osit_graphql.db.statements import Statement, column_params, param, param_values
from osit_graphql.domain import clock
from osit_graphql.domain.enums import Role, Scope
from osit_graphql.domain.errors import EndedElsewhere, Refused
from osit_graphql.domain.user_errors import InvalidCredentials
from osit_graphql.domain.viewer import System, Viewer
from osit_graphql.services.auth import login_throttling, password_hashing
from osit_graphql.services.auth.opaque_tokens import SESSION, digest, mint
from osit_graphql.services.validation import at

PREFIX = SESSION
WHO = ("id", "roles", "service_id")


@dataclass(frozen=True)
class SignIn:
    """A sign-in that worked: the secret, said this once, until when it lasts, and who it is."""

    token: str
    expires_at: datetime
    viewer: Viewer


async def sign_in(database: Database, email: str, password: str, *, hours: int, address: str | None = None) -> SignIn:
    """Open a session, or refuse: a wrong address, a wrong password and a closed account say the same.

    Raises `TooManyAttempts` after too many failures, whoever and whatever is given. `address`: where it comes from.
    """
    account = _account(email)
    counts = login_throttling.signing_in(account, address)
    async with password_hashing.place():
        async with password_hashing.turn(), database.transaction(System.SIGN_IN) as session:
            await login_throttling.engage(session, counts)
            person = await _find_account(session, account)
        matches = await password_hashing.verify_inside(person.password_hash if person else None, password)
        if person is None or not matches:
            raise Refused(InvalidCredentials(("input",)))
        outdated = password_hashing.is_outdated(person.password_hash)
        renewed = await password_hashing.hash_inside(password) if outdated else None
    token, moment = mint(SESSION), clock.now()
    row = {"digest": digest(token), "person_id": person.id, "created_at": moment}
    row["expires_at"] = moment + timedelta(hours=hours)
    async with password_hashing.turn(), database.transaction(System.SIGN_IN) as session:
        # Whoever changes the password or closes the account meanwhile ends the sessions there are: this is one of them.
        if not await _hold_password(session, person, renewed):
            raise Refused(InvalidCredentials(("input",)))
        await statements.fetch(
            session, "insert session", lambda: insert(SessionToken).values(column_params(row)), param_values(row)
        )
        await login_throttling.forgive(session, counts)
    return SignIn(token, row["expires_at"], viewer_from(person))


async def sign_out(session: Session, token: str) -> None:
    """End the session that this token opened; the next request with it is refused."""
    if not token.startswith(PREFIX):
        raise EndedElsewhere
    session.revoke_cached_viewers()

    def build() -> Statement:
        return delete(SessionToken).where(SessionToken.digest == param("digest"))

    await statements.fetch(session, "end session", build, {"digest": digest(token)})


async def viewer_of(session: Session, token: str) -> Viewer | None:
    """Return whose session it is, with their roles as they are now; None when it is dead or nobody's.

    The session is `System.SIGN_IN`'s: only a function of PostgreSQL's knows tokens of anybody.
    """
    if not token.startswith(SESSION):
        return None

    def build() -> Statement:
        digest_, now = param("digest", LargeBinary), param("now", DateTime(timezone=True))
        return select(func.osit_session(digest_, now).table_valued(*WHO))

    people = await statements.fetch(session, "viewer of session", build, {"digest": digest(token), "now": clock.now()})
    return viewer_from(people[0]) if people else None


async def change_password(
    database: Database, viewer: Viewer, token: str, *, current: str, new: str, address: str | None = None
) -> None:
    """Change one's own password; every other session of the person ends, and every token.

    Raises `TooManyAttempts` after too many wrong guesses at the current one from this session.
    """
    counts = login_throttling.changing_password(digest(token), address)
    async with password_hashing.place():
        async with password_hashing.turn(), database.transaction(System.SIGN_IN) as session:
            await login_throttling.engage(session, counts)
        async with database.reading(viewer) as session:
            [own] = await statements.fetch(
                session, "own password", lambda: select(func.osit_own_password().label("hash"))
            )
        matches = await password_hashing.verify_inside(own.hash, current)
        weak = password_hashing.check_password(new, "newPassword")
        if not matches or weak:
            wrong = [] if matches else [InvalidCredentials(at("currentPassword"))]
            raise Refused(*wrong, *([weak] if weak else []))
        hashed = await password_hashing.hash_inside(new)
    async with database.transaction(viewer) as session:
        await statements.fetch(session, "change password", _changing_password, {"hash": hashed})
        await end_sessions(session, viewer.user_id, but=token)
    async with database.transaction(System.SIGN_IN) as session:
        await login_throttling.forgive(session, counts)


async def end_sessions(session: Session, person_id: int, *, but: str | None = None) -> None:
    """Sign somebody out everywhere, but from the session of one token; what programs hold of theirs ends too."""
    session.revoke_cached_viewers()
    values = {"person_id": person_id, "but": None if but is None else digest(but)}
    await statements.fetch(session, ("end sessions", but is None), lambda: _ending_sessions(but is None), values)
    await statements.fetch(session, "end tokens", _ending_tokens, values)


def viewer_from(person: Any, scopes: frozenset[Scope] | None = None) -> Viewer:
    """Make a viewer of who the functions of a sign-in found."""
    return Viewer(person.id, frozenset(map(Role, person.roles)), person.service_id, scopes)


async def _find_account(session: Session, account: str) -> Any:
    def build() -> Statement:
        return select(func.osit_sign_in(param("account", Text)).table_valued(*WHO, "password_hash"))

    people = await statements.fetch(session, "account", build, {"account": account})
    return people[0] if people else None


async def _hold_password(session: Session, person: Any, renewed: str | None) -> bool:
    """Lock the account; return whether its password is still the one that was compared. Store `renewed`, if any."""

    def build() -> Statement:
        held = func.osit_hold_password(param("id", BigInteger), param("compared", Text), param("renewed", Text))
        return select(held.label("held"))

    values = {"id": person.id, "compared": person.password_hash, "renewed": renewed}
    [row] = await statements.fetch(session, "hold password", build, values)
    return bool(row.held)


def _own_password() -> Statement:
    return select(func.osit_own_password().label("hash"))


def _changing_password() -> Statement:
    return select(func.osit_change_password(param("hash", Text)).label("changed"))


def _ending_sessions(every: bool) -> Statement:
    ended = delete(SessionToken).where(SessionToken.person_id == param("person_id"))
    return ended if every else ended.where(SessionToken.digest != param("but"))


def _ending_tokens() -> Statement:
    return delete(ApiToken).where(ApiToken.person_id == param("person_id"))


def _account(email: str) -> str:
    """Return the address as accounts have it; what no address can hold becomes one that nobody has."""
    written = email.strip().lower().replace("\0", "")
    return written if written.isprintable() else ""
