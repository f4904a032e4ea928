"""The specification's example is in the demo company: an authentication error caused by the network."""

from typing import Any

from tests.client import Api
from tests.demo.test_visibility import SIGN_IN

CLOSED_TICKETS = """{
  closedTickets(first: 20) { nodes {
    title requester { name } application { name } service { name } closedAt
    activities(first: 50) { nodes {
      __typename kind comment author { name service { name } }
      ... on Rerouting { fromService { name } toService { name } }
    } }
  } }
}"""
ACTIVITY_KINDS = [
    "OPENED", "ASSIGNMENT", "COMMENT", "INTERVENTION", "COMMENT", "REROUTING",
    "ASSIGNMENT", "PRIORITY_CHANGE", "INTERVENTION", "COMMENT", "STATUS_CHANGE",
]  # fmt: skip


async def read_story_ticket(api: Api, email: str) -> Any:
    """Return the story's ticket as this account reads it, None if it is not visible."""
    sign_in = await api.ask(None, SIGN_IN, {"input": {"email": email, "password": "osit-demo"}})
    data = await api.read(sign_in.data["signIn"]["token"], CLOSED_TICKETS)
    candidates = [
        node for node in data["closedTickets"]["nodes"] if node["title"].startswith("Message d’erreur à l’auth")
    ]
    return next((node for node in candidates if node["requester"]["name"] == "Claire Fontaine"), None)


async def test_the_network_technician_reads_the_developers_findings(demo_api: Api) -> None:
    ticket = await read_story_ticket(demo_api, "network@demo.example")
    history = ticket["activities"]["nodes"]
    assert [row["kind"] for row in history] == ACTIVITY_KINDS
    assert ticket["application"]["name"] == "Portail RH"
    assert "Journaux du serveur" in history[2]["comment"]
    assert "connexion à la base de données" in history[3]["comment"]
    assert (history[5]["fromService"]["name"], history[5]["toService"]["name"]) == ("Développement RH", "Réseau")
    assert "configuration réseau" in history[5]["comment"]
    assert "38 % de paquets perdus" in history[5]["comment"]
    assert [history[index]["author"]["name"] for index in (5, -1)] == ["Thomas Girard", "Sophie Lemaire"]


async def test_the_developer_no_longer_sees_the_ticket(demo_api: Api) -> None:
    assert await read_story_ticket(demo_api, "developer@demo.example") is None


async def test_the_caller_reads_all_except_the_internal_comment(demo_api: Api) -> None:
    ticket = await read_story_ticket(demo_api, "requester@demo.example")
    assert [row["kind"] for row in ticket["activities"]["nodes"]] == [*ACTIVITY_KINDS[:4], *ACTIVITY_KINDS[5:]]
