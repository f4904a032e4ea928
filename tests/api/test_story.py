"""The specification's story through the API: an authentication error goes from the developers to the network."""

from tests.client import Api
from tests.company import Company

CREATE = """
mutation ($input: TicketCreateInput!) {
  ticketCreate(input: $input) {
    ticket { id number status priority requester { name } service { name } } userErrors { code field }
  }
}"""
REROUTE = """
mutation ($id: ID!, $input: TicketRerouteInput!) {
  ticketReroute(id: $id, input: $input) {
    ticket { id }
    activity { kind comment ... on Rerouting { fromService { name } toService { name } } }
    userErrors { code field }
  }
}"""
CLOSE = """
mutation ($id: ID!, $input: TicketCloseInput!) {
  ticketClose(id: $id, input: $input) { ticket { status closedAt version } userErrors { code field } }
}"""
QUEUE = "{ openTickets { totalCount nodes { id title requester { name } application { name } service { name } } } }"
HISTORY = """
query ($id: ID!) {
  ticket(by: {id: $id}) {
    title status activities { totalCount nodes { kind comment author { name service { name } } } }
  }
}"""


async def test_the_story_from_the_developers_to_the_network(company: Company, api: Api) -> None:
    who = company.tokens
    created = await api.act(
        who["operator"],
        CREATE,
        input={
            "title": "Message d'erreur à l'authentification",
            "description": "Impossible d'entrer dans le portail.",
            "requesterId": company.ids["requester"],
            "applicationId": company.ids["Portail"],
            "serviceId": company.ids["Développement"],
            "severity": "MAJOR",
            "criticality": "BLOCKING",
        },
    )
    ticket = created["ticket"]
    assert ticket == {
        "id": ticket["id"],
        "number": 1,
        "status": "OPEN",
        "priority": "URGENT",
        "requester": {"name": "Requester"},
        "service": {"name": "Développement"},
    }
    page = (await api.read(who["developer"], QUEUE))["openTickets"]
    assert (page["totalCount"], page["nodes"][0]["id"]) == (1, ticket["id"])
    assert (await api.read(who["network"], QUEUE))["openTickets"] == {"totalCount": 0, "nodes": []}

    why = "Les journaux montrent une perte de connexion à la base ; la route vers le serveur a disparu."
    rerouted = await api.act(
        who["developer"], REROUTE, id=ticket["id"], input={"serviceId": company.ids["Réseau"], "comment": why}
    )
    assert rerouted["ticket"] is None
    assert rerouted["activity"] == {
        "kind": "REROUTING",
        "comment": why,
        "fromService": {"name": "Développement"},
        "toService": {"name": "Réseau"},
    }
    assert (await api.read(who["developer"], HISTORY, id=ticket["id"]))["ticket"] is None

    history = (await api.read(who["network"], HISTORY, id=ticket["id"]))["ticket"]["activities"]
    assert history["totalCount"] == 2
    assert history["nodes"][1] == {
        "kind": "REROUTING",
        "comment": why,
        "author": {"name": "Developer", "service": {"name": "Développement"}},
    }
    closed = await api.act(who["network"], CLOSE, id=ticket["id"], input={"comment": "Route rétablie."})
    assert (closed["ticket"]["status"], closed["ticket"]["version"]) == ("CLOSED", 3)
    assert (await api.read(who["network"], QUEUE))["openTickets"]["totalCount"] == 0
