"""The specification's example is in the demo company: an authentication error that was the network's."""

from typing import Any

from tests.client import Api
from tests.demo.test_sight import SIGN_IN

STORY = """{
  closedTickets(first: 20) { nodes {
    title requester { name } application { name } service { name } closedAt
    activities(first: 50) { nodes {
      __typename kind comment author { name service { name } }
      ... on Rerouting { fromService { name } toService { name } }
    } }
  } }
}"""
CHAIN = [
    "OPENED", "ASSIGNMENT", "COMMENT", "INTERVENTION", "COMMENT", "REROUTING",
    "ASSIGNMENT", "PRIORITY_CHANGE", "INTERVENTION", "COMMENT", "STATUS_CHANGE",
]  # fmt: skip


async def tell(api: Api, email: str) -> Any:
    """Return the story's ticket as somebody reads it, None when they don't see it."""
    signed = await api.ask(None, SIGN_IN, {"input": {"email": email, "password": "osit-demo"}})
    data = await api.read(signed.data["signIn"]["token"], STORY)
    told = [node for node in data["closedTickets"]["nodes"] if node["title"].startswith("Message d’erreur à l’auth")]
    return next((node for node in told if node["requester"]["name"] == "Claire Fontaine"), None)


async def test_the_network_technician_reads_everything_the_developer_found(served: Api) -> None:
    ticket = await tell(served, "network@demo.example")
    history = ticket["activities"]["nodes"]
    assert [row["kind"] for row in history] == CHAIN
    assert ticket["application"]["name"] == "Portail RH"
    assert "Journaux du serveur" in history[2]["comment"]
    assert "connexion à la base de données" in history[3]["comment"]
    assert (history[5]["fromService"]["name"], history[5]["toService"]["name"]) == ("Développement RH", "Réseau")
    assert "configuration réseau" in history[5]["comment"]
    assert "38 % de paquets perdus" in history[5]["comment"]
    assert [history[place]["author"]["name"] for place in (5, -1)] == ["Thomas Girard", "Sophie Lemaire"]


async def test_the_developer_no_longer_sees_it(served: Api) -> None:
    assert await tell(served, "developer@demo.example") is None


async def test_the_caller_reads_all_but_the_internal_comment(served: Api) -> None:
    ticket = await tell(served, "requester@demo.example")
    assert [row["kind"] for row in ticket["activities"]["nodes"]] == [*CHAIN[:4], *CHAIN[5:]]
