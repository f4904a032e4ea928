"""Sign-in with a password, and sessions: opaque tokens of which only the digest is stored."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, DateTime, LargeBinary, Text, delete, func, insert, select

from osit_graphql.db import statements
from osit_graphql.db.engine import Database, Session
from osit_graphql.db.models import ApiToken, SessionToken
from osit_graphql.db.statements import Statement, column_params, param, param_values
from osit_graphql.domain import clock
from osit_graphql.domain.enums import Role, Scope
from osit_graphql.domain.errors import EndedElsewhere, Refused, TooManyAttempts
from osit_graphql.domain.security_events import SecurityEvent
from osit_graphql.domain.user_errors import InvalidCredentials
from osit_graphql.domain.viewer import System, Viewer
from osit_graphql.services import security_log
from osit_graphql.services.auth import login_throttling, password_hashing
from osit_graphql.services.auth.credentials_lock import lock_credentials, require_current
from osit_graphql.services.auth.opaque_tokens import SESSION_PREFIX, digest, generate
from osit_graphql.services.validation import at

PERSON_COLUMNS = ("id", "roles", "service_id")
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)  # when no token had expired


@dataclass(frozen=True)
class SignIn:
    """A successful sign-in: the session's token, which is shown once, its expiry, and its viewer."""

    token: str
    expires_at: datetime
    viewer: Viewer


async def sign_in(database: Database, email: str, password: str, *, hours: int, address: str | None = None) -> SignIn:
    """Open a session for some hours; `address` is the client's.

    An unknown address, a wrong password and an inactive account raise the same `Refused`. Too many failures raise
    `TooManyAttempts`, even with the right password.
    """
    try:
        opened = await _open_session(database, email, password, hours=hours, address=address)
    except TooManyAttempts:
        _count(database, "throttled")
        raise
    except Refused:
        _count(database, "failed")
        raise
    _count(database, "succeeded")
    return opened


def _count(database: Database, outcome: str) -> None:
    if database.metrics is not None:
        database.metrics.count_sign_in(outcome)


async def _open_session(database: Database, email: str, password: str, *, hours: int, address: str | None) -> SignIn:
    account = _normalize_email(email)
    counters = login_throttling.sign_in_counters(account, address)
    async with password_hashing.queue_slot():
        async with password_hashing.database_slot(), database.transaction(System.SIGN_IN) as session:
            person = await _find_account(session, account)
            with _logged_throttling(SecurityEvent.SIGN_IN_THROTTLED, person and person.id):
                await login_throttling.record_attempt(session, counters)
        matches = await password_hashing.verify_queued(person.password_hash if person else None, password)
        if person is None or not matches:
            raise _wrong_credentials(person and person.id)
        outdated = password_hashing.needs_rehash(person.password_hash)
        new_hash = await password_hashing.hash_queued(password) if outdated else None
    token, moment = generate(SESSION_PREFIX), clock.now()
    row = {"digest": digest(token), "person_id": person.id, "created_at": moment}
    row["expires_at"] = moment + timedelta(hours=hours)
    async with password_hashing.database_slot(), database.transaction(System.SIGN_IN) as session:
        # Check again under the lock: a concurrent password change or deactivation must also prevent this session.
        await lock_credentials(session, person.id)
        if not await _is_password_current(session, person, new_hash):
            raise _wrong_credentials(row["person_id"])
        person = await _find_account(session, account)  # with the roles of now
        if person is None or person.id != row["person_id"]:  # the address is another one now
            raise _wrong_credentials(row["person_id"])
        await statements.fetch(
            session, "insert session", lambda: insert(SessionToken).values(column_params(row)), param_values(row)
        )
        await login_throttling.record_success(session, counters)
        security_log.record(SecurityEvent.SIGN_IN_SUCCEEDED, session=session, person=person.id, method="password")
    return SignIn(token, row["expires_at"], viewer_from(person, session_digest=row["digest"]))


async def sign_out(session: Session, token: str) -> None:
    """End the session of this token; its next request is refused."""
    if not token.startswith(SESSION_PREFIX):
        raise EndedElsewhere
    session.revoke_cached_viewers()

    def build() -> Statement:
        return delete(SessionToken).where(SessionToken.digest == param("digest"))

    await statements.fetch(session, "delete session", build, {"digest": digest(token)})
    security_log.record(SecurityEvent.SIGNED_OUT, session=session)


async def get_viewer(session: Session, token: str) -> Viewer | None:
    """Return the viewer of a session, with their current roles; None when the token is unknown or expired.

    The database session must be `System.SIGN_IN`'s: one PostgreSQL function reads session tokens, and only for it.
    """
    if not token.startswith(SESSION_PREFIX):
        security_log.record(SecurityEvent.TOKEN_REFUSED, reason="malformed")
        return None
    session_digest = digest(token)
    people = await _find_session(session, session_digest, clock.now())
    if people:
        return viewer_from(people[0], session_digest=session_digest)
    expired = await _find_session(session, session_digest, LONG_AGO)
    security_log.record_refused_token("session", expired)
    return None


