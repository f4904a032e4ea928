"""`allowedActions` lists exactly the actions that are accepted, for every role and status."""

import pytest

from osit_graphql.domain.enums import Action, Criticality, Status
from tests.desk import Desk

ACTIONS = [action for action in Action if action is not Action.CREATE]
EVERYBODY = (
    "operator", "developer", "peer", "network", "requester", "colleague", "manager", "admin", "twofold", "everyman",
)  # fmt: skip
OURS = {"OPEN": "COMMENT LOG_INTERVENTION VOID_INTERVENTION ASSIGN PRIORITIZE QUALIFY REROUTE CLOSE"}
OURS |= {"PENDING_DECISION": OURS["OPEN"], "CLOSED": "COMMENT VOID_INTERVENTION REOPEN"}
DESK = {"OPEN": "COMMENT QUALIFY", "PENDING_DECISION": "COMMENT QUALIFY", "CLOSED": "COMMENT"}
BOARD = {"OPEN": "VOID_INTERVENTION", "PENDING_DECISION": "VOID_INTERVENTION DECIDE", "CLOSED": "VOID_INTERVENTION"}


async def create_ticket(desk: Desk, status: Status, service: str) -> tuple[int, str]:
    """Create a ticket in this status; return its number, and the ID of the developer's intervention."""
    evolution = status is Status.PENDING_DECISION
    number = await desk.company.ticket(criticality=Criticality.EVOLUTION if evolution else Criticality.BLOCKING)
    logged = await desk.does("developer", Action.LOG_INTERVENTION, number)
    if service != "Développement":
        await desk.does("developer", Action.REROUTE, number, serviceId=desk.company.ids[service])
    if status is Status.CLOSED:
        await desk.does("network" if service == "Réseau" else "developer", Action.CLOSE, number)
    return number, logged["activity"]["id"]


async def accepts(desk: Desk, who: str, action: Action, number: int, intervention: str, service: str) -> bool:
    """Whether the action is accepted."""
    elsewhere = desk.company.ids["Développement" if service == "Réseau" else "Réseau"]
    somebody = desk.company.ids["network" if service == "Réseau" else "peer"]
    changes = {Action.REROUTE: {"serviceId": elsewhere}, Action.ASSIGN: {"assigneeId": somebody}}
    target = intervention if action is Action.VOID_INTERVENTION else number
    answer = await desk.answer(who, action, target, **changes.get(action, {}))
    return answer.errors == [] and next(iter(answer.data.values()))["userErrors"] == []


@pytest.mark.parametrize("service", ["Développement", "Réseau"])
@pytest.mark.parametrize("status", Status)
async def test_exactly_the_offered_actions_are_accepted(desk: Desk, status: Status, service: str) -> None:
    spare, spare_intervention = await create_ticket(desk, status, service)
    for who in EVERYBODY:
        ticket = await desk.ticket(who, spare, "allowedActions")
        offered = set(ticket["allowedActions"]) if ticket else set()
        before = await desk.company.snapshot()
        for action in ACTIONS:
            if action not in offered:
                assert not await accepts(desk, who, action, spare, spare_intervention, service), (who, action)
        assert await desk.company.snapshot() == before
        for action in offered:
            number, intervention = await create_ticket(desk, status, service)
            assert await accepts(desk, who, Action(action), number, intervention, service), (who, action)


@pytest.mark.parametrize("status", Status)
async def test_the_offered_actions_by_role_and_status(desk: Desk, status: Status) -> None:
    number, _ = await create_ticket(desk, status, "Développement")
    tickets = {who: await desk.ticket(who, number, "allowedActions") for who in EVERYBODY}
    offered = {who: " ".join(ticket["allowedActions"]) if ticket else None for who, ticket in tickets.items()}
    assert offered == {
        "operator": DESK[status],
        "developer": OURS[status],
        "peer": OURS[status].replace("VOID_INTERVENTION ", ""),
        "network": None,
        "requester": "",
        "colleague": None,
        "manager": BOARD[status],
        "admin": None,
        "twofold": DESK[status],
        "everyman": None,
    }


async def test_a_voided_intervention_is_not_offered_again(desk: Desk) -> None:
    number, intervention = await create_ticket(desk, Status.OPEN, "Développement")
    await desk.does("developer", Action.VOID_INTERVENTION, intervention)
    for who in ("developer", "manager"):
        assert "VOID_INTERVENTION" not in (await desk.ticket(who, number, "allowedActions"))["allowedActions"]
        refused = await desk.is_refused(who, Action.VOID_INTERVENTION, intervention)
        assert refused == [("id", "NOT_ALLOWED_IN_STATUS")]
