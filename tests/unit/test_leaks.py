"""Responses do not distinguish hidden from absent objects, and contain nothing of hidden ones."""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text

from osit_graphql.api import global_ids
from osit_graphql.domain.enums import Action
from tests.desk import Desk
from tests.protection import weaker_under_rls
from tests.superuser import as_superuser
from tests.unit.all_documents import CONNECTION, NODE, TICKET, actions_on, by_id, everything, responses

CANARY = "CANARI-7f3a"
# None of these sees a ticket of the colleague in the service « Postes ».
BLIND = ("requester", "developer", "network", "everyman", "admin")


@dataclass(frozen=True)
class HiddenTicket:
    """A hidden ticket with every kind of activity, and the IDs of its history."""

    number: int
    rows: list[str]
    interventions: list[str]


async def write_hidden_ticket(desk: Desk) -> HiddenTicket:
    """Create a ticket in « Postes » with every kind of activity."""
    words = {name: f"{CANARY} {name}" for name in ("title", "description", "impact", "comment")}
    boxes = {"requesterId": desk.company.ids["colleague"], "serviceId": desk.company.ids["Réseau"]}
    number = (await desk.does("operator", Action.CREATE, **words, **boxes))["ticket"]["number"]
    why = {"comment": f"{CANARY} why"}
    await desk.does("operator", Action.COMMENT, number, **why)
    await desk.does("network", Action.COMMENT, number, internal=True, **why)
    await desk.does("network", Action.ASSIGN, number, assigneeId=desk.company.ids["network"], **why)
    logged = [await desk.does("network", Action.LOG_INTERVENTION, number, **why) for _ in range(2)]
    await desk.does("network", Action.VOID_INTERVENTION, logged[0]["activity"]["id"], **why)
    await desk.does("network", Action.QUALIFY, number, title=f"{CANARY} again", **why)
    await desk.does("network", Action.CLOSE, number, **why)
    await desk.does("network", Action.REOPEN, number, **why)
    await desk.does("network", Action.PRIORITIZE, number, **why)
    await desk.does("network", Action.REROUTE, number, serviceId=desk.company.ids["Postes"], **why)
    rows = [row["id"] for row in await desk.history("manager", number, "id")]
    return HiddenTicket(number, rows, [one["activity"]["id"] for one in logged])


@pytest.fixture
async def open_desk(desk: Desk) -> Desk:
    """Create a ticket that is visible to each person."""
    await desk.company.ticket("À moi", requester="requester")
    number = await desk.company.ticket("À nous", requester="everyman", service="Réseau")
    await desk.does("developer", Action.LOG_INTERVENTION, 1)
    await desk.does("network", Action.LOG_INTERVENTION, number)
    await desk.does("developer", Action.COMMENT, 1, internal=True)
    return desk


def masked(answer: str, *ids_: str) -> str:
    """Return a response without the requested IDs."""
    for one in ids_:
        answer = answer.replace(one, "ID")
    return answer


@pytest.mark.parametrize("who", BLIND)
async def test_hidden_and_absent_tickets_have_the_same_response(open_desk: Desk, who: str) -> None:
    company, hidden = open_desk.company, await write_hidden_ticket(open_desk)
    hidden_id, absent_id = company.id(hidden.number), company.id(999_999)
    absent_row = global_ids.encode(global_ids.Kind.ACTIVITY, 999_999)
    pairs = [(hidden_id, absent_id), *((row, absent_row) for row in hidden.rows)]
    for shown, absent in pairs:
        documents_by_id = [*by_id([shown], [])], [*by_id([absent], [])]
        results = [await responses(open_desk.api, company.tokens[who], documents) for documents in documents_by_id]
        assert [masked(one, shown) for one in results[0]] == [masked(one, absent) for one in results[1]]
        assert results[0][0] == '{"data":{"node":null}}'
    numbers = [await responses(open_desk.api, company.tokens[who], [*by_id([], [n])]) for n in (hidden.number, 999_999)]
    assert numbers[0] == numbers[1]
    before = await company.snapshot()
    for intervention in hidden.interventions:
        tried = [*actions_on(company, hidden_id, intervention)], [*actions_on(company, absent_id, absent_row)]
        done = [await responses(open_desk.api, company.tokens[who], documents) for documents in tried]
        assert [masked(one, hidden_id, intervention) for one in done[0]] == [
            masked(one, absent_id, absent_row) for one in done[1]
        ]
    assert await company.snapshot() == before


