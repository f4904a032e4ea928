"""A ticket's history is read with the ticket, and is what it would be if it were read after it."""

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
async def told(desk: Desk) -> Desk:
    """Give a ticket with a history."""
    await desk.company.ticket(service="Réseau")
    for words in ("Un.", "Deux.", "Trois."):
        await desk.does("network", Action.COMMENT, 1, comment=words)
    return desk


@pytest.mark.parametrize(("declared", "arguments", "variables"), CASES)
async def test_it_is_the_same_as_when_it_is_read_after_it(
    told: Desk, declared: str, arguments: str, variables: dict[str, Any]
) -> None:
    field = f"activities{arguments} {ROWS}"
    token, given = told.token("network"), {"id": told.company.id(1), **variables}
    once = await told.api.ask(token, ONCE.format(declared=declared, field=field), given)
    after = await told.api.ask(token, TWICE.format(declared=declared, field=field), given)
    assert once.codes == after.codes[: len(once.codes)]
    if not once.errors:
        assert once.data["ticket"]["activities"] == after.data["ticket"]["other"]
    else:
        assert [error["path"] for error in once.errors] == [["ticket", "activities"]], "it is not the ticket's fault"


async def test_ticket_and_history_are_one_statement(told: Desk) -> None:
    document = ONCE.format(declared="", field=f"title activities {ROWS}")
    with logged_statements(told.company.database) as statements:
        await told.reads("network", document, id=told.company.id(1))
    assert len(statements) == 1
