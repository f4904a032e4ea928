"""What PostgreSQL gives up for another's sake is tried again; what stays held is said to be."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from osit_graphql.db.engine import Database, Session
from osit_graphql.db.retry import RETRIES, whole
from osit_graphql.domain.enums import Action, Criticality, Role
from osit_graphql.domain.errors import Contended, Refused
from osit_graphql.domain.user_errors import Required
from osit_graphql.domain.viewer import Viewer
from tests.desk import Desk
from tests.meetings.documents import SCHEDULE
from tests.superuser import Superuser, rolled_back
from tests.unit.statement_log import logged_statements

KEEPER = Viewer(1, frozenset({Role.ADMIN}))
FAILURE = "DO $$ BEGIN RAISE 'given up' USING ERRCODE = '{}'; END $$"


@asynccontextmanager
async def held(admin: Superuser, statement: str) -> AsyncIterator[Session]:
    """Hold what a statement locks."""
    async with rolled_back(admin) as connection:
        await connection.execute(text(statement))
        yield connection


@pytest.mark.parametrize("state", ["40001", "40P01"])
async def test_a_transaction_is_tried_again_whole(database: Database, state: str) -> None:
    turns: list[int] = []

    async def work(session: Session) -> int:
        turns.append(len(turns))
        await session.execute(text("INSERT INTO site (name, name_key) VALUES ('Lieu', 'lieu')"))
        if len(turns) <= RETRIES:
            await session.execute(text(FAILURE.format(state)))
        return int((await session.execute(text("SELECT count(*) FROM site"))).scalar_one())

    assert await whole(database, KEEPER, work) == 1
    assert turns == [0, 1, 2, 3]


async def test_not_for_ever(database: Database) -> None:
    turns: list[int] = []

    async def work(session: Session) -> None:
        turns.append(len(turns))
        await session.execute(text(FAILURE.format("40P01")))

    with pytest.raises(Contended):
        await whole(database, KEEPER, work)
    assert len(turns) == 1 + RETRIES


async def test_a_refusal_is_not_tried_again(database: Database) -> None:
    turns: list[int] = []

    async def work(_: Session) -> None:
        turns.append(len(turns))
        raise Refused(Required(("input",)))

    with pytest.raises(Refused):
        await whole(database, KEEPER, work)
    assert turns == [0]


async def test_a_deadlock_stays_invisible(desk: Desk, admin: Superuser) -> None:
    number = await desk.company.ticket(criticality=Criticality.EVOLUTION)
    scheduled = {"title": "Comité", "heldAt": "2026-12-01T10:00:00Z"}
    meeting = (await desk.api.act(desk.token("manager"), SCHEDULE, input=scheduled))["meeting"]["id"]
    said = {"meetingId": meeting, "idempotencyKey": "k"}
    async with held(admin, "SELECT FROM meeting FOR UPDATE") as other:
        # Deciding holds the ticket and wants the meeting; whoever waited first finds the circle, and gives way.
        deciding = asyncio.create_task(desk.does("manager", Action.DECIDE, number, **said))
        await asyncio.sleep(0.4)
        await other.execute(text("SELECT FROM ticket FOR UPDATE"))
    decided = await deciding
    assert (decided["ticket"]["status"], decided["ticket"]["version"]) == ("OPEN", 2)


async def test_a_key_under_way_is_said_to_be(desk: Desk, admin: Superuser) -> None:
    number = await desk.company.ticket()
    taking = f"INSERT INTO idempotency_key VALUES ({desk.company.keys['developer']}, 'k', '', now())"
    async with held(admin, taking):
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
