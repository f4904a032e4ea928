"""One key, one effect: what a key stands for is written with the work itself, and answered again when it comes back.

The row is taken first: whoever else comes with the key waits for this transaction's end. It keeps which rows were
written, not what was answered: a retry may ask for other fields, and sees what its viewer may see by then.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import ARRAY, CTE, BigInteger, Integer, and_, bindparam, cast, func, or_, select, update
from sqlalchemy.dialects.postgresql import array, insert

from osit_graphql.db import statements, visibility
from osit_graphql.db.engine import Database, Session
from osit_graphql.db.models import IdempotencyKey
from osit_graphql.db.retry import whole
from osit_graphql.db.statements import Statement, column_params, param, param_values
from osit_graphql.domain import clock
from osit_graphql.domain.errors import LockTimeout, Refused
from osit_graphql.domain.user_errors import Invalid, KeyInProgress, KeyReused, Required, TooLong
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services import stored_errors
from osit_graphql.services.validation import at

T = TypeVar("T")
KEPT = timedelta(hours=48)
FORMAL = (Required, Invalid, TooLong)
"""What the arguments alone are wrong with: corrected, they come back under the same key."""


@dataclass(frozen=True)
class Attempt:
    """Something asked for under a key; `digest` is of everything that was said but the key."""

    key: str
    digest: bytes


@dataclass(frozen=True)
class FirstResult:
    """What was done under a key: the ticket or meeting, and the history rows, the action's own first."""

    subject_id: int
    activity_ids: tuple[int, ...] = ()


class Told(Refused):
    """A refusal that stands already, or that the key itself meets: nothing to keep."""


_row: dict[str, Any] = {name: bindparam(name) for name in ("person_id", "key", "digest", "made_at", "problems")}
_taking = insert(IdempotencyKey).values({**_row, "subject_id": None, "activity_ids": None})
# A key is free again when its time is over, and when all that came of it is a refusal of something else.
TAKE = _taking.on_conflict_do_update(
    index_elements=["person_id", "key"],
    set_={name: _taking.excluded[name] for name in ("digest", "made_at", "problems", "subject_id", "activity_ids")},
    where=or_(
        IdempotencyKey.made_at < bindparam("expiry"),
        and_(IdempotencyKey.problems.is_not(None), IdempotencyKey.digest != _taking.excluded.digest),
    ),
).returning(IdempotencyKey.key)
RECALL = select(
    IdempotencyKey.digest, IdempotencyKey.subject_id, IdempotencyKey.activity_ids, IdempotencyKey.problems
).where(IdempotencyKey.person_id == bindparam("person_id"), IdempotencyKey.key == bindparam("key"))

NO_ROWS = cast(array([], type_=BigInteger), ARRAY(BigInteger))
NOTE = (
    update(IdempotencyKey)
    .where(IdempotencyKey.person_id == param("noting"), IdempotencyKey.key == param("noted"))
    .values(column_params(("subject_id", "activity_ids")))
)


Work = Callable[[Session, FirstResult | None], Awaitable[T]]


def once(database: Database, viewer: Viewer, attempt: Attempt | None, work: Work[T]) -> Awaitable[T]:
    """Run the work in one transaction, and tell it what was answered the first time, if there was one.

    The work notes what it writes. A refusal has undone it all: it is written down in a transaction of its own, unless
    it is of the arguments alone.
    """
    if attempt is None:
        return whole(database, viewer, lambda session: work(session, None))
    return _once(database, viewer, attempt, work)


async def _once(database: Database, viewer: Viewer, asked: Attempt, work: Work[T]) -> T:
    async def keyed(session: Session) -> T:
        return await work(session, await _take(session, viewer, asked))

    try:
        return await whole(database, viewer, keyed)
    except Told:
        raise
    except Refused as refused:
        if any(isinstance(problem, FORMAL) for problem in refused.user_errors):
            raise
        told = [*map(stored_errors.to_json, refused.user_errors)]
        if await whole(database, viewer, lambda session: _write(session, viewer, asked, told)):
            raise
        return await whole(database, viewer, keyed)  # the same request has come through meanwhile


async def _take(session: Session, viewer: Viewer, attempt: Attempt) -> FirstResult | None:
    """Take the key, before any other work: None when it is ours; the first answer, or `Told`, when it was taken."""
    try:
        taken = await _write(session, viewer, attempt, None)
    except LockTimeout as error:
        raise Told(KeyInProgress(at("idempotencyKey"))) from error
    if taken:
        return None
    values = {"person_id": viewer.user_id, "key": attempt.key}
    [row] = await statements.fetch(session, "recall key", lambda: RECALL, values)
    if row.digest != attempt.digest:
        raise Told(KeyReused(at("idempotencyKey")))
    if row.problems is not None:
        raise Told(*map(stored_errors.from_json, row.problems))
    return FirstResult(row.subject_id, tuple(row.activity_ids))


async def resume(session: Session, ticket_id: int) -> None:
    """Stand again where the first time ended: on the ticket that was acted on, for what was written to be read.

    What the viewer sees of the ticket itself is visibility's to say, by now.
    """

    def build() -> Statement:
        return select(visibility.set_acting_ticket(param("ticket_id", Integer)))

    await statements.fetch(session, "act on ticket", build, {"ticket_id": ticket_id})


async def note(session: Session, viewer: Viewer, key: str, answer: FirstResult) -> None:
    """Write down what was done, in the transaction that does it; on tickets `noting` does, as it is done."""
    row = {"subject_id": answer.subject_id, "activity_ids": list(answer.activity_ids)}
    await statements.fetch(
        session, "note result", lambda: NOTE, {"noting": viewer.user_id, "noted": key, **param_values(row)}
    )


def noting(viewer: Viewer, row: CTE) -> CTE:
    """Return what notes a row of history, in the statement that writes it, under the key `noted`."""
    noted = {
        "subject_id": row.c.ticket_id,
        "activity_ids": func.array_append(func.coalesce(IdempotencyKey.activity_ids, NO_ROWS), row.c.id),
    }
    mine = IdempotencyKey.person_id == viewer.user_id, IdempotencyKey.key == param("noted")
    return update(IdempotencyKey).where(*mine).values(noted).cte("noted")


async def _write(session: Session, viewer: Viewer, attempt: Attempt, problems: Sequence[Any] | None) -> bool:
    moment = clock.now()
    values = {"key": attempt.key, "digest": attempt.digest, "person_id": viewer.user_id, "made_at": moment}
    values |= {"problems": problems, "expiry": moment - KEPT}
    return bool(await statements.fetch(session, "take key", lambda: TAKE, values))
