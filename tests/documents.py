"""Documents of the ticket mutations, each with a valid input for the tickets of `Company.ticket`."""

from collections.abc import Mapping
from typing import Any

from osit_graphql.domain.enums import Action
from tests.company import Company

PAYLOAD = """
  ticket { id number status version assignee { name } priority }
  activity { id kind comment ticket { id } author { name } }
  activities { id kind comment }
  userErrors { code field message }
"""
NAMES: Mapping[Action, tuple[str, str]] = {
    Action.COMMENT: ("ticketComment", "TicketCommentInput"),
    Action.LOG_INTERVENTION: ("ticketLogIntervention", "TicketLogInterventionInput"),
    Action.VOID_INTERVENTION: ("interventionVoid", "InterventionVoidInput"),
    Action.ASSIGN: ("ticketAssign", "TicketAssignInput"),
    Action.PRIORITIZE: ("ticketPrioritize", "TicketPrioritizeInput"),
    Action.QUALIFY: ("ticketQualify", "TicketQualifyInput"),
    Action.REROUTE: ("ticketReroute", "TicketRerouteInput"),
    Action.CLOSE: ("ticketClose", "TicketCloseInput"),
    Action.REOPEN: ("ticketReopen", "TicketReopenInput"),
    Action.DECIDE: ("ticketDecide", "TicketDecideInput"),
}
CREATE = f"mutation ($input: TicketCreateInput!) {{ ticketCreate(input: $input) {{ {PAYLOAD} }} }}"
DOCUMENTS: Mapping[Action, str] = {
    action: f"mutation ($id: ID!, $input: {kind}!) {{ {name}(id: $id, input: $input) {{ {PAYLOAD} }} }}"
    for action, (name, kind) in NAMES.items()
} | {Action.CREATE: CREATE}
ACTORS = {Action.CREATE: "operator", Action.DECIDE: "manager"}
STARTED_AT = "2026-01-05T09:00:00+01:00"


def actor(action: Action) -> str:
    """Return a person of `tests.company` who may perform an action on the tickets of `Desk.target`."""
    return ACTORS.get(action, "developer")


def creation_input(company: Company, **changes: Any) -> dict[str, Any]:
    """Return the input of a new ticket, with changes; None removes a field."""
    values = {
        "title": "Écran noir",
        "description": "Plus rien ne s'affiche.",
        "requesterId": company.ids["requester"],
        "applicationId": company.ids["Portail"],
        "serviceId": company.ids["Développement"],
        "severity": "MODERATE",
        "criticality": "NON_BLOCKING",
    }
    return {name: value for name, value in (values | changes).items() if value is not None}


def valid_input(company: Company, action: Action, **changes: Any) -> dict[str, Any]:
    """Return a valid input of an action, with changes."""
    more: dict[Action, dict[str, Any]] = {
        Action.LOG_INTERVENTION: {
            "startedAt": STARTED_AT,
            "minutes": 30,
            "causeId": company.ids["Configuration"],
            "expenses": "12.50",
        },
        Action.ASSIGN: {"assigneeId": company.ids["peer"]},
        Action.PRIORITIZE: {"priority": "URGENT"},
        Action.QUALIFY: {"title": "Écran blanc"},
        Action.REROUTE: {"serviceId": company.ids["Réseau"]},
        Action.DECIDE: {"decision": "APPROVED"},
    }
    if action is Action.CREATE:
        return creation_input(company, **changes)
    return {"comment": "Voici pourquoi.", **more.get(action, {}), **changes}


def action_request(company: Company, action: Action, key: str | None, **changes: Any) -> tuple[str, dict[str, Any]]:
    """Return the document and variables of an action; `key` is the ID of the ticket or of the intervention to void."""
    variables: dict[str, Any] = {"input": valid_input(company, action, **changes)}
    return DOCUMENTS[action], variables | ({} if action is Action.CREATE else {"id": key})
