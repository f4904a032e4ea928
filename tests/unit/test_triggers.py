"""Statements that PostgreSQL refuses by triggers and constraints, even from a superuser."""

from typing import Any

import asyncpg  # type: ignore[import-untyped]
import pytest
from sqlalchemy import text

from osit_graphql.domain.enums import Criticality, Role
from osit_graphql.domain.viewer import System, Viewer
from osit_graphql.services import tickets
from osit_graphql.services.tickets.interventions import Work
from tests.company import Company
from tests.superuser import as_superuser, rolled_back
from tests.unit.test_permissions import MORNING, ZONE

TRIGGER, CHECK, NOT_NULL, UNIQUE, FOREIGN = "OS001", "23514", "23502", "23505", "23503"

CLOSE = "UPDATE ticket SET status = 'CLOSED', closed_at = now(), version = version + 1 WHERE id = 1"
REROUTE = "UPDATE ticket SET service_id = 2, version = version + 1 WHERE id = 1"
ROW = "INSERT INTO activity (ticket_id, version, kind, comment, created_at, from_status, to_status) VALUES "
MOVE = "INSERT INTO activity (ticket_id, version, kind, comment, created_at, from_service_id, to_service_id) VALUES "
STATUS = "'STATUS_CHANGE', 'x', now()"
BLANKED = "'STATUS_CHANGE', E' \\t\\n', now()"
INVISIBLE = "'STATUS_CHANGE', E'\\u3164 \\u2800\\u1160\\uFFA0\\uFE0F\\u034F\\u17B4\\u200B', now()"
COMMENT_ROW = "INSERT INTO activity (ticket_id, version, kind, comment, created_at) VALUES "
TAKEN = "UPDATE intervention SET voided_by = 3"
VOID = (
    "INSERT INTO activity (ticket_id, version, kind, comment, created_at, intervention_id)"
    " VALUES (1, 3, 'INTERVENTION_VOIDED', 'x', now(), 3)"
)
TICKET = """
INSERT INTO ticket (title, description, status, severity, criticality, priority, requester_id, application_id,
                    service_id, site_id, opened_at, updated_at, closed_at)
VALUES ({title}, 'x', {status}, 'MINOR', 'BLOCKING', 'LOW', 5, 1, 1, 1, now(), now(), {closed_at})"""
PERSON = "INSERT INTO person (name, name_key, email, roles, service_id) VALUES ('x', 'x', 'x@x', {roles}, {service})"


def ticket(title: str = "'x'", status: str = "'OPEN'", closed_at: str = "NULL") -> str:
    """Return the SQL of a new ticket."""
    return TICKET.format(title=title, status=status, closed_at=closed_at)


def person(roles: str, service: str) -> str:
    """Return the SQL of a new person."""
    return PERSON.format(roles=roles, service=service)


