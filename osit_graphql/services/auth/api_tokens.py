"""API tokens: a program acts as a person, within scopes, until an expiry."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ARRAY, BigInteger, DateTime, LargeBinary, Select, any_, delete, false, func, insert, select

from osit_graphql.db import statements
from osit_graphql.db.engine import Database, Session
from osit_graphql.db.models import ApiToken, Person
from osit_graphql.db.statements import Row, Statement, column_params, param, param_values
from osit_graphql.domain import clock, permissions
from osit_graphql.domain.enums import ApiArea, Permission, Scope
from osit_graphql.domain.errors import Refused, Unavailable
from osit_graphql.domain.security_events import SecurityEvent
from osit_graphql.domain.user_errors import NotFound, Required, TooManyTokens, WrongExpiry
from osit_graphql.domain.viewer import System, Viewer
from osit_graphql.services import security_log
from osit_graphql.services.auth.credentials_lock import lock_credentials, require_current
from osit_graphql.services.auth.opaque_tokens import API_TOKEN_PREFIX, digest, generate, has_valid_checksum
from osit_graphql.services.auth.sessions import LONG_AGO, PERSON_COLUMNS, viewer_from
from osit_graphql.services.validation import InputValidator, at

DEFAULT_TOKEN_TTL = timedelta(days=90)
MAX_TOKENS_PER_PERSON = 50  # not expired
LAST_USED_PRECISION = timedelta(minutes=1)
COLUMNS = tuple(
    getattr(ApiToken, name)
    for name in ("id", "person_id", "name", "scopes", "created_at", "expires_at", "last_used_at")
)


@dataclass(frozen=True)
class NewToken:
    """A token to create: the person it acts as, its scopes, its expiry (None: after `DEFAULT_TOKEN_TTL`)."""

    person_id: int
    name: str
    scopes: Collection[Scope]
    expires_at: datetime | None = None


async def create(session: Session, viewer: Viewer, new: NewToken) -> tuple[str, Row]:
    """Create a token for the viewer, or for any person if they manage the directory; return the secret and its row.

    A request with an API token can't create another, nor can a session that ended meanwhile.
    """
    permissions.require_scope(viewer.scopes, ApiArea.SIGN_INS)
    if new.person_id != viewer.user_id:
        permissions.authorize(viewer.roles, Permission.MANAGE_DIRECTORY)
    await lock_credentials(session, viewer.user_id, new.person_id)
    await require_current(session, viewer)
    return await _create(session, new)


async def create_unchecked(session: Session, new: NewToken) -> tuple[str, Row]:
    """Create a token without a permission check, for the command line."""
    await lock_credentials(session, new.person_id)
    return await _create(session, new)


async def _create(session: Session, new: NewToken) -> tuple[str, Row]:
    """Create a token; its owner's credentials must be locked."""
    validator, now = InputValidator(), clock.now()
    expires_at = now + DEFAULT_TOKEN_TTL if new.expires_at is None else new.expires_at
    name = validator.text(new.name, at("name"), limit=permissions.NAME_LIMIT)
    if not new.scopes:
        validator.add(Required(at("scopes")))
    if not now < expires_at <= _one_year_after(now):
        validator.add(WrongExpiry(at("expiresAt")))
    await validator.references(session, {"userId": (Person, new.person_id)})
    [alive] = await statements.fetch(session, "count tokens", _count_tokens, {"person_id": new.person_id, "now": now})
    if alive.number >= MAX_TOKENS_PER_PERSON:
        validator.add(TooManyTokens(("input",), MAX_TOKENS_PER_PERSON))
    validator.check()
    secret = generate(API_TOKEN_PREFIX)
    scopes = [str(scope) for scope in Scope if scope in new.scopes]
    values = {"digest": digest(secret), "person_id": new.person_id, "name": name, "scopes": scopes}
    values |= {"created_at": now, "expires_at": expires_at}

    def build() -> Statement:
        return insert(ApiToken).values(column_params(values)).returning(*COLUMNS)

    [row] = await statements.fetch(session, "insert token", build, param_values(values))
    facts = {"person": new.person_id, "token": row.id, "scopes": scopes}
    security_log.record(SecurityEvent.API_TOKEN_CREATED, session=session, **facts)
    return secret, row


async def revoke(session: Session, viewer: Viewer, token_id: int) -> Row:
    """Delete a token that the viewer may revoke; return its row."""
    session.revoke_cached_viewers()

    def build(any_viewer: Viewer) -> Statement:
        revocable = _visible(any_viewer, ApiToken.id).where(ApiToken.id == param("id"))
        return delete(ApiToken).where(ApiToken.id.in_(revocable)).returning(*COLUMNS)

    rows = await statements.fetch_as(session, viewer, "revoke token", build, {"id": token_id})
    if not rows:
        raise Refused(NotFound(("id",)))
    revoked: Row = rows[0]
    facts = {"person": revoked.person_id, "token": revoked.id}
    security_log.record(SecurityEvent.API_TOKEN_REVOKED, session=session, **facts)
    return revoked


