"""A ticket and its history are read in one statement, with the result of two."""

from typing import Any

import pytest

from osit_graphql.domain.enums import Action
from tests.desk import Desk
from tests.unit.statement_log import logged_statements

TWICE = "query ($id: ID!{declared}) {{ ticket(by: {{id: $id}}) {{ {field} other: {field} }} }}"
ONCE = "query ($id: ID!{declared}) {{ ticket(by: {{id: $id}}) {{ {field} }} }}"
ROWS = "{ nodes { kind comment author { name } } pageInfo { hasNextPage hasPreviousPage } }"
CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("", "", {}),
    ("", "(first: 1)", {}),
    ("", "(last: 2, kinds: [COMMENT])", {}),
    (", $n: Int", "(first: $n)", {"n": 2}),
    (", $n: Int", "(first: $n)", {"n": None}),
    (", $n: Int", "(first: $n)", {}),
    (", $n: Int = 1", "(first: $n)", {}),
    (", $kinds: [ActivityKind!]", "(kinds: $kinds)", {"kinds": ["OPENED", "COMMENT"]}),
    (", $kinds: [ActivityKind!]", "(kinds: $kinds)", {"kinds": []}),
    ("", "(first: 101)", {}),
    ("", "(first: 1, last: 1)", {}),
    (", $after: String", "(after: $after)", {"after": "nonsense"}),
]


@pytest.fixture
async def desk_with_history(desk: Desk) -> Desk:
    """Provide a ticket with a history."""
    await desk.company.ticket(service="Réseau")
    for words in ("Un.", "Deux.", "Trois."):
        await desk.does("network", Action.COMMENT, 1, comment=words)
    return desk


@pytest.mark.parametrize(("declared", "arguments", "variables"), CASES)
async def test_history_read_with_the_ticket_equals_a_separate_read(
    desk_with_history: Desk, declared: str, arguments: str, variables: dict[str, Any]
) -> None:
    field = f"activities{arguments} {ROWS}"
    token, values = desk_with_history.token("network"), {"id": desk_with_history.company.id(1), **variables}
    once = await desk_with_history.api.ask(token, ONCE.format(declared=declared, field=field), values)
    after = await desk_with_history.api.ask(token, TWICE.format(declared=declared, field=field), values)
    assert once.codes == after.codes[: len(once.codes)]
    if not once.errors:
        assert once.data["ticket"]["activities"] == after.data["ticket"]["other"]
    else:
        assert [error["path"] for error in once.errors] == [["ticket", "activities"]], "the ticket is returned"


async def test_ticket_and_history_are_one_statement(desk_with_history: Desk) -> None:
    document = ONCE.format(declared="", field=f"title activities {ROWS}")
    with logged_statements(desk_with_history.company.database) as statements:
        await desk_with_history.reads("network", document, id=desk_with_history.company.id(1))
    assert len(statements) == 1
