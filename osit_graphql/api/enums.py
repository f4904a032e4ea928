"""The enumerations of the contract: the house's words, with what clients read about them."""

from enum import Enum, StrEnum
from typing import Any, TypeVar

import strawberry

from osit_graphql.domain.enums import (
    Action,
    ActivityKind,
    Criticality,
    Decision,
    Permission,
    Priority,
    Role,
    Scope,
    Severity,
    Status,
)
from osit_graphql.domain.user_errors import ProblemCode
from osit_graphql.services.queries.ticket_ordering import Direction, OrderField
from osit_graphql.services.reports.request import Dimension

E = TypeVar("E", bound=type[Enum])


def described(words: E, name: str, description: str, **values: str) -> E:
    """Offer an enumeration in the API, each of its words described."""
    offered: Any = strawberry.enum(words, name=name, description=description)
    for value in offered.__strawberry_definition__.values:
        value.description = values[value.name]
    return words


TicketAction = StrEnum("TicketAction", {word.name: word.value for word in Action if word is not Action.CREATE})  # type: ignore[misc]
ViewerAction = StrEnum(  # type: ignore[misc]
    "ViewerAction",
    {word.name: word.value for word in Permission if word not in {Permission.CREATE_REQUESTER, Permission.READ_PEOPLE}},
)

CostDimension = StrEnum("CostDimension", {word.name: word.value for word in Dimension})  # type: ignore[misc]
RecurrenceDimension = StrEnum(  # type: ignore[misc]
    "RecurrenceDimension", {word.name: word.value for word in Dimension if word is not Dimension.MONTH}
)
FlowDimension = StrEnum(  # type: ignore[misc]
    "FlowDimension", {word.name: word.value for word in Dimension if word is not Dimension.CAUSE}
)

