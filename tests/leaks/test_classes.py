"""Leak classes known from other help desks, one test each; a docstring names the incident.

docs/security.md lists the test of each class.
"""

import asyncio
import json
from itertools import pairwise

import pytest
from structlog.testing import capture_logs

from osit_graphql.api import global_ids
from osit_graphql.api.global_ids import Kind
from osit_graphql.domain.enums import Action
from tests.desk import Desk
from tests.leaks.canaries import traces
from tests.leaks.knowledge import read_state
from tests.leaks.stage import Stage
from tests.protection import PROTECTION, RLS

LISTS = ("openTickets", "evolutionRequests", "closedTickets")
MINE = """{ tickets(first: 20) { totalCount edges { cursor } nodes { id title cost { amount } allowedActions
  requester { name email requestedTickets { totalCount } } service { hourlyRate { amount } }
  activities { totalCount nodes { id comment author { name email } ticket { title } } } } } }"""


async def numbers(stage: Stage, who: str, name: str) -> list[int]:
    """Return the ticket numbers in a list of a person."""
    data = await stage.api.read(stage.company.tokens[who], f"{{ {name}(first: 100) {{ nodes {{ number }} }} }}")
    return [node["number"] for node in data[name]["nodes"]]


async def test_lists_contain_exactly_the_tickets_that_open(stage: Stage) -> None:
    """GLPI #4742: a list contained tickets that could not be opened."""
    state = await read_state(stage.admin)
    every = {global_ids.encode(Kind.TICKET, ticket.id): ticket.id for ticket in state.tickets}
    for who in stage.people:
        data = await stage.api.read(
            stage.company.tokens[who], "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=list(every)
        )
        opened = sorted(every[node["id"]] for node in data["nodes"] if node)
        assert sorted(await numbers(stage, who, "tickets")) == opened
        parts = [number for name in LISTS for number in await numbers(stage, who, name)]
        assert sorted(parts) == opened, "the three lists together are the visible set"
        assert opened == sorted(state.seen(state.person(stage.company.keys[who])))


async def test_only_managers_read_minutes(stage: Stage) -> None:
    """GLPI CVE-2023-23610, CVE-2026-32312, OTRS CVE-2021-21435: exports and PDFs had no permission checks."""
    state = await read_state(stage.admin)
    ids = [global_ids.encode(Kind.MEETING, meeting.id) for meeting in state.meetings]
    document = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on DecisionMeeting { record } } }"
    for who in stage.people:
        data = await stage.api.read(stage.company.tokens[who], document, ids=ids)
        records = [node["record"] for node in data["nodes"] if node]
        manages = "MANAGER" in state.person(stage.company.keys[who]).roles
        assert [record is not None for record in records] == [manages] * len(records)
        assert len(records) == len(ids) or not manages


async def test_every_way_to_send_a_request_gets_the_same_response(stage: Stage) -> None:
    """GLPI CVE-2026-53627, GitLab CVE-2025-14592, Znuny CVE-2025-26846: a second endpoint had weaker checks."""
    for who in ("requester", "everyman", "network", "manager", "keeper"):
        headers = {"Authorization": f"Bearer {stage.company.tokens[who]}"}
        posted = await stage.api.http.post("/graphql", json={"query": MINE}, headers=headers)
        fetched = await stage.api.http.get("/graphql", params={"query": MINE}, headers=headers)
        newer = headers | {"Accept": "application/graphql-response+json"}
        other = await stage.api.http.post("/graphql", json={"query": MINE}, headers=newer)
        assert posted.content == fetched.content == other.content


async def test_concurrent_viewers_get_their_own_responses(stage: Stage) -> None:
    """Dataloaders and caches must not mix viewers: concurrent responses equal the responses to single requests."""
    people = stage.people
    single = [await stage.api.ask(stage.company.tokens[who], MINE) for who in people]
    assert len({answer.text for answer in single}) > len(people) / 2
    state = await read_state(stage.admin)
    for who, answer in zip(people, single, strict=True):  # the single responses contain no hidden value
        values = traces(answer.text) & state.everything
        assert values <= state.known(stage.company.keys[who]), who
    room = asyncio.Semaphore(4)  # a response needs several of the pool's ten connections

    async def ask(who: str) -> str:
        async with room:
            return (await stage.api.ask(stage.company.tokens[who], MINE)).text

    concurrent = await asyncio.gather(*(ask(who) for who in people))
    assert concurrent == [answer.text for answer in single]


async def test_people_cannot_be_enumerated_by_id(stage: Stage) -> None:
    """GLPI CVE-2024-43416, GHSA-98qw: consecutive IDs gave the complete directory."""
    ids = [global_ids.encode(Kind.USER, key) for key in range(1, 40)]
    document = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    data = await stage.api.read(stage.company.tokens["stranger"], document, ids=ids)
    known = (await read_state(stage.admin)).known(stage.company.keys["stranger"])
    assert {node["id"] for node in data["nodes"] if node} == known & set(ids)
    assert PROTECTION == RLS or known & set(ids) == {stage.company.ids["stranger"]}
    for search in ("", "cq", "example.com"):
        answer = await stage.api.ask(
            stage.company.tokens["stranger"], "query ($s: String) { users(search: $s) { nodes { id } } }", {"s": search}
        )
        assert (answer.codes, answer.data) == (["FORBIDDEN"], {"users": None})


def test_ids_are_not_consecutive() -> None:
    """Zammad CVE-2024-33668: IDs were consecutive. Here, the IDs of consecutive rows are far apart."""
    for kind in Kind:
        shown = [int(global_ids.encode(kind, key).partition("_")[2], 16) for key in range(1, 200)]
        assert min(abs(after - before) for before, after in pairwise(shown)) > 2**40
    assert len({global_ids.encode(kind, 7).partition("_")[2] for kind in Kind}) == len(Kind)


async def test_deactivated_people_cannot_sign_in_or_be_chosen(stage: Stage) -> None:
    """A deactivated person keeps their name in history, but cannot sign in or become a requester."""
    answer = await stage.api.ask(stage.company.tokens["gone"], "{ viewer { id } }")
    assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])
    desk = Desk(stage.company, stage.api)
    refused = await desk.is_refused("operator", Action.CREATE, requesterId=stage.company.ids["gone"])
    assert refused == [("input.requesterId", "INACTIVE")]


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
async def test_the_log_contains_no_texts_of_tickets(stage: Stage) -> None:
    """No log line contains searched, written, returned or refused texts."""
    token, [number, *_] = stage.company.tokens["whole"], stage.numbers
    with capture_logs() as lines:
        await stage.api.ask(
            token, "query ($s: String) { tickets(filter: {search: $s}) { totalCount } }", {"s": "cq00001x"}
        )
        await stage.api.ask(token, MINE)
        await stage.api.ask(token, 'mutation { signIn(input: {email: "cq00002x", password: "cq00003x"}) { token } }')
        await stage.api.ask(token, '{ node(id: "cq00004x") { id } }')
        await Desk(stage.company, stage.api).answer("fitter", Action.COMMENT, number, comment="cq00005x")
    assert len(lines) >= 5
    assert traces(json.dumps(lines, default=repr)) == set()
