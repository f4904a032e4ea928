"""The status after each action and the activities that it writes, typed by hand, tested through the API."""

from typing import Any

import pytest

from osit_graphql.domain.enums import Action, Criticality
from tests.desk import Desk

Step = tuple[str, Action, dict[str, Any]]
CLOSE: Step = ("developer", Action.CLOSE, {})
REOPEN: Step = ("developer", Action.REOPEN, {})
APPROVE: Step = ("manager", Action.DECIDE, {"decision": "APPROVED"})
REJECT: Step = ("manager", Action.DECIDE, {"decision": "REJECTED"})
POSTPONE: Step = ("manager", Action.DECIDE, {"decision": "POSTPONED"})
TO_EVOLUTION: Step = ("operator", Action.QUALIFY, {"criticality": "EVOLUTION"})
TO_BLOCKING: Step = ("operator", Action.QUALIFY, {"criticality": "BLOCKING"})
TITLE: Step = ("developer", Action.QUALIFY, {"title": "Autre titre", "severity": "MAJOR"})

INCIDENT, EVOLUTION = Criticality.NON_BLOCKING, Criticality.EVOLUTION
# The initial criticality, the steps, the final status, and the kinds of activities of the last step.
OUTCOMES: list[tuple[Criticality, list[Step], str, str]] = [
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


@pytest.mark.parametrize(("criticality", "steps", "status", "rows"), OUTCOMES)
async def test_an_action_leads_to_this_status(
    desk: Desk, criticality: Criticality, steps: list[Step], status: str, rows: str
) -> None:
    number = await desk.company.ticket(criticality=criticality)
    written = [["OPENED"]]
    for who, action, changes in steps:
        payload = await desk.does(who, action, number, **changes)
        written.append([row["kind"] for row in payload["activities"]])
        assert payload["activity"] == {**payload["activity"], **payload["activities"][0]}
    assert written[-1] == rows.split()
    ticket = await desk.ticket("manager", number, "status version closedAt openedAt updatedAt")
    assert (ticket["status"], ticket["version"]) == (status, len(steps) + 1)
    assert (ticket["closedAt"] is not None) == (status == "CLOSED")
    assert (ticket["updatedAt"] > ticket["openedAt"]) == bool(steps)
    history = await desk.history("manager", number, "kind")
    assert [row["kind"] for row in history] == [kind for kinds in written for kind in kinds]


async def test_reopenings_and_reroutings_are_counted(desk: Desk) -> None:
    number = await desk.company.ticket()
    for who, action, changes in (CLOSE, REOPEN, CLOSE, REOPEN):
        await desk.does(who, action, number, **changes)
    await desk.does("developer", Action.REROUTE, number)
    await desk.does("network", Action.REROUTE, number, serviceId=desk.company.ids["Développement"])
    expected = {"reopenCount": 2, "rerouteCount": 2, "version": 7}
    assert await desk.ticket("developer", number, "reopenCount rerouteCount version") == expected


async def test_a_priority_set_by_hand_stays(desk: Desk) -> None:
    number = await desk.company.ticket()
    await desk.does("operator", Action.QUALIFY, number, severity="MAJOR", criticality="BLOCKING")
    assert await desk.ticket("developer", number, "priority") == {"priority": "URGENT"}
    await desk.does("developer", Action.PRIORITIZE, number, priority="LOW")
    await desk.does("operator", Action.QUALIFY, number, severity="MINOR")
    assert await desk.ticket("developer", number, "priority") == {"priority": "LOW"}


async def test_a_value_that_changes_nothing_is_refused(desk: Desk) -> None:
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


async def test_all_errors_are_reported_at_once(desk: Desk) -> None:
    number = await desk.company.ticket()
    await desk.does("developer", Action.CLOSE, number)
    wrong = {"comment": " ", "expectedVersion": 1, "serviceId": desk.company.ids["Développement"]}
    assert await desk.is_refused("developer", Action.REROUTE, number, **wrong) == [
        ("input.expectedVersion", "STALE_VERSION"),
        ("id", "NOT_ALLOWED_IN_STATUS"),
        ("input.comment", "REQUIRED"),
        ("input.serviceId", "UNCHANGED"),
    ]