async def revoke_unchecked(session: Session, token_id: int) -> bool:
    """Delete a token without a permission check, for the command line; return whether it existed."""
    session.revoke_cached_viewers()
    existed = bool((await session.execute(delete(ApiToken).where(ApiToken.id == token_id))).rowcount)
    if existed:
        security_log.record(SecurityEvent.API_TOKEN_REVOKED, session=session, token=token_id)
    return existed


async def by_ids(session: Session, viewer: Viewer, ids: Collection[int]) -> dict[int, Row]:
    """Return the tokens that the viewer may list, by id."""

    def build(any_viewer: Viewer) -> Statement:
        return _visible(any_viewer, *COLUMNS).where(ApiToken.id == any_(param("ids", ARRAY(BigInteger))))

    rows = await statements.fetch_as(session, viewer, "tokens", build, {"ids": list(ids)})
    return {row.id: row for row in rows}


async def by_person(session: Session, viewer: Viewer, people_ids: Collection[int]) -> dict[int, list[Row]]:
    """Return each person's tokens that the viewer may list, the latest first, including expired ones."""
    tokens: dict[int, list[Row]] = {person_id: [] for person_id in people_ids}

    def build(any_viewer: Viewer) -> Statement:
        people = any_(param("people", ARRAY(BigInteger)))
        return _visible(any_viewer, *COLUMNS).where(ApiToken.person_id == people).order_by(ApiToken.id.desc())

    for row in await statements.fetch_as(session, viewer, "tokens by person", build, {"people": list(people_ids)}):
        tokens[row.person_id].append(row)
    return tokens


async def list_all(session: Session) -> list[Row]:
    """Return every token with its person's e-mail address, for the command line."""
    statement = select(*COLUMNS, Person.email).join(Person, ApiToken.person_id == Person.id)
    return list(await session.execute(statement.order_by(Person.name_key, Person.id, ApiToken.id)))


def can_list(viewer: Viewer, person_id: int) -> bool:
    """Whether the viewer may list and revoke this person's tokens."""
    allowed = person_id == viewer.user_id or permissions.has_permission(viewer.roles, Permission.MANAGE_DIRECTORY)
    return allowed and permissions.scopes_allow(viewer.scopes, ApiArea.DIRECTORY)


async def get_viewer(database: Database, token: str) -> Viewer | None:
    """Return the viewer of a token, limited to its scopes; None when it is unknown or expired.

    One statement, and another at most once a minute to update `last_used_at`.
    """
    if not token.startswith(API_TOKEN_PREFIX) or not has_valid_checksum(token):
        security_log.record(SecurityEvent.TOKEN_REFUSED, reason="malformed")
        return None
    token_digest, now = digest(token), clock.now()
    async with database.reading(System.SIGN_IN) as session:
        values = {"digest": token_digest, "now": now}
        people = await statements.fetch(session, "viewer of token", _find, values)
        if not people:
            expired = await statements.fetch(session, "viewer of token", _find, {**values, "now": LONG_AGO})
            security_log.record_refused_token("api_token", expired)
            return None
    [person] = people
    if person.last_used_at is None or person.last_used_at <= now - LAST_USED_PRECISION:
        values = {"digest": token_digest, "now": now, "since": now - LAST_USED_PRECISION}
        with suppress(Unavailable):  # reads go on while PostgreSQL refuses writes
            async with database.transaction(System.SIGN_IN) as session:
                await statements.fetch(session, "update last use of token", _update_last_use, values)
    return viewer_from(person, frozenset(map(Scope, person.scopes)))


def _find() -> Statement:
    token = func.osit_token(param("digest", LargeBinary), param("now", DateTime(timezone=True)))
    return select(token.table_valued(*PERSON_COLUMNS, "scopes", "last_used_at"))


def _update_last_use() -> Statement:
    moments = (param(name, DateTime(timezone=True)) for name in ("now", "since"))
    return select(func.osit_note_use(param("digest", LargeBinary), *moments).label("updated"))


def _count_tokens() -> Statement:
    alive = ApiToken.person_id == param("person_id"), ApiToken.expires_at > param("now")
    return select(func.count().label("number")).where(*alive)


def _visible(viewer: Viewer, *columns: Any) -> Select[Any]:
    """Start a SELECT of the tokens that the viewer may list and revoke."""
    statement = select(*columns).select_from(ApiToken)
    if not permissions.scopes_allow(viewer.scopes, ApiArea.DIRECTORY):
        return statement.where(false())
    manages_directory = permissions.has_permission(viewer.roles, Permission.MANAGE_DIRECTORY)
    return statement if manages_directory else statement.where(ApiToken.person_id == viewer.user_id)


def _one_year_after(moment: datetime) -> datetime:
    try:
        return moment.replace(year=moment.year + 1)
    except ValueError:  # 29 February
        return moment + timedelta(days=366)
