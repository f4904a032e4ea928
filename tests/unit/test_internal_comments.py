"""Internal comments and costs are visible to staff, not to a viewer who sees a ticket only as its requester."""

from typing import Any

import pytest

from osit_graphql.domain.enums import Action
from tests.desk import Desk
from tests.protection import weaker_under_rls
from tests.unit.all_documents import everything, responses

INTERNAL_TEXT = "CHUCHOTEMENT"
USER = "query ($id: ID!) { node(id: $id) { ... on User { name email } } }"
NODE = "query ($id: ID!) { node(id: $id) { id ... on Activity { comment } } }"


@pytest.fixture
async def with_internal_comment(desk: Desk) -> tuple[Desk, int, str]:
    """Provide the requester's ticket with an internal comment, the only activity of `peer`."""
    number = await desk.company.ticket()
    payload = await desk.does("peer", Action.COMMENT, number, comment=INTERNAL_TEXT, internal=True)
    await desk.does("developer", Action.COMMENT, number, comment="À voix haute.")
    return desk, number, payload["activity"]["id"]


@weaker_under_rls
async def test_a_requester_reads_no_internal_comment(with_internal_comment: tuple[Desk, int, str]) -> None:
    desk, number, key = with_internal_comment
    rows = await desk.history("requester", number, "kind comment author { name }")
    assert [row["comment"] for row in rows] == [None, "À voix haute."]
    for kinds in ("[COMMENT]", "[COMMENT, OPENED]"):
        ticket = await desk.ticket(
            "requester", number, f"activities(kinds: {kinds}) {{ totalCount nodes {{ comment }} }}"
        )
        assert ticket["activities"]["totalCount"] == len(ticket["activities"]["nodes"]) == (kinds.count(",") + 1)
    assert await desk.reads("requester", NODE, id=key) == {"node": None}
    assert await desk.reads("requester", USER, id=desk.company.ids["peer"]) == {"node": None}, "shares no ticket"
    assert (await desk.reads("requester", USER, id=desk.company.ids["developer"]))["node"] == {
        "name": "Developer",
        "email": None,
    }
    documents = everything(desk.company, [key, *desk.company.ids.values()], [number])
    token = desk.company.tokens["requester"]
    assert [one for one in await responses(desk.api, token, documents) if INTERNAL_TEXT in one or key in one] == []


async def test_pages_have_no_gap_for_internal_comments(with_internal_comment: tuple[Desk, int, str]) -> None:
    desk, number, _ = with_internal_comment
    page = "activities(first: 1) { pageInfo { endCursor hasNextPage } nodes { comment } }"
    first = (await desk.ticket("requester", number, page))["activities"]
    assert first["pageInfo"]["hasNextPage"]
    rest = f'activities(first: 5, after: "{first["pageInfo"]["endCursor"]}") {{ nodes {{ comment }} totalCount }}'
    assert (await desk.ticket("requester", number, rest))["activities"] == {
        "nodes": [{"comment": "À voix haute."}],
        "totalCount": 2,
    }


@pytest.mark.parametrize("who", ["operator", "developer", "peer", "manager", "twofold"])
async def test_staff_reads_internal_comments(with_internal_comment: tuple[Desk, int, str], who: str) -> None:
    desk, number, key = with_internal_comment
    assert INTERNAL_TEXT in [row["comment"] for row in await desk.history(who, number)]
    assert (await desk.reads(who, NODE, id=key))["node"]["comment"] == INTERNAL_TEXT


async def test_an_internal_comment_changes_only_version_and_time(desk: Desk) -> None:
    number = await desk.company.ticket()
    token = desk.company.tokens["requester"]
    history = "activities { totalCount edges { cursor } nodes { id kind } }"
    fields = f"number title status {history} requester {{ name }} service {{ name }}"
    documents: list[tuple[str, dict[str, Any]]] = [
        (f"{{ ticket(by: {{number: {number}}}) {{ {fields} }} }}", {}),
        (f"{{ tickets {{ totalCount nodes {{ {fields} }} }} }}", {}),
        ("{ viewer { openTicketCount user { requestedTickets { totalCount nodes { number } } } } }", {}),
    ]
    before = await responses(desk.api, token, documents)
    await desk.does("peer", Action.COMMENT, number, comment=INTERNAL_TEXT, internal=True)
    assert await responses(desk.api, token, documents) == before


