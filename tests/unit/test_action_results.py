"""Where each action leads, and what it writes: typed by hand, played through the API."""

from typing import Any

import pytest

from osit_graphql.domain.enums import Action, Criticality
from tests.desk import Desk

Play = tuple[str, Action, dict[str, Any]]
CLOSE: Play = ("developer", Action.CLOSE, {})
REOPEN: Play = ("developer", Action.REOPEN, {})
APPROVE: Play = ("manager", Action.DECIDE, {"decision": "APPROVED"})
REJECT: Play = ("manager", Action.DECIDE, {"decision": "REJECTED"})
POSTPONE: Play = ("manager", Action.DECIDE, {"decision": "POSTPONED"})
TO_EVOLUTION: Play = ("operator", Action.QUALIFY, {"criticality": "EVOLUTION"})
TO_BLOCKING: Play = ("operator", Action.QUALIFY, {"criticality": "BLOCKING"})
TITLE: Play = ("developer", Action.QUALIFY, {"title": "Autre titre", "severity": "MAJOR"})

INCIDENT, EVOLUTION = Criticality.NON_BLOCKING, Criticality.EVOLUTION
# What it is at first, what is done to it, where it stands then, and the rows that the last action wrote.
OUTCOMES: list[tuple[Criticality, list[Play], str, str]] = [
    (INCIDENT, [], "OPEN", "OPENED"),
    (EVOLUTION, [], "PENDING_DECISION", "OPENED"),
    (INCIDENT, [CLOSE], "CLOSED", "STATUS_CHANGE"),
    (EVOLUTION, [CLOSE], "CLOSED", "STATUS_CHANGE"),
    (INCIDENT, [CLOSE, REOPEN], "OPEN", "STATUS_CHANGE"),
    (EVOLUTION, [CLOSE, REOPEN], "PENDING_DECISION", "STATUS_CHANGE"),
    (EVOLUTION, [REJECT], "CLOSED", "STATUS_CHANGE"),
    (EVOLUTION, [REJECT, REOPEN], "PENDING_DECISION", "STATUS_CHANGE"),
    (EVOLUTION, [POSTPONE], "PENDING_DECISION", "STATUS_CHANGE"),
    (EVOLUTION, [POSTPONE, POSTPONE, APPROVE], "OPEN", "STATUS_CHANGE"),
    (EVOLUTION, [APPROVE, CLOSE, REOPEN], "OPEN", "STATUS_CHANGE"),
    (INCIDENT, [TITLE], "OPEN", "QUALIFICATION"),
    (EVOLUTION, [TITLE], "PENDING_DECISION", "QUALIFICATION"),
    (INCIDENT, [TO_BLOCKING], "OPEN", "QUALIFICATION"),
    (INCIDENT, [TO_EVOLUTION], "PENDING_DECISION", "QUALIFICATION STATUS_CHANGE"),
    (EVOLUTION, [TO_BLOCKING], "OPEN", "QUALIFICATION STATUS_CHANGE"),
    (EVOLUTION, [APPROVE, TO_BLOCKING], "OPEN", "QUALIFICATION"),
    (EVOLUTION, [APPROVE, TO_BLOCKING, TO_EVOLUTION], "PENDING_DECISION", "QUALIFICATION STATUS_CHANGE"),
    (EVOLUTION, [TO_BLOCKING, CLOSE, REOPEN], "OPEN", "STATUS_CHANGE"),
    (INCIDENT, [("developer", Action.LOG_INTERVENTION, {})], "OPEN", "INTERVENTION"),
    (INCIDENT, [("developer", Action.ASSIGN, {})], "OPEN", "ASSIGNMENT"),
    (INCIDENT, [("developer", Action.PRIORITIZE, {})], "OPEN", "PRIORITY_CHANGE"),
    (EVOLUTION, [("developer", Action.REROUTE, {})], "PENDING_DECISION", "REROUTING"),
    (INCIDENT, [CLOSE, ("operator", Action.COMMENT, {})], "CLOSED", "COMMENT"),
]


@pytest.mark.parametrize(("criticality", "plays", "status", "rows"), OUTCOMES)
async def test_where_it_leads(desk: Desk, criticality: Criticality, plays: list[Play], status: str, rows: str) -> None:
    number = await desk.company.ticket(criticality=criticality)
    written = [["OPENED"]]
    for who, action, changes in plays:
        payload = await desk.does(who, action, number, **changes)
        written.append([row["kind"] for row in payload["activities"]])
        assert payload["activity"] == {**payload["activity"], **payload["activities"][0]}
    assert written[-1] == rows.split()
    found = await desk.ticket("manager", number, "status version closedAt openedAt updatedAt")
    assert (found["status"], found["version"]) == (status, len(plays) + 1)
    assert (found["closedAt"] is not None) == (status == "CLOSED")
    assert (found["updatedAt"] > found["openedAt"]) == bool(plays)
    history = await desk.history("manager", number, "kind")
    assert [row["kind"] for row in history] == [kind for kinds in written for kind in kinds]


async def test_counters_count(desk: Desk) -> None:
    number = await desk.company.ticket()
    for who, action, changes in (CLOSE, REOPEN, CLOSE, REOPEN):
        await desk.does(who, action, number, **changes)
    await desk.does("developer", Action.REROUTE, number)
    await desk.does("network", Action.REROUTE, number, serviceId=desk.company.ids["Développement"])
    expected = {"reopenCount": 2, "rerouteCount": 2, "version": 7}
    assert await desk.ticket("developer", number, "reopenCount rerouteCount version") == expected


async def test_a_settled_priority_stays(desk: Desk) -> None:
    number = await desk.company.ticket()
    await desk.does("operator", Action.QUALIFY, number, severity="MAJOR", criticality="BLOCKING")
    assert await desk.ticket("developer", number, "priority") == {"priority": "URGENT"}
    await desk.does("developer", Action.PRIORITIZE, number, priority="LOW")
    await desk.does("operator", Action.QUALIFY, number, severity="MINOR")
    assert await desk.ticket("developer", number, "priority") == {"priority": "LOW"}


async def test_the_value_it_already_has(desk: Desk) -> None:
    number = await desk.company.ticket()
    here = {"serviceId": desk.company.ids["Développement"]}
    same: list[tuple[Action, dict[str, Any], str]] = [
        (Action.REROUTE, here, "input.serviceId"),
        (Action.PRIORITIZE, {"priority": "NORMAL"}, "input.priority"),
        (Action.ASSIGN, {"assigneeId": None}, "input.assigneeId"),
        (Action.QUALIFY, {"title": " Écran noir "}, "input"),
    ]
    for action, changes, path in same:
        assert await desk.is_refused("developer", action, number, **changes) == [(path, "UNCHANGED")]


async def test_everything_that_is_wrong_at_once(desk: Desk) -> None:
    number = await desk.company.ticket()
    await desk.does("developer", Action.CLOSE, number)
    wrong = {"comment": " ", "expectedVersion": 1, "serviceId": desk.company.ids["Développement"]}
    assert await desk.is_refused("developer", Action.REROUTE, number, **wrong) == [
        ("input.expectedVersion", "STALE_VERSION"),
        ("id", "NOT_ALLOWED_IN_STATUS"),
        ("input.comment", "REQUIRED"),
        ("input.serviceId", "UNCHANGED"),
    ]
