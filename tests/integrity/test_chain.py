"""The audit finds every edit of the history, even by a superuser."""

import random

import pytest
from sqlalchemy import Connection, text

from osit_graphql.domain.enums import Action, Criticality
from osit_graphql.services import audit
from tests.desk import Desk
from tests.integrity.tampering import Tamperer, find_tampering
from tests.superuser import Superuser, as_superuser, rolled_back_connection

SEED, EDITS = 4, 100
WITHOUT_TRIGGERS = "SET LOCAL session_replication_role = replica"
LAST = "(SELECT max(id) FROM activity WHERE ticket_id = 1)"
# Removals that span all tables, and the difference that must be reported.
REMOVALS = {
    "the last row of a history": (
        f"DELETE FROM seal WHERE activity_id = {LAST}", f"DELETE FROM activity WHERE id = {LAST}", "TICKET_CHANGED",
    ),
    "the last intervention's figures": (
        "DELETE FROM seal WHERE line IS NOT NULL AND ticket_id = 3", "DELETE FROM intervention WHERE ticket_id = 3",
        "INTERVENTION_REMOVED",
    ),
    "a voiding": (
        "DELETE FROM seal WHERE ticket_id = 2 AND seq = (SELECT max(seq) FROM seal WHERE ticket_id = 2)",
        "UPDATE intervention SET voided_by = NULL WHERE ticket_id = 2", "VOIDING_CHANGED",
    ),
    "a whole ticket": (
        *(f"DELETE FROM {table} WHERE ticket_id = 2" for table in ("seal", "intervention", "activity")),
        "DELETE FROM ticket WHERE id = 2", "WITNESSED_TICKET_REMOVED",
    ),
    "a ticket but for its seals": (
        "DELETE FROM activity WHERE ticket_id = 4",
        "DELETE FROM ticket WHERE id = 4", "TICKET_REMOVED",
    ),
}  # fmt: skip
# Rows that pass the triggers and are sealed, although no action writes them.
FORGED = {
    "a comment without its action": """
        INSERT INTO activity (ticket_id, version, kind, author_id, created_at, comment)
        SELECT id, version, 'COMMENT', operator_id, now(), 'Faux.' FROM ticket WHERE id = 1""",
    "a comment of an action to come": """
        INSERT INTO activity (ticket_id, version, kind, author_id, created_at, comment)
        SELECT id, version + 1, 'COMMENT', operator_id, now(), 'Faux.' FROM ticket WHERE id = 1""",
    "a comment of an old action": """
        INSERT INTO activity (ticket_id, version, kind, author_id, created_at, comment)
        SELECT id, 2, 'COMMENT', operator_id, now(), 'Faux.' FROM ticket WHERE id = 1""",
    "a title without history": "UPDATE ticket SET title = 'Autre', version = version + 1 WHERE id = 1",
    "an intervention voided without an activity": """
        UPDATE intervention SET voided_by = (SELECT min(id) FROM activity) WHERE ticket_id = 3""",
}


@pytest.fixture
async def story(desk: Desk) -> Desk:
    """Provide four tickets after every action, written through the API."""
    for criticality in (Criticality.NON_BLOCKING, Criticality.BLOCKING, Criticality.EVOLUTION, Criticality.BLOCKING):
        await desk.company.ticket(criticality=criticality)
    for number in (1, 2):
        logged = await desk.does("developer", Action.LOG_INTERVENTION, number)
        await desk.does("developer", Action.QUALIFY, number, criticality="EVOLUTION", title="Écran blanc")
        await desk.does("manager", Action.DECIDE, number)
        await desk.does("developer", Action.ASSIGN, number)
        await desk.does("developer", Action.PRIORITIZE, number)
        await desk.does("manager", Action.VOID_INTERVENTION, logged["activity"]["id"])
    await desk.does("developer", Action.COMMENT, 1)
    await desk.does("developer", Action.CLOSE, 1)
    await desk.does("developer", Action.REOPEN, 1)
    await desk.does("developer", Action.LOG_INTERVENTION, 3)
    await desk.does("developer", Action.REROUTE, 4)
    return desk


