"""Number of statements of a response: it does not grow with the rows."""

import pytest

from osit_graphql.api import dataloader
from osit_graphql.domain.enums import Action
from tests.desk import Desk
from tests.unit.statement_log import logged_statements

PEOPLE = "requester { name email } operator { name } assignee { name }"
PLACES = "application { name } service { name phone } site { name } suspectedCause { name }"
TICKET = f"id number title status {PEOPLE} {PLACES} minutesSpent cost {{ amount }} allowedActions"
HISTORY = "activities(first: 20) { nodes { kind comment author { name service { name } } } }"
TOTAL = "activities(first: 20) { totalCount nodes { kind comment author { name } } }"
TELLING = """activities { nodes { kind ... on Intervention { cause { name } cost { amount } }
  ... on Rerouting { fromService { name } toService { name } } ... on TicketOpened { service { name } }
  ... on InterventionVoided { intervention { minutes } } } }"""
# The selection on each ticket, the number of statements of a page, and with its count.
SELECTIONS = {
    "bare": ("id number title", 1, 2),
    "with everything that is one thing": (TICKET, 1, 2),
    "with histories": (f"number {HISTORY}", 3, 4),
    "with histories and their counts": (f"number {TOTAL}", 3, 4),
    "with all that histories tell": (f"number {TELLING}", 5, 6),
}
LIST = "query ($first: Int) {{ {name}(first: $first) {{ {total} nodes {{ {fields} }} }} }}"


@pytest.fixture
async def busy(desk: Desk) -> Desk:
    """Provide 50 open tickets with activities."""
    for _ in range(50):
        await desk.company.ticket(service="Réseau")
    for number in range(1, 51, 10):
        await desk.does("network", Action.ASSIGN, number, assigneeId=desk.company.ids["network"])
        logged = await desk.does("network", Action.LOG_INTERVENTION, number)
        await desk.does("network", Action.VOID_INTERVENTION, logged["activity"]["id"])
    return desk


async def count(desk: Desk, who: str, document: str, **variables: object) -> int:
    """Return the number of statements of a document."""
    with logged_statements(desk.company.database) as statements:
        await desk.reads(who, document, **variables)
    return len(statements)


@pytest.fixture(params=["fields never yield", "each field yields"])
def pace(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Execute without any yield to the event loop, then with one per field: the statements are the same."""
    monkeypatch.setattr(dataloader, "RUN_LIMIT_S", 60.0 if request.param == "fields never yield" else 0.0)


@pytest.mark.usefixtures("pace")
async def test_pages_of_1_and_of_50_take_as_many_statements(busy: Desk) -> None:
    for name in ("openTickets", "tickets"):
        for fields, bare, counted in SELECTIONS.values():
            for total, expected in (("", bare), ("totalCount", counted)):
                document = LIST.format(name=name, total=total, fields=fields)
                counts = [await count(busy, "operator", document, first=size) for size in (1, 50)]
                assert counts == [expected, expected], document


@pytest.mark.parametrize("who", ["requester", "network", "manager", "everyman"])
async def test_every_role_takes_as_many_statements(busy: Desk, who: str) -> None:
    document = LIST.format(name="openTickets", total="totalCount", fields=TICKET)
    assert [await count(busy, who, document, first=size) for size in (1, 50)] == [2, 2]


async def test_a_ticket_and_its_history_take_two_statements(busy: Desk) -> None:
    by_number = f"{{ ticket(by: {{number: 1}}) {{ {TICKET} }} }}"
    assert await count(busy, "network", by_number) == 1
    assert await count(busy, "network", f"{{ ticket(by: {{number: 1}}) {{ {TICKET} {HISTORY} }} }}") == 2


async def test_nodes_take_one_statement_per_kind(busy: Desk) -> None:
    document = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    tickets = [busy.company.id(number) for number in range(1, 51)]
    people = [busy.company.ids[name] for name in busy.company.tokens]
    assert await count(busy, "operator", document, ids=tickets[:1]) == 1
    assert await count(busy, "operator", document, ids=tickets) == 1
    assert await count(busy, "operator", document, ids=tickets + people) == 2


@pytest.mark.usefixtures("pace")
async def test_people_and_their_requested_tickets(busy: Desk) -> None:
    fields = "name site { name } service { name } requestedTickets(first: 5) { totalCount nodes { title } }"
    document = f"query ($first: Int) {{ users(first: $first) {{ totalCount nodes {{ {fields} }} }} }}"
    assert await count(busy, "operator", document, first=1) <= 6
    assert await count(busy, "operator", document, first=3) == await count(busy, "operator", document, first=10) == 6


async def test_a_write_takes_three_statements(busy: Desk) -> None:
    async def comment(number: int) -> int:
        with logged_statements(busy.company.database) as statements:
            await busy.does("network", Action.COMMENT, number)
        return len(statements)

    assert await comment(1) == await comment(2) == 3


async def test_a_new_ticket_takes_three_statements(busy: Desk) -> None:
    with logged_statements(busy.company.database) as statements:
        await busy.does("operator", Action.CREATE)
    assert len(statements) == 3


async def test_a_page_of_directory_changes_takes_one_statement(busy: Desk) -> None:
    fields = "kind objectId objectName actor { name email } fields { field old new }"
    document = "query ($first: Int) { directoryChanges(first: $first) { TOTAL nodes { FIELDS } } }"
    document = document.replace("FIELDS", fields)
    for total, expected in (("", 1), ("totalCount", 2)):
        counts = [await count(busy, "admin", document.replace("TOTAL", total), first=size) for size in (1, 20)]
        assert counts == [expected, expected]
