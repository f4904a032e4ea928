"""« Cycle de vie d'un ticket »."""

from typing import Any

import pytest

from osit_graphql.domain.enums import Action, Criticality
from tests.desk import Desk

MOVE = "kind comment ... on StatusChange { fromStatus toStatus decision }"
LISTS = ("openTickets", "evolutionRequests", "closedTickets")


def moved(comment: str, before: str, after: str, decision: str | None = None) -> dict[str, Any]:
    """Return a STATUS_CHANGE row as it is read."""
    kind = {"kind": "STATUS_CHANGE", "comment": comment}
    return {**kind, "fromStatus": before, "toStatus": after, "decision": decision}


async def lists(desk: Desk, who: str) -> list[list[int]]:
    """Return the numbers in the three lists."""
    return [await desk.numbers(who, name) for name in LISTS]


async def test_a_ticket_has_a_status(desk: Desk) -> None:
    """Un ticket se caractérise également par son statut."""
    number = await desk.company.ticket()
    for who in ("requester", "operator", "developer", "manager"):
        assert await desk.ticket(who, number, "status") == {"status": "OPEN"}
        assert await desk.numbers(who, filter={"statuses": ["CLOSED", "PENDING_DECISION"]}) == []


async def test_there_are_three_statuses(desk: Desk) -> None:
    """Il peut être ouvert, fermé ou en attente de décision."""
    document = '{ __type(name: "TicketStatus") { enumValues { name description } } }'
    values = (await desk.reads("requester", document))["__type"]["enumValues"]
    words = {"OPEN": "« ouvert »", "CLOSED": "« fermé »", "PENDING_DECISION": "« en attente de décision »"}
    assert {value["name"] for value in values} == set(words)
    assert all(words[value["name"]] in value["description"] for value in values)
    assert (await desk.answer("operator", Action.CREATE, status="CLOSED")).codes == ["BAD_USER_INPUT"]


async def test_an_evolution_waits_for_its_decision(desk: Desk) -> None:
    """Un ticket est placé en attente de décision lorsqu'il fait état d'une demande d'évolution d'une application,
    et apparaît dans une liste à part intitulée « demandes d'évolution ».
    """
    incident = (await desk.does("operator", Action.CREATE))["ticket"]
    evolution = (await desk.does("operator", Action.CREATE, criticality="EVOLUTION"))["ticket"]
    assert (incident["status"], evolution["status"]) == ("OPEN", "PENDING_DECISION")
    for who in ("requester", "operator", "developer", "manager"):
        assert await lists(desk, who) == [[1], [2], []]
    becomes = await desk.does("developer", Action.QUALIFY, 1, criticality="EVOLUTION", comment="C'est un souhait.")
    assert (becomes["ticket"]["status"], len(becomes["activities"])) == ("PENDING_DECISION", 2)
    assert await lists(desk, "developer") == [[], [1, 2], []]
    ceases = await desk.does("operator", Action.QUALIFY, 1, criticality="BLOCKING", comment="Non : une panne.")
    assert ceases["ticket"]["status"] == "OPEN"
    assert await lists(desk, "operator") == [[1], [2], []]
    assert (await desk.history("operator", 1, MOVE))[2::2] == [
        moved("C'est un souhait.", "OPEN", "PENDING_DECISION"),
        moved("Non : une panne.", "PENDING_DECISION", "OPEN"),
    ]


@pytest.mark.parametrize(
    ("decision", "status"), [("APPROVED", "OPEN"), ("REJECTED", "CLOSED"), ("POSTPONED", "PENDING_DECISION")]
)
async def test_evolutions_are_decided(desk: Desk, decision: str, status: str) -> None:
    """Ces demandes sont ensuite examinées en réunion.

    Meetings themselves come with issue 3. The decision on a request is already recorded.
    """
    number = await desk.company.ticket(criticality=Criticality.EVOLUTION)
    for who in ("operator", "developer", "requester", "admin"):
        assert await desk.is_refused(who, Action.DECIDE, number) == [("ticketDecide", "FORBIDDEN")]
    assert await desk.is_refused("manager", Action.DECIDE, number, comment=" ") == [("input.comment", "REQUIRED")]
    decided = await desk.does("manager", Action.DECIDE, number, decision=decision, comment="Vu en réunion.")
    assert decided["ticket"]["status"] == status
    assert (await desk.history("requester", number, MOVE))[-1] == moved(
        "Vu en réunion.", "PENDING_DECISION", status, decision
    )
    incident = await desk.company.ticket()
    assert await desk.is_refused("manager", Action.DECIDE, incident) == [("id", "NOT_ALLOWED_IN_STATUS")]


