"""Nothing tells the absent from the invisible, and nothing tells anything of what one does not see."""

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
# Nobody of these sees a ticket of the colleague's that the service « Postes » has.
BLIND = ("requester", "developer", "network", "everyman", "admin")


@dataclass(frozen=True)
class Secret:
    """A foreign ticket that went through everything, and the ids of its history."""

    number: int
    rows: list[str]
    interventions: list[str]


async def write_secret(desk: Desk) -> Secret:
    """Let a ticket go through everything that leaves words, at « Postes »."""
    said = {name: f"{CANARY} {name}" for name in ("title", "description", "impact", "comment")}
    boxes = {"requesterId": desk.company.ids["colleague"], "serviceId": desk.company.ids["Réseau"]}
    number = (await desk.does("operator", Action.CREATE, **said, **boxes))["ticket"]["number"]
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
    return Secret(number, rows, [one["activity"]["id"] for one in logged])


@pytest.fixture
async def open_desk(desk: Desk) -> Desk:
    """Give everybody something of their own to see."""
    await desk.company.ticket("À moi", requester="requester")
    number = await desk.company.ticket("À nous", requester="everyman", service="Réseau")
    await desk.does("developer", Action.LOG_INTERVENTION, 1)
    await desk.does("network", Action.LOG_INTERVENTION, number)
    await desk.does("developer", Action.COMMENT, 1, internal=True)
    return desk


def masked(answer: str, *ids_: str) -> str:
    """Return an answer with the ids that were asked for taken out."""
    for one in ids_:
        answer = answer.replace(one, "ID")
    return answer


@pytest.mark.parametrize("who", BLIND)
async def test_the_invisible_answers_as_the_absent(open_desk: Desk, who: str) -> None:
    company, secret = open_desk.company, await write_secret(open_desk)
    there, nowhere = company.id(secret.number), company.id(999_999)
    lost = global_ids.encode(global_ids.Kind.ACTIVITY, 999_999)
    pairs = [(there, nowhere), *((row, lost) for row in secret.rows)]
    for shown, absent in pairs:
        asked = [*by_id([shown], [])], [*by_id([absent], [])]
        found = [await responses(open_desk.api, company.tokens[who], documents) for documents in asked]
        assert [masked(one, shown) for one in found[0]] == [masked(one, absent) for one in found[1]]
        assert found[0][0] == '{"data":{"node":null}}'
    numbers = [await responses(open_desk.api, company.tokens[who], [*by_id([], [n])]) for n in (secret.number, 999_999)]
    assert numbers[0] == numbers[1]
    before = await company.snapshot()
    for intervention in secret.interventions:
        tried = [*actions_on(company, there, intervention)], [*actions_on(company, nowhere, lost)]
        done = [await responses(open_desk.api, company.tokens[who], documents) for documents in tried]
        assert [masked(one, there, intervention) for one in done[0]] == [masked(one, nowhere, lost) for one in done[1]]
    assert await company.snapshot() == before


@pytest.mark.parametrize("who", BLIND)
async def test_no_canary_sings(open_desk: Desk, who: str) -> None:
    company, secret = open_desk.company, await write_secret(open_desk)
    there = company.id(secret.number)
    if who == "requester":  # who meets a person reads a name, and nothing more
        async with as_superuser(company.database).transaction() as session:
            await session.execute(
                text("UPDATE person SET email = lower(:c) || id || '@x', phone = :c WHERE id <> :me"),
                {"c": CANARY, "me": company.keys[who]},
            )
            await session.execute(
                text("UPDATE person SET name = :c WHERE id = :i"), {"c": CANARY, "i": company.keys["colleague"]}
            )
    documents = everything(
        company, [there, *secret.rows, *(company.ids[name] for name in company.tokens)], [secret.number, 1, 2, 0, -1]
    )
    for answer in await responses(
        open_desk.api, company.tokens[who], [*documents, *actions_on(company, there, secret.rows[0])]
    ):
        assert CANARY.lower() not in answer.lower()
        assert there not in answer
    loud = await responses(open_desk.api, company.tokens["manager"], everything(company, [there], [secret.number]))
    assert sum(CANARY in answer for answer in loud) > 10, "the canary is alive"


@pytest.mark.parametrize("who", BLIND)
async def test_a_foreign_ticket_changes_no_byte(open_desk: Desk, who: str) -> None:
    company, token = open_desk.company, open_desk.company.tokens[who]
    known = [company.id(1), company.id(2), company.id(3), *(company.ids[name] for name in company.tokens)]
    documents = everything(company, known, [1, 2, 3])
    before = await responses(open_desk.api, token, documents)
    secret = await write_secret(open_desk)
    assert secret.number == 3
    assert await responses(open_desk.api, token, documents) == before
    seer = await open_desk.numbers("operator")
    assert 3 in seer


@pytest.mark.parametrize("who", BLIND)
async def test_somebody_elses_cursor_shows_only_ones_own(open_desk: Desk, who: str) -> None:
    secret = await write_secret(open_desk)
    document = (
        f"query ($after: String, $before: String) {{ tickets(after: $after, before: $before) {{ {CONNECTION} }} }}"
    )
    foreign = (await open_desk.reads("manager", "{ tickets { edges { cursor node { number } } } }"))["tickets"]["edges"]
    assert secret.number in [edge["node"]["number"] for edge in foreign]
    mine = set(await open_desk.numbers(who))
    for edge in foreign:
        for side in ("after", "before"):
            answer = await open_desk.api.ask(open_desk.token(who), document, {side: edge["cursor"]})
            found = answer.data["tickets"]
            assert {node["number"] for node in found["nodes"]} <= mine
            assert found["totalCount"] == len(mine)
            assert CANARY not in answer.text


@weaker_under_rls
async def test_a_rerouted_ticket_leaves_at_once(desk: Desk) -> None:
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


async def test_a_ticket_that_reports_still_count_is_not_shown(desk: Desk) -> None:
    """The flow of a service counts what left it; lists, history and search do not show it, whichever wall stands."""
    number = await desk.company.ticket(title="Panne du convoyeur")
    [row, *_] = [row["id"] for row in await desk.history("developer", number, "id")]
    await desk.answer("developer", Action.REROUTE, number)
    assert await desk.ticket("developer", number, TICKET) is None
    assert await desk.reads("developer", f"query ($id: ID!) {{ node(id: $id) {{ {NODE} }} }}", id=row) == {"node": None}
    for chosen in ("", '(filter: {search: "convoyeur"})'):
        seen = await desk.reads("developer", f"{{ tickets{chosen} {{ totalCount nodes {{ id }} }} }}")
        assert seen == {"tickets": {"totalCount": 0, "nodes": []}}


async def test_rights_are_read_anew_with_each_request(desk: Desk) -> None:
    number = await desk.company.ticket()
    move: Any = {"s": desk.company.keys["Réseau"], "i": desk.company.keys["developer"]}
    async with as_superuser(desk.company.database).transaction() as session:
        await session.execute(text("UPDATE person SET service_id = :s WHERE id = :i"), move)
    assert await desk.ticket("developer", number, TICKET) is None
    async with as_superuser(desk.company.database).transaction() as session:
        await session.execute(text("UPDATE person SET active = false WHERE id = :i"), {"i": move["i"]})
    gone = await desk.api.ask(desk.token("developer"), "{ viewer { id } }")
    assert (gone.status, gone.codes) == (401, ["UNAUTHENTICATED"])
