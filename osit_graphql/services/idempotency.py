"""Idempotency keys: a command with a key runs once; a repeated request gets the first result.

The key's row is inserted first, in the command's transaction, so that a concurrent request with the same key waits.
It stores the ids of the rows written, not the response: a retry may select other fields, with current
visibility.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import ARRAY, CTE, BigInteger, Integer, and_, cast, func, or_, select, update
from sqlalchemy.dialects.postgresql import array, insert

from osit_graphql.db import statements, visibility
from osit_graphql.db.engine import Database, Session, run_with_retry
from osit_graphql.db.models import IdempotencyKey
from osit_graphql.db.statements import Statement, column_params, param, param_values
from osit_graphql.domain import clock
from osit_graphql.domain.errors import LockTimeout, Refused
from osit_graphql.domain.user_errors import Invalid, KeyInProgress, KeyReused, Required, TooLong
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services import stored_errors
from osit_graphql.services.validation import at

T = TypeVar("T")
KEY_TTL = timedelta(hours=48)
ARGUMENT_ERRORS = (Required, Invalid, TooLong)
"""User errors of the arguments alone. They are not stored, so corrected arguments can use the same key."""


@dataclass(frozen=True)
class Attempt:
    """A command with an idempotency key; `digest` is the hash of its other arguments."""

    key: str
    digest: bytes


@dataclass(frozen=True)
class FirstResult:
    """The stored result: the ticket or meeting, and the activities, the command's main one first."""

    subject_id: int
    activity_ids: tuple[int, ...] = ()


class StoredRefused(Refused):
    """A refusal that is stored already, or that concerns the key itself."""


_row: dict[str, Any] = {name: param(name) for name in ("person_id", "key", "digest", "made_at", "problems")}
_taking = insert(IdempotencyKey).values({**_row, "subject_id": None, "activity_ids": None})
# A key can be taken again after its TTL, or if it only stored a refusal of other arguments.
TAKE_KEY = _taking.on_conflict_do_update(
    index_elements=["person_id", "key"],
    set_={name: _taking.excluded[name] for name in ("digest", "made_at", "problems", "subject_id", "activity_ids")},
    where=or_(
        IdempotencyKey.made_at < param("expiry"),
        and_(IdempotencyKey.problems.is_not(None), IdempotencyKey.digest != _taking.excluded.digest),
    ),
).returning(IdempotencyKey.key)
SELECT_KEY = select(
    IdempotencyKey.digest, IdempotencyKey.subject_id, IdempotencyKey.activity_ids, IdempotencyKey.problems
).where(IdempotencyKey.person_id == param("person_id"), IdempotencyKey.key == param("key"))

NO_ROWS = cast(array([], type_=BigInteger), ARRAY(BigInteger))
STORE_RESULT = (
    update(IdempotencyKey)
    .where(IdempotencyKey.person_id == param("viewer_id"), IdempotencyKey.key == param("stored_key"))
    .values(column_params(("subject_id", "activity_ids")))
)


Work = Callable[[Session, FirstResult | None], Awaitable[T]]


def run_once(database: Database, viewer: Viewer, attempt: Attempt | None, work: Work[T]) -> Awaitable[T]:
    """Run `work` in one transaction, with the first result if the key has one.

    `work` stores its result. A refusal rolls the transaction back, so another transaction stores it, except
    `ARGUMENT_ERRORS`.
    """
    if attempt is None:
        return run_with_retry(database, viewer, lambda session: work(session, None))
    return _run_once(database, viewer, attempt, work)


async def _run_once(database: Database, viewer: Viewer, attempt: Attempt, work: Work[T]) -> T:
    async def run_with_key(session: Session) -> T:
        return await work(session, await _take(session, viewer, attempt))

    try:
        return await run_with_retry(database, viewer, run_with_key)
    except StoredRefused:
        raise
    except Refused as refused:
        if any(isinstance(error, ARGUMENT_ERRORS) for error in refused.user_errors):
            raise
        stored = [*map(stored_errors.to_json, refused.user_errors)]
        if await run_with_retry(database, viewer, lambda session: _write(session, viewer, attempt, stored)):
            raise
        return await run_with_retry(database, viewer, run_with_key)  # the same request has succeeded meanwhile


async def _take(session: Session, viewer: Viewer, attempt: Attempt) -> FirstResult | None:
    """Take the key. Return None if it was free, else the first result; raise `StoredRefused` for a stored refusal."""
    try:
        taken = await _write(session, viewer, attempt, None)
    except LockTimeout as error:
        raise StoredRefused(KeyInProgress(at("idempotencyKey"))) from error
    if taken:
        return None
    values = {"person_id": viewer.user_id, "key": attempt.key}
    [row] = await statements.fetch(session, "recall key", lambda: SELECT_KEY, values)
    if row.digest != attempt.digest:
        raise StoredRefused(KeyReused(at("idempotencyKey")))
    if row.problems is not None:
        raise StoredRefused(*map(stored_errors.from_json, row.problems))
    return FirstResult(row.subject_id, tuple(row.activity_ids))


async def resume_on_ticket(session: Session, ticket_id: int) -> None:
    """Set `osit.acting` to the ticket of the first request, so that row-level security shows the activities written."""

    def build() -> Statement:
        return select(visibility.set_acting_ticket(param("ticket_id", Integer)))

    await statements.fetch(session, "act on ticket", build, {"ticket_id": ticket_id})


async def store_result(session: Session, viewer: Viewer, key: str, result: FirstResult) -> None:
    """Store a result in the command's transaction. For tickets, `store_activity` does it in the same statement."""
    row = {"subject_id": result.subject_id, "activity_ids": list(result.activity_ids)}
    await statements.fetch(
        session,
        "note result",
        lambda: STORE_RESULT,
        {"viewer_id": viewer.user_id, "stored_key": key, **param_values(row)},
    )


def store_activity(viewer: Viewer, row: CTE) -> CTE:
    """Return the CTE that stores an activity's id under the key, in the statement that writes the activity."""
    stored_key = {
        "subject_id": row.c.ticket_id,
        "activity_ids": func.array_append(func.coalesce(IdempotencyKey.activity_ids, NO_ROWS), row.c.id),
    }
    own_key = IdempotencyKey.person_id == viewer.user_id, IdempotencyKey.key == param("stored_key")
    return update(IdempotencyKey).where(*own_key).values(stored_key).cte("stored_key")


async def _write(session: Session, viewer: Viewer, attempt: Attempt, problems: Sequence[Any] | None) -> bool:
    now = clock.now()
    values = {"key": attempt.key, "digest": attempt.digest, "person_id": viewer.user_id, "made_at": now}
    values |= {"problems": problems, "expiry": now - KEY_TTL}
    return bool(await statements.fetch(session, "take key", lambda: TAKE_KEY, values))