async def test_everything_that_the_api_writes_is_sealed(story: Desk) -> None:
    database = story.company.database
    slices = await audit.list_slices(database, size=3)
    assert slices == [(3, 3), (4, 1)]
    parts = [part async for part in audit.verify(database, slices)]
    assert [part.differences for part in parts] == [[], []]
    assert [part.tickets for part in parts] == [3, 1]
    rows = await story.company.rows()
    voided = sum(row[-1] is not None for row in rows["intervention"])
    assert sum(part.seals for part in parts) == len(rows["activity"]) + len(rows["intervention"]) + voided


async def test_100_random_edits_are_found(story: Desk, admin: Superuser) -> None:
    def edit(connection: Connection) -> list[str]:
        assert find_tampering(connection) == []
        return [edit for edit, differences in Tamperer(connection, random.Random(SEED)).edits(EDITS) if not differences]

    async with rolled_back_connection(admin) as connection:
        assert await connection.run_sync(edit) == []


async def _find(admin: Superuser, *statements: str) -> list[str]:
    async with rolled_back_connection(admin) as connection:
        for statement in statements:
            done = await connection.execute(text(statement))
            assert done.rowcount, statement
        return await connection.run_sync(find_tampering)


async def test_removals_in_all_tables_are_found(story: Desk, admin: Superuser) -> None:
    for name, (*statements, kind) in REMOVALS.items():
        assert kind in await _find(admin, WITHOUT_TRIGGERS, *statements), name


async def test_forged_rows_are_found(story: Desk, admin: Superuser) -> None:
    for name, statement in FORGED.items():
        assert await _find(admin, statement) != [], name


async def test_erasing_a_text_with_its_salt_keeps_the_seals_valid(story: Desk, admin: Superuser) -> None:
    comment = "UPDATE activity SET comment = '{}' WHERE kind = 'COMMENT'"
    salt = "UPDATE seal SET salt = NULL WHERE activity_id = (SELECT id FROM activity WHERE kind = 'COMMENT')"
    assert await _find(admin, WITHOUT_TRIGGERS, comment.format("[…]"), salt) == []
    assert await _find(admin, WITHOUT_TRIGGERS, comment.format("[…]")) == ["TEXT_CHANGED"]
    assert await _find(admin, WITHOUT_TRIGGERS, comment.format("Autre."), salt) == ["SALT_REMOVED"]
    assert await _find(admin, WITHOUT_TRIGGERS, salt) == ["SALT_REMOVED"]


async def test_rows_without_seals_can_be_sealed_later(story: Desk, admin: Superuser) -> None:
    async with rolled_back_connection(admin) as connection:
        for statement in (WITHOUT_TRIGGERS, "TRUNCATE seal"):
            await connection.execute(text(statement))
        assert set(await connection.run_sync(find_tampering)) == {
            "TICKET_NOT_SEALED", "ACTIVITY_NOT_SEALED", "INTERVENTION_NOT_SEALED"
        }  # fmt: skip
        for first, last in ((1, 2), (3, 1000), (1, 1000)):
            await connection.execute(text(f"SELECT osit_chain_rebuild({first}, {last})"))
        assert await connection.run_sync(find_tampering) == []
        await connection.execute(text(WITHOUT_TRIGGERS))
        await connection.execute(text("DELETE FROM ticket WHERE id = 2"))
        assert await connection.run_sync(find_tampering) != []


@pytest.mark.parametrize("statement", ["UPDATE seal SET salt = NULL", "DELETE FROM seal", "TRUNCATE seal"])
async def test_seals_are_never_changed(story: Desk, statement: str) -> None:
    with pytest.raises(Exception, match="append-only"):
        async with as_superuser(story.company.database).transaction() as session:
            await session.execute(text(statement))


def test_every_difference_has_its_sentence() -> None:
    assert all(str(audit.Difference(1, 2, kind)).startswith("ticket 1, history row 2: ") for kind in audit.SENTENCES)
