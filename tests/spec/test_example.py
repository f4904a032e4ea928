"""The specification's example: an authentication error goes from the developers to the network, step by step."""

import pytest

from osit_graphql.domain.enums import Action
from tests.desk import Desk

TITLE = "Message d'erreur à l'authentification"
LOGS = "Les journaux du serveur montrent un défaut de connexion à la base de données."
TESTS = "La base répond depuis son serveur ; depuis le nôtre, la route a disparu : c'est la configuration réseau."
WHY = f"{LOGS} {TESTS}"


async def call(desk: Desk) -> int:
    """Play the call."""
    created = await desk.does("operator", Action.CREATE, title=TITLE, severity="MAJOR", criticality="BLOCKING")
    return int(created["ticket"]["number"])


async def test_the_call(desk: Desk) -> None:
    """Par exemple, un utilisateur appelle le standard suite à l'apparition d'un message d'erreur lors de
    l'authentification.
    """
    number = await call(desk)
    ticket = await desk.ticket("requester", number, "title status priority")
    assert ticket == {"title": TITLE, "status": "OPEN", "priority": "URGENT"}
    assert await desk.ticket("colleague", number, "title") is None


async def test_to_the_developers(desk: Desk) -> None:
    """L'opérateur affecte le ticket aux développeurs de l'application."""
    number = await call(desk)
    assert await desk.numbers("developer", "openTickets") == [number]
    assert await desk.numbers("network", "openTickets") == []


async def test_the_logs(desk: Desk) -> None:
    """Après avoir consulté les logs du serveur, le développeur intervenant sur le ticket réalise qu'il s'agit d'un
    défaut de connexion à la base de données.
    """
    number = await call(desk)
    await desk.does("developer", Action.ASSIGN, number, assigneeId=desk.company.ids["developer"])
    await desk.does("developer", Action.COMMENT, number, comment=LOGS, internal=True)
    assert (await desk.history("peer", number))[-1] == {"kind": "COMMENT", "comment": LOGS}
    assert [row["kind"] for row in await desk.history("requester", number)] == ["OPENED", "ASSIGNMENT"]


async def test_the_tests(desk: Desk) -> None:
    """Une série d'autres tests lui permet de déterminer que l'origine du problème se situe au niveau de la
    configuration réseau.
    """
    number = await call(desk)
    cause = desk.company.ids["Configuration"]
    await desk.does("developer", Action.LOG_INTERVENTION, number, comment=TESTS, minutes=45, causeId=cause)
    row = "comment ... on Intervention { cause { name } minutes }"
    expected = {"comment": TESTS, "cause": {"name": "Configuration"}, "minutes": 45}
    assert (await desk.history("developer", number, row))[-1] == expected


@pytest.mark.parametrize("who", ["network", "twofold", "everyman"])
async def test_to_the_network(desk: Desk, who: str) -> None:
    """Il décide alors de re-router le ticket, en fournissant aux techniciens du service concerné l'ensemble des
    données qu'il a recueillies jusqu'alors, en commentaire de sa redirection.
    """
    number = await call(desk)
    await desk.does("developer", Action.COMMENT, number, comment=LOGS, internal=True)
    await desk.does("developer", Action.LOG_INTERVENTION, number, comment=TESTS)
    await desk.does("developer", Action.REROUTE, number, comment=WHY)
    assert await desk.history(who, number) == [
        {"kind": "OPENED", "comment": None},
        {"kind": "COMMENT", "comment": LOGS},
        {"kind": "INTERVENTION", "comment": TESTS},
        {"kind": "REROUTING", "comment": WHY},
    ]
    assert await desk.ticket("developer", number, "number") is None
    closed = await desk.does(who, Action.CLOSE, number, comment="Route rétablie.")
    assert closed["ticket"]["status"] == "CLOSED"
