"""API tokens: a program's way in, as the person who answers for it, within scopes and for a time."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ARRAY, BigInteger, DateTime, LargeBinary, Row, Select, any_, delete, false, func, insert, select

from osit_graphql.db import statements
from osit_graphql.db.engine import Database, Session
from osit_graphql.db.models import ApiToken, Person
from osit_graphql.db.statements import Statement, column_params, param, param_values
from osit_graphql.domain import clock, permissions
from osit_graphql.domain.enums import ApiArea, Permission, Scope
from osit_graphql.domain.errors import Refused
from osit_graphql.domain.user_errors import NotFound, Required, TooManyTokens, WrongExpiry
from osit_graphql.domain.viewer import System, Viewer
from osit_graphql.services.auth.opaque_tokens import TOKEN, digest, is_whole, mint
from osit_graphql.services.auth.sessions import WHO, viewer_from
from osit_graphql.services.validation import Form, at

LASTING = timedelta(days=90)  # a token for which nobody says how long
MOST = 50  # of one person's, alive at once
NOTED = timedelta(minutes=1)  # how often, at most, it is written down that a token was used
COLUMNS = tuple(
    getattr(ApiToken, name)
    for name in ("id", "person_id", "name", "scopes", "created_at", "expires_at", "last_used_at")
)


@dataclass(frozen=True)
class NewToken:
    """What is asked for. `person_id`: whom it acts for; `expires_at` None: after `LASTING`."""

    person_id: int
    name: str
    scopes: Collection[Scope]
    expires_at: datetime | None = None


async def create(session: Session, viewer: Viewer, new: NewToken) -> tuple[str, Row[Any]]:
    """Make a token of one's own, or of somebody else's for who manages the directory; no token makes one.

    Return the secret, said this once, and what is kept.
    """
    permissions.require_scope(viewer.scopes, ApiArea.SIGN_INS)
    if new.person_id != viewer.user_id:
        permissions.authorize(viewer.roles, Permission.MANAGE_DIRECTORY)
    return await issue(session, new)


async def issue(session: Session, new: NewToken) -> tuple[str, Row[Any]]:
    """Make a token without asking who does."""
    form, now = Form(), clock.now()
    expires_at = now + LASTING if new.expires_at is None else new.expires_at
    name = form.text(new.name, at("name"), limit=permissions.NAME_LIMIT)
    if not new.scopes:
        form.add(Required(at("scopes")))
    if not now < expires_at <= _a_year_after(now):
        form.add(WrongExpiry(at("expiresAt")))
    await form.references(session, {"userId": (Person, new.person_id)})
    [alive] = await statements.fetch(session, "count tokens", _counting, {"person_id": new.person_id, "now": now})
    if alive.number >= MOST:
        form.add(TooManyTokens(("input",), MOST))
    form.check()
    secret = mint(TOKEN)
    scopes = [str(scope) for scope in Scope if scope in new.scopes]
    values = {"digest": digest(secret), "person_id": new.person_id, "name": name, "scopes": scopes}
    values |= {"created_at": now, "expires_at": expires_at}

    def inserting() -> Statement:
        return insert(ApiToken).values(column_params(values)).returning(*COLUMNS)

    [row] = await statements.fetch(session, "insert token", inserting, param_values(values))
    return secret, row


async def revoke(session: Session, viewer: Viewer, token_id: int) -> Row[Any]:
    """End a token that the viewer may list, at once and for good; return what it was."""
    session.revoke_cached_viewers()

    def build(viewer: Viewer) -> Statement:
        revocable = _listed(viewer, ApiToken.id).where(ApiToken.id == param("id"))
        return delete(ApiToken).where(ApiToken.id.in_(revocable)).returning(*COLUMNS)

    rows = await statements.fetch_as(session, viewer, "revoke token", build, {"id": token_id})
    if not rows:
        raise Refused(NotFound(("id",)))
    revoked: Row[Any] = rows[0]
    return revoked


async def withdraw(session: Session, token_id: int) -> bool:
    """End a token without asking who does; whether there was one."""
    session.revoke_cached_viewers()
    return bool((await session.execute(delete(ApiToken).where(ApiToken.id == token_id))).rowcount)


async def by_ids(session: Session, viewer: Viewer, ids: Collection[int]) -> dict[int, Row[Any]]:
    """Return the tokens that the viewer may list, by id."""

    def build(viewer: Viewer) -> Statement:
        return _listed(viewer, *COLUMNS).where(ApiToken.id == any_(param("ids", ARRAY(BigInteger))))

    rows = await statements.fetch_as(session, viewer, "tokens", build, {"ids": list(ids)})
    return {row.id: row for row in rows}


async def of_each(session: Session, viewer: Viewer, people: Collection[int]) -> dict[int, list[Row[Any]]]:
    """Return each person's tokens that the viewer may list, the latest first, expired ones too."""
    found: dict[int, list[Row[Any]]] = {person: [] for person in people}

    def build(viewer: Viewer) -> Statement:
        among = ApiToken.person_id == any_(param("people", ARRAY(BigInteger)))
        return _listed(viewer, *COLUMNS).where(among).order_by(ApiToken.id.desc())

    for row in await statements.fetch_as(session, viewer, "tokens of people", build, {"people": list(people)}):
        found[row.person_id].append(row)
    return found