async def _find_session(session: Session, session_digest: bytes, now: datetime) -> list[Any]:
    """Return the person of a session that is valid at this time."""

    def build() -> Statement:
        token_digest, moment = param("digest", LargeBinary), param("now", DateTime(timezone=True))
        return select(func.osit_session(token_digest, moment).table_valued(*PERSON_COLUMNS))

    return await statements.fetch(session, "viewer of session", build, {"digest": session_digest, "now": now})


async def change_password(
    database: Database, viewer: Viewer, token: str, *, current: str, new: str, address: str | None = None
) -> None:
    """Change the viewer's password; it ends their other sessions and all their API tokens.

    Raises `TooManyAttempts` after too many wrong current passwords in this session. If the password changed after it
    was verified, or the session ended, the change is refused.
    """
    counters = login_throttling.password_change_counters(digest(token), address)
    async with password_hashing.queue_slot():
        async with password_hashing.database_slot(), database.transaction(System.SIGN_IN) as session:
            with _logged_throttling(SecurityEvent.PASSWORD_CHANGE_THROTTLED, viewer.user_id):
                await login_throttling.record_attempt(session, counters)
        async with database.reading(viewer) as session:
            [stored] = await statements.fetch(session, "own password", _select_own_password)
        matches = await password_hashing.verify_queued(stored.hash, current)
        weak = password_hashing.check_password(new, "newPassword")
        if not matches:
            security_log.record(SecurityEvent.PASSWORD_CHANGE_FAILED, person=viewer.user_id)
        if not matches or weak:
            wrong = [] if matches else [InvalidCredentials(at("currentPassword"))]
            raise Refused(*wrong, *([weak] if weak else []))
        new_hash = await password_hashing.hash_queued(new)
    async with database.transaction(viewer) as session:
        await lock_credentials(session, viewer.user_id)
        await require_current(session, viewer)
        [current_row] = await statements.fetch(session, "own password", _select_own_password)
        if current_row.hash != stored.hash:
            raise Refused(InvalidCredentials(at("currentPassword")))
        await statements.fetch(session, "change password", _change_password, {"hash": new_hash})
        await end_sessions(session, viewer.user_id, except_token=token)
        security_log.record(SecurityEvent.PASSWORD_CHANGED, session=session, person=viewer.user_id)
    async with database.transaction(System.SIGN_IN) as session:
        await login_throttling.record_success(session, counters)


async def end_sessions(session: Session, person_id: int, *, except_token: str | None = None) -> None:
    """End a person's sessions, except that of one token, and delete all their API tokens.

    The person's credentials must be locked.
    """
    session.revoke_cached_viewers()
    every = except_token is None
    values = {"person_id": person_id, "except": None if except_token is None else digest(except_token)}
    await statements.fetch(session, ("delete sessions", every), lambda: _delete_sessions(every=every), values)
    await statements.fetch(session, "delete tokens", _delete_tokens, values)


def _wrong_credentials(person_id: int | None) -> Refused:
    """Log a failed sign-in and return its error; `person_id` is None without an active account of this address."""
    security_log.record(SecurityEvent.SIGN_IN_FAILED, person=person_id)
    return Refused(InvalidCredentials(("input",)))


@contextmanager
def _logged_throttling(event: SecurityEvent, person_id: int | None) -> Iterator[None]:
    """Log the event if the attempt is throttled."""
    try:
        yield
    except TooManyAttempts as throttled:
        security_log.record(event, person=person_id, retry_after=throttled.after)
        raise


async def _find_account(session: Session, account: str) -> Any:
    def build() -> Statement:
        return select(func.osit_sign_in(param("account", Text)).table_valued(*PERSON_COLUMNS, "password_hash"))

    people = await statements.fetch(session, "account", build, {"account": account})
    return people[0] if people else None


async def _is_password_current(session: Session, person: Any, new_hash: str | None) -> bool:
    """Whether the account's hash, whose row is locked, is still the verified one. Store `new_hash`, if any."""

    def build() -> Statement:
        locked = func.osit_hold_password(param("id", BigInteger), param("verified", Text), param("new_hash", Text))
        return select(locked.label("unchanged"))

    values = {"id": person.id, "verified": person.password_hash, "new_hash": new_hash}
    [row] = await statements.fetch(session, "lock password", build, values)
    return bool(row.unchanged)


def _select_own_password() -> Statement:
    return select(func.osit_own_password().label("hash"))


def _change_password() -> Statement:
    return select(func.osit_change_password(param("hash", Text)).label("changed"))


def _delete_sessions(*, every: bool) -> Statement:
    sessions = delete(SessionToken).where(SessionToken.person_id == param("person_id"))
    return sessions if every else sessions.where(SessionToken.digest != param("except"))


def _delete_tokens() -> Statement:
    return delete(ApiToken).where(ApiToken.person_id == param("person_id"))


def viewer_from(person: Any, scopes: frozenset[Scope] | None = None, *, session_digest: bytes | None = None) -> Viewer:
    """Make a viewer of a row with `PERSON_COLUMNS`."""
    roles = frozenset(map(Role, person.roles))
    return Viewer(person.id, roles, person.service_id, scopes, session_digest, has_directory_roles=True)


def _normalize_email(email: str) -> str:
    """Return the normalized form of an e-mail address; "", which matches no account, if it is not printable."""
    normalized = email.strip().lower().replace("\0", "")
    return normalized if normalized.isprintable() else ""