@pytest.mark.parametrize("blank", ["", "   ", "\r\n\t", "\u200b\u2060", "\u3000", "\u3164\u2800\u115f\u1160\uffa0"])
async def test_every_change_of_status_needs_a_comment(desk: Desk, blank: str) -> None:
    """Tout changement de statut d'un ticket implique la saisie obligatoire d'un commentaire d'observation."""
    incident = await desk.company.ticket()
    evolution = await desk.company.ticket(criticality=Criticality.EVOLUTION)
    closed = await desk.company.ticket()
    await desk.does("developer", Action.CLOSE, closed)
    changes: list[tuple[str, Action, int, dict[str, Any]]] = [
        ("developer", Action.CLOSE, incident, {}),
        ("developer", Action.CLOSE, evolution, {}),
        ("developer", Action.REOPEN, closed, {}),
        ("developer", Action.QUALIFY, incident, {"criticality": "EVOLUTION"}),
        ("operator", Action.QUALIFY, evolution, {"criticality": "BLOCKING"}),
        ("manager", Action.DECIDE, evolution, {"decision": "APPROVED"}),
        ("manager", Action.DECIDE, evolution, {"decision": "REJECTED"}),
        ("manager", Action.DECIDE, evolution, {"decision": "POSTPONED"}),
    ]
    for who, action, number, more in changes:
        assert await desk.is_refused(who, action, number, comment=blank, **more) == [("input.comment", "REQUIRED")]
        assert (await desk.answer(who, action, number, comment=None, **more)).codes == ["BAD_USER_INPUT"]
    await desk.does("developer", Action.CLOSE, incident, comment=" Câble rebranché. ")
    assert (await desk.history("requester", incident, MOVE))[-1] == moved("Câble rebranché.", "OPEN", "CLOSED")


async def test_a_closed_ticket_is_reopened(desk: Desk) -> None:
    """Un ticket clôturé peut être ré-ouvert par un technicien."""
    number = await desk.company.ticket()
    assert await desk.is_refused("developer", Action.REOPEN, number) == [("id", "NOT_ALLOWED_IN_STATUS")]
    await desk.does("developer", Action.CLOSE, number)
    for who in ("operator", "requester", "manager", "admin"):
        assert await desk.is_refused(who, Action.REOPEN, number) == [("ticketReopen", "FORBIDDEN")]
    assert await desk.is_refused("network", Action.REOPEN, number) == [("id", "NOT_FOUND")]
    reopened = await desk.does("peer", Action.REOPEN, number, comment="Le défaut est revenu.")
    assert reopened["ticket"]["status"] == "OPEN"
    assert await desk.ticket("peer", number, "closedAt reopenCount") == {"closedAt": None, "reopenCount": 1}
    assert (await desk.history("requester", number, MOVE))[-1] == moved("Le défaut est revenu.", "CLOSED", "OPEN")


async def test_closed_tickets_have_their_list(desk: Desk) -> None:
    """Les tickets clôturés n'apparaissent pas dans la liste des tickets en cours, mais peuvent être consultés dans
    une liste dédiée intitulée « tickets clôturés ».
    """
    first, second, third = [await desk.company.ticket() for _ in range(3)]
    for number in (second, first):
        await desk.does("developer", Action.CLOSE, number)
    for who in ("requester", "operator", "developer", "manager"):
        assert await lists(desk, who) == [[third], [], [first, second]]
        assert (await desk.ticket(who, first, "title"))["title"] == "Écran noir"
    for who in ("colleague", "network", "admin"):
        assert await lists(desk, who) == [[], [], []]
    document = '{ __type(name: "Query") { fields { name description } } }'
    descriptions = {
        field["name"]: field["description"] for field in (await desk.reads("admin", document))["__type"]["fields"]
    }
    assert "« tickets en cours »" in descriptions["openTickets"]
    assert "« demandes d'évolution »" in descriptions["evolutionRequests"]
    assert "« tickets clôturés »" in descriptions["closedTickets"]
