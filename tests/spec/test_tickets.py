"""« Les tickets »."""

from typing import Any

import pytest

from osit_graphql.domain.enums import Action
from tests.desk import Desk

SEVERITIES = ("MAJOR", "MODERATE", "MINOR")
CRITICALITIES = ("BLOCKING", "NON_BLOCKING", "EVOLUTION")
PROPOSED = {
    "MAJOR": ("URGENT", "HIGH", "NORMAL"),
    "MODERATE": ("HIGH", "NORMAL", "LOW"),
    "MINOR": ("NORMAL", "LOW", "LOW"),
}
WORDS = {
    "Severity": {"MAJOR": "grave", "MODERATE": "gênant", "MINOR": "anodin"},
    "Criticality": {"BLOCKING": "bloquant", "NON_BLOCKING": "non bloquant", "EVOLUTION": "évolution"},
}


@pytest.mark.parametrize(("box", "kind"), [("requesterId", "user"), ("applicationId", "app"), ("serviceId", "svc")])
async def test_a_ticket_has_a_requester_an_application_and_a_service(desk: Desk, box: str, kind: str) -> None:
    """Un ticket est initié par un utilisateur (employé de l'entreprise), concerne une application, et est affecté à
    un service.
    """
    assert (await desk.answer("operator", Action.CREATE, **{box: None})).codes == ["BAD_USER_INPUT"]
    nobody = (await desk.answer("operator", Action.CREATE, **{box: desk.company.id(1)})).codes
    assert nobody == ["BAD_USER_INPUT"], "an ID of another type"
    created = await desk.does("operator", Action.CREATE)
    fields = "requester { name } application { name } service { name }"
    assert await desk.ticket("operator", created["ticket"]["number"], fields) == {
        "requester": {"name": "Requester"},
        "application": {"name": "Portail"},
        "service": {"name": "Développement"},
    }


async def test_severity_and_criticality_propose_a_priority(desk: Desk) -> None:
    """L'opérateur est également chargé de déterminer la gravité (grave / gênant / anodin) ainsi que la criticité
    (bloquant / non bloquant / évolution) de l'incident ou de la panne, afin de permettre au service concerné d'en
    déterminer le niveau de priorité avec précision.
    """
    for severity in SEVERITIES:
        for criticality, proposed in zip(CRITICALITIES, PROPOSED[severity], strict=True):
            created = await desk.does("operator", Action.CREATE, severity=severity, criticality=criticality)
            read = await desk.ticket("developer", created["ticket"]["number"], "severity criticality priority")
            assert read == {"severity": severity, "criticality": criticality, "priority": proposed}
    for box in ("severity", "criticality"):
        assert (await desk.answer("operator", Action.CREATE, **{box: None})).codes == ["BAD_USER_INPUT"]
        assert (await desk.answer("operator", Action.CREATE, **{box: "NONE"})).codes == ["BAD_USER_INPUT"]
    assert await desk.is_refused("operator", Action.PRIORITIZE, 1) == [("ticketPrioritize", "FORBIDDEN")]
    await desk.does("developer", Action.PRIORITIZE, 1, priority="LOW")
    assert (await desk.ticket("developer", 1, "priority"))["priority"] == "LOW"
    document = "query ($name: String!) { __type(name: $name) { enumValues { name description } } }"
    for name, words in WORDS.items():
        values = (await desk.reads("operator", document, name=name))["__type"]["enumValues"]
        assert {value["name"] for value in values} == set(words)
        assert all(f"« {words[value['name']]} »" in value["description"] for value in values)


async def test_comments_are_added_by_technicians(desk: Desk) -> None:
    """Le ticket est ensuite mis à jour par adjonction de commentaires, par les différents techniciens travaillant à
    sa résolution.
    """
    number = await desk.company.ticket()
    await desk.does("developer", Action.COMMENT, number, comment="  Journal relu.\n")
    await desk.does("peer", Action.COMMENT, number, comment="Reproduit chez moi.")
    assert (await desk.history("requester", number, "kind comment author { name }"))[1:] == [
        {"kind": "COMMENT", "comment": "Journal relu.", "author": {"name": "Developer"}},
        {"kind": "COMMENT", "comment": "Reproduit chez moi.", "author": {"name": "Peer"}},
    ]
    refusals: dict[Any, Any] = {" ": "REQUIRED", "\u200b": "REQUIRED", "x" * 10_001: "TOO_LONG", "a\0b": "INVALID"}
    for comment, code in refusals.items():
        errors = await desk.is_refused("developer", Action.COMMENT, number, comment=comment)
        assert errors == [("input.comment", code)]
    assert await desk.is_refused("network", Action.COMMENT, number) == [("id", "NOT_FOUND")]
    for who in ("requester", "manager", "admin"):
        assert await desk.is_refused(who, Action.COMMENT, number) == [("ticketComment", "FORBIDDEN")]


async def test_a_ticket_is_rerouted(desk: Desk) -> None:
    """En cas d'erreur lors du routage initial, un technicien peut re-router le ticket vers un autre service."""
    number = await desk.company.ticket()
    here, absent = desk.company.ids["Développement"], desk.company.ids["Réseau"][:5] + "0" * 16
    assert await desk.is_refused("developer", Action.REROUTE, number, serviceId=here) == [
        ("input.serviceId", "UNCHANGED")
    ]
    assert (await desk.answer("developer", Action.REROUTE, number, serviceId=absent)).codes == ["BAD_USER_INPUT"]
    await desk.does("developer", Action.ASSIGN, number)
    rerouted = await desk.does("developer", Action.REROUTE, number)
    assert rerouted["ticket"] is None, "it is no longer visible to the technician"
    assert rerouted["activity"]["kind"] == "REROUTING"
    fields = "service { name } assignee { name } rerouteCount status"
    assert await desk.ticket("network", number, fields) == {
        "service": {"name": "Réseau"},
        "assignee": None,
        "rerouteCount": 1,
        "status": "OPEN",
    }
    assert await desk.ticket("developer", number, "number") is None


async def test_a_rerouting_needs_a_comment(desk: Desk) -> None:
    """Cette action implique la saisie obligatoire d'un commentaire d'observation, destiné à transmettre les
    éléments ayant motivé la redirection du ticket.
    """
    number = await desk.company.ticket()
    missing = await desk.answer("developer", Action.REROUTE, number, comment=None)
    assert missing.codes == ["BAD_USER_INPUT"]
    for blank in ("", "  ", "\n\t\n", "\u2060"):
        errors = await desk.is_refused("developer", Action.REROUTE, number, comment=blank)
        assert errors == [("input.comment", "REQUIRED")]
    why = "Perte de paquets vers le serveur de base de données, traces jointes."
    await desk.does("developer", Action.REROUTE, number, comment=why)
    row = "kind comment ... on Rerouting { fromService { name } toService { name } }"
    assert (await desk.history("network", number, row))[-1] == {
        "kind": "REROUTING",
        "comment": why,
        "fromService": {"name": "Développement"},
        "toService": {"name": "Réseau"},
    }
