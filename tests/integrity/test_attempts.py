"""Deadlocks and serialization failures are retried; a lock that stays is reported."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from osit_graphql.db.engine import RETRIES, Database, Session, run_with_retry
from osit_graphql.domain.enums import Action, Criticality, Role
from osit_graphql.domain.errors import Contended, Refused
from osit_graphql.domain.user_errors import Required
from osit_graphql.domain.viewer import Viewer
from tests.desk import Desk
from tests.meetings.documents import SCHEDULE
from tests.superuser import Superuser, rolled_back
from tests.unit.statement_log import logged_statements

ADMIN = Viewer(1, frozenset({Role.ADMIN}))
FAILURE = "DO $$ BEGIN RAISE 'given up' USING ERRCODE = '{}'; END $$"


@asynccontextmanager
async def locked(admin: Superuser, statement: str) -> AsyncIterator[Session]:
    """Hold the locks of a statement."""
    async with rolled_back(admin) as connection:
        await connection.execute(text(statement))
        yield connection


@pytest.mark.parametrize("state", ["40001", "40P01"])
async def test_a_transaction_is_retried_from_the_start(database: Database, state: str) -> None:
    attempts: list[int] = []

    async def work(session: Session) -> int:
        attempts.append(len(attempts))
        await session.execute(text("INSERT INTO site (name, name_key) VALUES ('Lieu', 'lieu')"))
        if len(attempts) <= RETRIES:
            await session.execute(text(FAILURE.format(state)))
        return int((await session.execute(text("SELECT count(*) FROM site"))).scalar_one())

    assert await run_with_retry(database, ADMIN, work) == 1
    assert attempts == [0, 1, 2, 3]


async def test_retries_have_a_limit(database: Database) -> None:
    attempts: list[int] = []

    async def work(session: Session) -> None:
        attempts.append(len(attempts))
        await session.execute(text(FAILURE.format("40P01")))

    with pytest.raises(Contended):
        await run_with_retry(database, ADMIN, work)
    assert len(attempts) == 1 + RETRIES


async def test_a_refusal_is_not_retried(database: Database) -> None:
    attempts: list[int] = []

    async def work(_: Session) -> None:
        attempts.append(len(attempts))
        raise Refused(Required(("input",)))

    with pytest.raises(Refused):
        await run_with_retry(database, ADMIN, work)
    assert attempts == [0]


async def test_a_deadlock_is_retried(desk: Desk, admin: Superuser) -> None:
    number = await desk.company.ticket(criticality=Criticality.EVOLUTION)
    scheduled = {"title": "Comité", "heldAt": "2026-12-01T10:00:00Z"}
    meeting = (await desk.api.act(desk.token("manager"), SCHEDULE, input=scheduled))["meeting"]["id"]
    input_ = {"meetingId": meeting, "idempotencyKey": "k"}
    async with locked(admin, "SELECT FROM meeting FOR UPDATE") as other:
        # The decision locks the ticket and waits for the meeting; the first to detect the deadlock is cancelled.
        deciding = asyncio.create_task(desk.does("manager", Action.DECIDE, number, **input_))
        await asyncio.sleep(0.4)
        await other.execute(text("SELECT FROM ticket FOR UPDATE"))
    decided = await deciding
    assert (decided["ticket"]["status"], decided["ticket"]["version"]) == ("OPEN", 2)


async def test_a_key_in_use_is_reported(desk: Desk, admin: Superuser) -> None:
    number = await desk.company.ticket()
    taking = f"INSERT INTO idempotency_key VALUES ({desk.company.keys['developer']}, 'k', '', now())"
    async with locked(admin, taking):
        assert await desk.is_refused("developer", Action.COMMENT, number, idempotencyKey="k") == [
            ("input.idempotencyKey", "IDEMPOTENCY_IN_PROGRESS")
        ]
        await desk.does("developer", Action.COMMENT, number, idempotencyKey="l")
        await desk.does("peer", Action.COMMENT, number, idempotencyKey="k")
    assert (await desk.does("developer", Action.COMMENT, number, idempotencyKey="k"))["ticket"]["version"] == 4


async def test_a_key_takes_one_statement_and_no_key_none(desk: Desk) -> None:
    number = await desk.company.ticket()
    counts = []
    for key in (None, "k"):
        with logged_statements(desk.company.database) as statements:
            await desk.does("developer", Action.COMMENT, number, idempotencyKey=key)
        counts.append(len(statements))
        assert any("idempotency_key" in statement for statement in statements) is (key is not None)
    assert counts[1] == counts[0] + 1