# Ticket 1 is open, of service 1, at version 2, with an intervention (row 3); ticket 2 at version 1.
REFUSED: dict[str, tuple[str, list[str]]] = {
    "a status without its row": (TRIGGER, [CLOSE]),
    "a status with the row of another ticket": (TRIGGER, [f"{ROW}(2, 3, {STATUS}, 'OPEN', 'CLOSED')", CLOSE]),
    "a status with the row of another version": (TRIGGER, [f"{ROW}(1, 2, {STATUS}, 'OPEN', 'CLOSED')", CLOSE]),
    "a status with the row of another change": (TRIGGER, [f"{ROW}(1, 3, {STATUS}, 'CLOSED', 'OPEN')", CLOSE]),
    "a status with a mere comment": (TRIGGER, [f"{COMMENT_ROW}(1, 3, 'COMMENT', 'x', now())", CLOSE]),
    "a status with a blank comment": (CHECK, [f"{ROW}(1, 3, {BLANKED}, 'OPEN', 'CLOSED')", CLOSE]),
    "a status with a comment that prints nothing": (TRIGGER, [f"{ROW}(1, 3, {INVISIBLE}, 'OPEN', 'CLOSED')", CLOSE]),
    "a comment that prints nothing": (TRIGGER, [f"{COMMENT_ROW}(1, 3, 'COMMENT', E'\\u115F\\n\\U000E0100', now())"]),
    "a status with no comment": (CHECK, [f"{ROW}(1, 3, 'STATUS_CHANGE', NULL, now(), 'OPEN', 'CLOSED')", CLOSE]),
    "a service without its row": (TRIGGER, [REROUTE]),
    "a service with the row of another service": (TRIGGER, [f"{MOVE}(1, 3, 'REROUTING', 'x', now(), 1, 3)", REROUTE]),
    "a service with a blank comment": (CHECK, [f"{MOVE}(1, 3, 'REROUTING', ' ', now(), 1, 2)", REROUTE]),
    "a service with no comment": (CHECK, [f"{MOVE}(1, 3, 'REROUTING', NULL, now(), 1, 2)", REROUTE]),
    "a re-routing to where it is": (CHECK, [f"{MOVE}(1, 3, 'REROUTING', 'x', now(), 1, 1)"]),
    "two changes with one row": (
        TRIGGER,
        [f"{ROW}(1, 3, {STATUS}, 'OPEN', 'CLOSED')", CLOSE, REROUTE],
    ),
    "a ticket that nothing opens": (TRIGGER, [ticket()]),
    "history changed": (TRIGGER, ["UPDATE activity SET comment = 'y' WHERE id = 1"]),
    "history deleted": (TRIGGER, ["DELETE FROM activity WHERE id = 3"]),
    "history emptied": (TRIGGER, ["TRUNCATE activity CASCADE"]),
    "a ticket deleted": (TRIGGER, ["DELETE FROM ticket WHERE id = 2"]),
    "tickets emptied": (TRIGGER, ["TRUNCATE ticket CASCADE"]),
    "a version that stays": (TRIGGER, ["UPDATE ticket SET title = 'y' WHERE id = 1"]),
    "a version that jumps": (TRIGGER, ["UPDATE ticket SET version = version + 2 WHERE id = 1"]),
    "a version that goes back": (TRIGGER, ["UPDATE ticket SET version = version - 1 WHERE id = 1"]),
    "a blank comment": (CHECK, [f"{COMMENT_ROW}(1, 3, 'COMMENT', E'\\n ', now())"]),
    "a comment without words": (CHECK, [f"{COMMENT_ROW}(1, 3, 'COMMENT', NULL, now())"]),
    "a comment too long": (CHECK, [f"{COMMENT_ROW}(1, 3, 'COMMENT', repeat('x', 10001), now())"]),
    "a kind of history that isn't": (CHECK, [f"{COMMENT_ROW}(1, 3, 'GOSSIP', 'x', now())"]),
    "a history of no ticket": (FOREIGN, [f"{COMMENT_ROW}(9, 3, 'COMMENT', 'x', now())"]),
    "a blank title": (CHECK, [ticket(title="' '")]),
    "an unknown status": (CHECK, [ticket(status="'DRAFT'")]),
    "no status": (NOT_NULL, [ticket(status="NULL")]),
    "closed, but when": (CHECK, [ticket(status="'CLOSED'")]),
    "open, but closed": (CHECK, [ticket(closed_at="now()")]),
    "a technician without a service": (CHECK, [person("'{TECHNICIAN}'", "NULL")]),
    "a service without a technician": (CHECK, [person("'{REQUESTER,OPERATOR}'", "1")]),
    "somebody without roles": (CHECK, [person("'{}'", "NULL")]),
    "an unknown role": (CHECK, [person("'{KING}'", "NULL")]),
    "a technician's service taken away": (CHECK, ["UPDATE person SET service_id = NULL WHERE name = 'Developer'"]),
    "an intervention deleted": (TRIGGER, ["DELETE FROM intervention"]),
    "an intervention's minutes": (TRIGGER, ["UPDATE intervention SET minutes = 1"]),
    "an intervention's rate": (TRIGGER, ["UPDATE intervention SET hourly_rate = 1, labour = 1"]),
    "an intervention's cause": (TRIGGER, ["UPDATE intervention SET cause_id = 2"]),
    "voided twice": (UNIQUE, [VOID, VOID]),
    "voided by another row then": (TRIGGER, [TAKEN, "UPDATE intervention SET voided_by = 1"]),
    "voided and not any more": (TRIGGER, [TAKEN, "UPDATE intervention SET voided_by = NULL"]),
}  # fmt: skip
# What the CHECK of a row refuses in a column of an otherwise acceptable ticket, or activity of the kind.
TICKET_COLUMNS = {
    "title": ["' '", "repeat('x', 201)"],
    "description": ["E'\\n'", "repeat('x', 20001)"],
    "impact": ["''", "repeat('x', 2001)"],
    "status": ["'DRAFT'"],
    "severity": ["'HUGE'"],
    "criticality": ["''"],
    "closed_at": ["now()"],
    "reopen_count": ["-1"],
    "reroute_count": ["-1"],
}
ACTIVITY_COLUMNS = [
    ("GOSSIP", "comment", "'x'"),
    ("COMMENT", "comment", "NULL"),
    ("COMMENT", "comment", "' '"),
    ("COMMENT", "comment", "repeat('x', 10001)"),
    ("COMMENT", "decision", "'MAYBE'"),
    ("ASSIGNMENT", "internal", "true"),
    ("STATUS_CHANGE", "to_status", "'CLOSED'"),
    ("COMMENT", "to_status, from_status", "'CLOSED', 'OPEN'"),
    ("REROUTING", "from_service_id, to_service_id", "1, 1"),
    ("REROUTING", "from_service_id", "1"),
    ("OPENED", "assignee_id", "NULL"),
    ("COMMENT", "to_service_id", "1"),
    ("COMMENT", "from_service_id", "1"),
    ("COMMENT", "intervention_id", "3"),
    ("INTERVENTION_VOIDED", "intervention_id", "NULL"),
    ("COMMENT", "to_priority", "'LOW'"),
    ("PRIORITY_CHANGE", "to_priority", "NULL"),
    ("COMMENT", "meeting_id", "1"),
    ("COMMENT", "to_severity", "'MINOR'"),
    ("QUALIFICATION", "to_severity", "NULL"),
]
ACCEPTED = {
    "a closing with its row": [f"{ROW}(1, 3, {STATUS}, 'OPEN', 'CLOSED')", CLOSE],
    "a closing before its row": [CLOSE, f"{ROW}(1, 3, {STATUS}, 'OPEN', 'CLOSED')"],
    "a re-routing with its row": [f"{MOVE}(1, 3, 'REROUTING', 'x', now(), 1, 2)", REROUTE],
    "a change of title": ["UPDATE ticket SET title = 'y', version = version + 1 WHERE id = 1"],
    "an intervention taken back": [TAKEN],
}