async def everybodys(session: Session) -> list[Row[Any]]:
    """Return every token with whose it is, for whoever runs OSIT."""
    statement = select(*COLUMNS, Person.email).join(Person, ApiToken.person_id == Person.id)
    return list(await session.execute(statement.order_by(Person.name_key, Person.id, ApiToken.id)))


def lists(viewer: Viewer, person_id: int) -> bool:
    """Whether the viewer lists and revokes this person's tokens: their own, or everybody's."""
    own = person_id == viewer.user_id or permissions.has_permission(viewer.roles, Permission.MANAGE_DIRECTORY)
    return own and permissions.scopes_allow(viewer.scopes, ApiArea.DIRECTORY)


async def viewer_of(database: Database, token: str) -> Viewer | None:
    """Return whom a program asks for, within its token's scopes; None when it is dead or nobody's.

    One statement; once a minute at most, another one notes that the token was used.
    """
    if not token.startswith(TOKEN) or not is_whole(token):
        return None
    kept, now = digest(token), clock.now()
    async with database.reading(System.SIGN_IN) as session:
        people = await statements.fetch(session, "viewer of token", _finding, {"digest": kept, "now": now})
    if not people:
        return None
    [person] = people
    if person.last_used_at is None or person.last_used_at <= now - NOTED:
        async with database.transaction(System.SIGN_IN) as session:
            values = {"digest": kept, "now": now, "since": now - NOTED}
            await statements.fetch(session, "note use of token", _noting_use, values)
    return viewer_from(person, frozenset(map(Scope, person.scopes)))


def _finding() -> Statement:
    found = func.osit_token(param("digest", LargeBinary), param("now", DateTime(timezone=True)))
    return select(found.table_valued(*WHO, "scopes", "last_used_at"))


def _noting_use() -> Statement:
    moments = (param(name, DateTime(timezone=True)) for name in ("now", "since"))
    return select(func.osit_note_use(param("digest", LargeBinary), *moments).label("noted"))


def _counting() -> Statement:
    alive = ApiToken.person_id == param("person_id"), ApiToken.expires_at > param("now")
    return select(func.count().label("number")).where(*alive)


def _listed(viewer: Viewer, *columns: Any) -> Select[Any]:
    """Start a SELECT of the tokens that the viewer lists and revokes."""
    started = select(*columns).select_from(ApiToken)
    if not permissions.scopes_allow(viewer.scopes, ApiArea.DIRECTORY):
        return started.where(false())
    everybodys = permissions.has_permission(viewer.roles, Permission.MANAGE_DIRECTORY)
    return started if everybodys else started.where(ApiToken.person_id == viewer.user_id)


def _a_year_after(moment: datetime) -> datetime:
    try:
        return moment.replace(year=moment.year + 1)
    except ValueError:  # the 29th of February
        return moment + timedelta(days=366)