described(
    Role,
    "Role",
    "What somebody is to the desk; one person may be several.",
    REQUESTER="An employee, who follows the tickets born of their own calls: « utilisateur ».",
    OPERATOR="Answers calls, opens tickets and routes them: « opérateur du standard ».",
    TECHNICIAN="Works on the tickets of their service: « technicien ».",
    MANAGER="Decides on evolution requests, reads costs and recurrences.",
    ADMIN="Keeps the directory; sees no ticket by that role.",
)
described(
    Scope,
    "TokenScope",
    "What a token reaches, as far as its owner's roles do; no token reaches passwords, sessions, or makes tokens.",
    READ_TICKETS="Tickets, their history and cost, meetings, and the names in the directory.",
    WRITE_TICKETS="Acting on tickets, and calling meetings; what it answers of them is read with READ_TICKETS.",
    READ_REPORTS="Reports, and services' hourly rates.",
    MANAGE_DIRECTORY="The directory with people's details, and its changes; listing and revoking tokens.",
)
described(
    Status,
    "TicketStatus",
    "Where a ticket stands: « statut ».",
    OPEN="Under way: « ouvert ».",
    PENDING_DECISION="An evolution request that waits for its meeting: « en attente de décision ».",
    CLOSED="Done with: « fermé ».",
)
described(
    Severity,
    "Severity",
    "How much it hurts, as the operator judges it: « gravité ».",
    MAJOR="« grave ».",
    MODERATE="« gênant ».",
    MINOR="« anodin ».",
)
described(
    Criticality,
    "Criticality",
    "Whether work is stopped, or something new is asked for: « criticité ».",
    BLOCKING="« bloquant ».",
    NON_BLOCKING="« non bloquant ».",
    EVOLUTION="« évolution »: goes to decision.",
)
described(
    Priority,
    "Priority",
    "In which order a service takes its tickets: proposed from severity and criticality, settled by the service.",
    URGENT="At once.",
    HIGH="Before the others.",
    NORMAL="In its turn.",
    LOW="When there is time.",
)
described(
    TicketAction,
    "TicketAction",
    "What can be done to a ticket; there is a mutation for each.",
    COMMENT="`ticketComment`.",
    LOG_INTERVENTION="`ticketLogIntervention`.",
    VOID_INTERVENTION="`interventionVoid`.",
    ASSIGN="`ticketAssign`.",
    PRIORITIZE="`ticketPrioritize`.",
    QUALIFY="`ticketQualify`.",
    REROUTE="`ticketReroute`.",
    CLOSE="`ticketClose`.",
    REOPEN="`ticketReopen`.",
    DECIDE="`ticketDecide`.",
)
described(
    ViewerAction,
    "ViewerAction",
    "What the viewer may do that needs no particular ticket.",
    CREATE_TICKET="Open a ticket.",
    READ_REPORTS="Read costs, recurrences and flow.",
    DECIDE_EVOLUTIONS="Decide on evolution requests.",
    MANAGE_DIRECTORY="Keep people, services, applications, sites and causes.",
)
described(
    ActivityKind,
    "ActivityKind",
    "What a row of a ticket's history tells.",
    OPENED="The ticket was opened.",
    COMMENT="Somebody commented on it.",
    INTERVENTION="A technician reported work done: « intervention ».",
    INTERVENTION_VOIDED="Such a report was taken back.",
    REROUTING="It was sent to another service: « re-routage ».",
    STATUS_CHANGE="Its status changed, or a decision was taken on it.",
    QUALIFICATION="What it says was corrected.",
    PRIORITY_CHANGE="The service settled its priority.",
    ASSIGNMENT="It was given to a technician, or to nobody.",
)
described(
    Decision,
    "EvolutionDecision",
    "What a meeting says of an evolution request: « demande d'évolution ».",
    APPROVED="It will be done: the ticket is open.",
    REJECTED="It will not: the ticket is closed.",
    POSTPONED="It waits for another meeting.",
)
described(
    OrderField,
    "TicketOrderField",
    "What a list of tickets can be ordered by; nulls come last either way.",
    NUMBER="The ticket's number.",
    OPENED_AT="When it was opened.",
    UPDATED_AT="When something last happened to it.",
    CLOSED_AT="When it was closed.",
    PRIORITY="Its priority; descending: URGENT first.",
    RELEVANCE="How well it answers the filter's own `search`, the best first; without one it is BAD_USER_INPUT.",
)
described(Direction, "OrderDirection", "Which end comes first.", ASC="The smallest first.", DESC="The largest first.")
described(
    ProblemCode,
    "UserErrorCode",
    "What is wrong with what was asked for; codes never change, sentences may.",
    REQUIRED="Absent, null or blank where something is needed.",
    INVALID="Well-formed, but not a value that can be taken.",
    TOO_LONG="Beyond its limit, in characters.",
    NOT_FOUND="Absent or not visible: the two are one answer.",
    NOT_ALLOWED_IN_STATUS="The ticket's status does not allow the action.",
    UNCHANGED="The value it already has.",
    STALE_VERSION="`expectedVersion` is not the ticket's version any more; the payload has the ticket as it is now.",
    ALREADY_EXISTS="A name or an address that something else has.",
    INACTIVE="Deactivated in the directory.",
    INVALID_CREDENTIALS="The e-mail address or the password is wrong.",
    IDEMPOTENCY_KEY_REUSED="The `idempotencyKey` stands for something else that was done within 48 hours.",
    IDEMPOTENCY_IN_PROGRESS="The first request with this `idempotencyKey` is still under way: send it again shortly.",
)
APART = {
    "APPLICATION": "The application that the ticket is about today.",
    "SERVICE": "The service that did the work.",
    "SITE": "The site that the ticket is of today.",
    "CAUSE": "The cause that the technician found.",
    "MONTH": "The month that the work started in, in the company's time zone.",
}
described(CostDimension, "CostDimension", "What maintenance costs are told apart by.", **APART)
described(RecurrenceDimension, "RecurrenceDimension", "What the interventions of a recurrence share.", **APART)
described(
    FlowDimension,
    "FlowDimension",
    "What the flow of tickets is told apart by.",
    **{
        **APART,
        "SERVICE": "The service that had the ticket when it happened; of a re-routing, the one that sent it on.",
        "MONTH": "The month that it happened in, in the company's time zone.",
    },
)
