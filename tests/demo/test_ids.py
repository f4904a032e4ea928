"""IDs of the demo company: clients such as Relay store objects by ID, so no two types share one."""

from collections.abc import Iterator
from typing import Any

import pytest

from osit_graphql.api.global_ids import Kind, encode
from tests.client import Api
from tests.demo.test_visibility import SIGN_IN, VISIBLE_TICKETS

PEOPLE = "requester { __typename id } operator { __typename id } assignee { __typename id service { __typename id } }"
TICKET = f"""__typename id {PEOPLE} application {{ __typename id defaultService {{ __typename id }} }}
  service {{ __typename id }} site {{ __typename id }} suspectedCause {{ __typename id }}
  activities(first: 20) {{ nodes {{ __typename id author {{ __typename id }} }} }}"""
EVERYTHING = f"""{{
  viewer {{ __typename id user {{ __typename id site {{ __typename id }} }} apiTokens {{ __typename id }} }}
  openTickets(first: 30) {{ nodes {{ {TICKET} }} }}
  evolutionRequests(first: 30) {{ nodes {{ {TICKET} }} }}
  applications {{ __typename id }} services {{ __typename id }} sites {{ __typename id }} causes {{ __typename id }}
  users(first: 100) {{ nodes {{ __typename id }} }}
  decisionMeetings(first: 10) {{ nodes {{ __typename id }} }}
  recurrences(period: {{from: "2026-01-01", to: "2026-06-30"}}) {{ __typename id }}
}}"""
VIEWER = "{ viewer { id user { id } } }"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"


async def sign_in(api: Api, email: str) -> str:
    """Return a token of a demo account."""
    answer = await api.ask(None, SIGN_IN, {"input": {"email": email, "password": "osit-demo"}})
    return str(answer.data["signIn"]["token"])


def objects(value: Any) -> Iterator[tuple[str, str]]:
    """Yield the ID and the type of every object in a response."""
    if isinstance(value, dict):
        if "id" in value:
            yield value["id"], value["__typename"]
        for inner in value.values():
            yield from objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from objects(inner)


async def test_line_25_no_two_types_share_an_id(demo_api: Api) -> None:
    types: dict[str, set[str]] = {}
    for email in VISIBLE_TICKETS:
        answer = await demo_api.ask(await sign_in(demo_api, email), EVERYTHING)
        assert set(answer.codes) <= {"FORBIDDEN"}  # meetings and reports
        for id_, type_ in objects(answer.data):
            types.setdefault(id_, set()).add(type_)
    assert [(id_, names) for id_, names in types.items() if len(names) > 1] == []
    seen = {name for names in types.values() for name in names}
    assert seen >= {"Viewer", "User", "Ticket", "Service", "Application", "Site", "Cause", "DecisionMeeting"}
    assert seen >= {"Recurrence", "TicketOpened", "Intervention"}


@pytest.mark.parametrize("email", VISIBLE_TICKETS)
async def test_line_25_a_viewer_is_no_node_and_its_user_is(demo_api: Api, email: str) -> None:
    token = await sign_in(demo_api, email)
    viewer = (await demo_api.read(token, VIEWER))["viewer"]
    assert viewer["id"] != viewer["user"]["id"]
    nodes = (await demo_api.read(token, NODES, ids=[viewer["id"], viewer["user"]["id"]]))["nodes"]
    assert nodes == [None, {"__typename": "User", "id": viewer["user"]["id"]}]


async def test_line_25_the_id_of_another_viewer_is_null_too(demo_api: Api) -> None:
    token = await sign_in(demo_api, "admin@demo.example")
    ids = [encode(Kind.VIEWER, row_id) for row_id in (1, 2, 4711)]
    assert (await demo_api.read(token, NODES, ids=ids))["nodes"] == [None] * 3
    answer = await demo_api.ask(token, "query ($id: ID!) { ticket(by: {id: $id}) { id } }", {"id": ids[0]})
    assert answer.codes == ["BAD_USER_INPUT"]