@pytest.fixture
async def history(company: Company) -> Company:
    """Provide a ticket with an intervention, and another."""
    first, second = await company.ticket(), await company.ticket(criticality=Criticality.EVOLUTION)
    work = Work(MORNING, 30, company.keys["Configuration"])
    logged = await company.do("developer", tickets.log_intervention, first, work, zone=ZONE, comment="Vu.")
    assert (first, second, logged.activity_ids) == (1, 2, (3,))
    return company


async def run_statements(company: Company, statements: list[str], *, commit: bool = False) -> str | None:
    """Run statements in one transaction; return the SQLSTATE of the error."""
    database = as_superuser(company.database)
    try:
        async with database.transaction() if commit else rolled_back(database) as session:
            for statement in statements:
                await session.execute(text(statement))
            await session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    except asyncpg.PostgresError as error:
        return str(error.sqlstate)
    return None


@pytest.mark.parametrize("case", REFUSED)
async def test_postgresql_refuses(history: Company, case: str) -> None:
    code, statements = REFUSED[case]
    before = await history.snapshot()
    assert await run_statements(history, statements, commit=True) == code
    assert await history.snapshot() == before


@pytest.mark.parametrize("case", ACCEPTED)
async def test_postgresql_accepts(history: Company, case: str) -> None:
    assert await run_statements(history, ACCEPTED[case]) is None


def activity(kind: str, names: str, values: str) -> str:
    """Return the SQL of an activity of ticket 1 with a comment, and with these columns."""
    if names != "comment":
        names, values = f"comment, {names}", f"'x', {values}"
    columns = f"ticket_id, version, kind, created_at, {names}"
    return f"INSERT INTO activity ({columns}) VALUES (1, 3, '{kind}', now(), {values})"


async def test_postgresql_checks_every_column_of_a_row(history: Company) -> None:
    rows = [
        f"UPDATE ticket SET {column} = {value}, version = version + 1 WHERE id = 2"
        for column, values in TICKET_COLUMNS.items()
        for value in values
    ]
    rows += [activity(*row) for row in ACTIVITY_COLUMNS]
    before = await history.snapshot()
    assert [row for row in rows if await run_statements(history, [row], commit=True) != CHECK] == []
    assert await history.snapshot() == before
    assert await run_statements(history, [activity("COMMENT", "internal", "true")]) is None


async def test_an_activity_of_an_earlier_transaction_does_not_count(history: Company) -> None:
    row = f"{ROW}(1, 3, {STATUS}, 'OPEN', 'CLOSED')"
    assert await run_statements(history, [row], commit=True) is None
    assert await run_statements(history, [CLOSE], commit=True) == TRIGGER
    assert await run_statements(history, [row, CLOSE], commit=True) is None


async def test_the_role_of_the_api_has_no_privileges(history: Company) -> None:
    statement = "SELECT rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
    async with history.database.reading(System.HEALTH) as session:
        assert await session.scalar(text(statement)) is False


@pytest.mark.parametrize(
    ("roles", "service"), [({Role.TECHNICIAN}, None), ({Role.OPERATOR}, 1), (set(), None)], ids=["no", "a", "roles"]
)
def test_no_viewer_is_a_technician_without_a_service(roles: Any, service: int | None) -> None:
    with pytest.raises(ValueError, match=r"service|role"):
        Viewer(1, frozenset(roles), service)