async def test_two_roles_apply_ticket_by_ticket(desk: Desk) -> None:
    """`everyman` is a requester, and a technician of the network."""
    elsewhere = await desk.company.ticket(requester="everyman", service="Développement")
    ours = await desk.company.ticket(requester="everyman", service="Réseau")
    work = {elsewhere: "developer", ours: "network"}
    for number, who in work.items():
        await desk.does(who, Action.COMMENT, number, comment=INTERNAL_TEXT, internal=True)
        await desk.does(who, Action.LOG_INTERVENTION, number, comment="Fait.")
    fields = "comment ... on Intervention { minutes cost { amount } }"
    assert (await desk.history("everyman", elsewhere, fields))[1:] == [
        {"comment": "Fait.", "minutes": None, "cost": None}
    ]
    history = (await desk.history("everyman", ours, fields))[1:]
    # 30 minutes at 45.50 an hour are 22.75, and 12.50 of expenses
    assert history == [{"comment": INTERNAL_TEXT}, {"comment": "Fait.", "minutes": 30, "cost": {"amount": "35.25"}}]
    costs = "minutesSpent cost { amount } allowedActions"
    nothing: dict[str, Any] = {"minutesSpent": None, "cost": None, "allowedActions": []}
    assert await desk.ticket("everyman", elsewhere, costs) == nothing
    assert (await desk.ticket("everyman", ours, costs))["minutesSpent"] == 30
    await desk.does("developer", Action.REROUTE, elsewhere)
    assert INTERNAL_TEXT in [row["comment"] for row in await desk.history("everyman", elsewhere)]
    assert (await desk.ticket("everyman", elsewhere, costs))["minutesSpent"] == 30


@weaker_under_rls
async def test_a_role_acts_only_where_it_sees(desk: Desk) -> None:
    """`twofold` is an operator, and a technician of the network."""
    theirs = await desk.company.ticket(service="Développement")
    ours = await desk.company.ticket(service="Réseau")
    assert await desk.ticket("twofold", theirs, "allowedActions") == {"allowedActions": ["COMMENT", "QUALIFY"]}
    for action in (Action.CLOSE, Action.REROUTE, Action.ASSIGN, Action.LOG_INTERVENTION, Action.PRIORITIZE):
        assert ("id", "NOT_FOUND") in await desk.is_refused("twofold", action, theirs)
    await desk.does("twofold", Action.COMMENT, theirs)
    await desk.does("twofold", Action.CLOSE, ours)
    mine = await desk.company.ticket(requester="everyman", service="Développement")
    for action in (Action.COMMENT, Action.CLOSE, Action.QUALIFY):
        assert await desk.is_refused("everyman", action, mine) == [("id", "NOT_FOUND")]


@pytest.mark.parametrize(
    ("who", "rates"),
    [
        ("requester", {}),
        ("operator", {}),
        ("developer", {"Développement": "60.00"}),
        ("network", {"Réseau": "45.50"}),
        ("everyman", {"Réseau": "45.50"}),
        ("manager", {"Développement": "60.00", "Réseau": "45.50"}),
        ("admin", {"Développement": "60.00", "Réseau": "45.50"}),
    ],
)
async def test_the_rates_that_each_role_reads(desk: Desk, who: str, rates: dict[str, str]) -> None:
    services = (await desk.reads(who, "{ services { name hourlyRate { amount } } }"))["services"]
    shown = {service["name"]: service["hourlyRate"] for service in services}
    assert shown == {name: {"amount": rates[name]} if name in rates else None for name in shown}
    assert set(shown) == {"Développement", "Réseau", "Postes"}