@pytest.mark.parametrize("who", BLIND)
async def test_no_text_of_a_hidden_ticket_is_returned(open_desk: Desk, who: str) -> None:
    company, hidden = open_desk.company, await write_hidden_ticket(open_desk)
    hidden_id = company.id(hidden.number)
    if who == "requester":  # viewers who see a person read only the name
        async with as_superuser(company.database).transaction() as session:
            await session.execute(
                text("UPDATE person SET email = lower(:c) || id || '@x', phone = :c WHERE id <> :me"),
                {"c": CANARY, "me": company.keys[who]},
            )
            await session.execute(
                text("UPDATE person SET name = :c WHERE id = :i"), {"c": CANARY, "i": company.keys["colleague"]}
            )
    documents = everything(
        company,
        [hidden_id, *hidden.rows, *(company.ids[name] for name in company.tokens)],
        [hidden.number, 1, 2, 0, -1],
    )
    for answer in await responses(
        open_desk.api, company.tokens[who], [*documents, *actions_on(company, hidden_id, hidden.rows[0])]
    ):
        assert CANARY.lower() not in answer.lower()
        assert hidden_id not in answer
    visible = await responses(
        open_desk.api, company.tokens["manager"], everything(company, [hidden_id], [hidden.number])
    )
    assert sum(CANARY in answer for answer in visible) > 10, "the canary is visible to a manager"


@pytest.mark.parametrize("who", BLIND)
async def test_a_hidden_ticket_changes_no_response(open_desk: Desk, who: str) -> None:
    company, token = open_desk.company, open_desk.company.tokens[who]
    known = [company.id(1), company.id(2), company.id(3), *(company.ids[name] for name in company.tokens)]
    documents = everything(company, known, [1, 2, 3])
    before = await responses(open_desk.api, token, documents)
    hidden = await write_hidden_ticket(open_desk)
    assert hidden.number == 3
    assert await responses(open_desk.api, token, documents) == before
    numbers = await open_desk.numbers("operator")
    assert 3 in numbers


@pytest.mark.parametrize("who", BLIND)
async def test_a_foreign_cursor_returns_only_visible_tickets(open_desk: Desk, who: str) -> None:
    hidden = await write_hidden_ticket(open_desk)
    document = (
        f"query ($after: String, $before: String) {{ tickets(after: $after, before: $before) {{ {CONNECTION} }} }}"
    )
    foreign = (await open_desk.reads("manager", "{ tickets { edges { cursor node { number } } } }"))["tickets"]["edges"]
    assert hidden.number in [edge["node"]["number"] for edge in foreign]
    own_numbers = set(await open_desk.numbers(who))
    for edge in foreign:
        for side in ("after", "before"):
            answer = await open_desk.api.ask(open_desk.token(who), document, {side: edge["cursor"]})
            tickets = answer.data["tickets"]
            assert {node["number"] for node in tickets["nodes"]} <= own_numbers
            assert tickets["totalCount"] == len(own_numbers)
            assert CANARY not in answer.text


@weaker_under_rls
async def test_a_rerouted_ticket_is_hidden_at_once(desk: Desk) -> None:
    number = await desk.company.ticket()
    rows = [row["id"] for row in await desk.history("developer", number, "id")]
    cursor = (await desk.reads("developer", "{ tickets { edges { cursor } } }"))["tickets"]["edges"][0]["cursor"]
    answer = (await desk.answer("developer", Action.REROUTE, number)).data["ticketReroute"]
    assert (answer["ticket"], answer["activity"]["ticket"]) == (None, None)
    for one in (desk.company.id(number), *rows, answer["activity"]["id"]):
        assert await desk.reads("developer", f"query ($id: ID!) {{ node(id: $id) {{ {NODE} }} }}", id=one) == {
            "node": None
        }
    before = await desk.reads(
        "developer", "query ($c: String) { tickets(before: $c) { totalCount nodes { id } } }", c=cursor
    )
    assert before == {"tickets": {"totalCount": 0, "nodes": []}}
    assert await desk.is_refused("developer", Action.COMMENT, number) == [("id", "NOT_FOUND")]


async def test_a_hidden_ticket_counted_in_reports_is_not_shown(desk: Desk) -> None:
    """The flow of a service counts what left it; lists, history and search do not show it, with either protection."""
    number = await desk.company.ticket(title="Panne du convoyeur")
    [row, *_] = [row["id"] for row in await desk.history("developer", number, "id")]
    await desk.answer("developer", Action.REROUTE, number)
    assert await desk.ticket("developer", number, TICKET) is None
    assert await desk.reads("developer", f"query ($id: ID!) {{ node(id: $id) {{ {NODE} }} }}", id=row) == {"node": None}
    for chosen in ("", '(filter: {search: "convoyeur"})'):
        seen = await desk.reads("developer", f"{{ tickets{chosen} {{ totalCount nodes {{ id }} }} }}")
        assert seen == {"tickets": {"totalCount": 0, "nodes": []}}


async def test_permissions_are_read_with_each_request(desk: Desk) -> None:
    number = await desk.company.ticket()
    move: Any = {"s": desk.company.keys["Réseau"], "i": desk.company.keys["developer"]}
    async with as_superuser(desk.company.database).transaction() as session:
        await session.execute(text("UPDATE person SET service_id = :s WHERE id = :i"), move)
    assert await desk.ticket("developer", number, TICKET) is None
    async with as_superuser(desk.company.database).transaction() as session:
        await session.execute(text("UPDATE person SET active = false WHERE id = :i"), {"i": move["i"]})
    gone = await desk.api.ask(desk.token("developer"), "{ viewer { id } }")
    assert (gone.status, gone.codes) == (401, ["UNAUTHENTICATED"])
