"""The GraphQL enumerations: those of the domain, with the descriptions of their values."""

from enum import Enum, StrEnum
from typing import Any, TypeVar

import strawberry

from osit_graphql.domain.enums import (
    Action,
    ActivityKind,
    ChangeSource,
    Criticality,
    Decision,
    DirectoryChangeKind,
    Permission,
    Priority,
    Role,
    Scope,
    Severity,
    Status,
)
from osit_graphql.domain.user_errors import UserErrorCode
from osit_graphql.services.queries.ticket_ordering import Direction, OrderField
from osit_graphql.services.reports.request import Dimension

E = TypeVar("E", bound=type[Enum])


def describe(enumeration: E, name: str, description: str, **values: str) -> E:
    """Make a class a GraphQL enumeration, with a description of each value."""
    graphql_enum: Any = strawberry.enum(enumeration, name=name, description=description)
    for value in graphql_enum.__strawberry_definition__.values:
        value.description = values[value.name]
    return enumeration


TicketAction = StrEnum("TicketAction", {each.name: each.value for each in Action if each is not Action.CREATE})  # type: ignore[misc]
IMPLIED = {Permission.CREATE_REQUESTER, Permission.READ_PEOPLE, Permission.READ_DIRECTORY_CHANGES}
ViewerAction = StrEnum(  # type: ignore[misc]
    "ViewerAction", {each.name: each.value for each in Permission if each not in IMPLIED}
)

CostDimension = StrEnum("CostDimension", {each.name: each.value for each in Dimension})  # type: ignore[misc]
RecurrenceDimension = StrEnum(  # type: ignore[misc]
    "RecurrenceDimension", {each.name: each.value for each in Dimension if each is not Dimension.MONTH}
)
FlowDimension = StrEnum(  # type: ignore[misc]
    "FlowDimension", {each.name: each.value for each in Dimension if each is not Dimension.CAUSE}
)

describe(
    Role,
    "Role",
    "Role. One person may have several.",
    REQUESTER="Employee who follows the tickets of their own calls: « utilisateur ».",
    OPERATOR="Call-desk operator: opens tickets and assigns them to services: « opérateur du standard ».",
    TECHNICIAN="Technician: works on the tickets of their service: « technicien ».",
    MANAGER="Manager: decides on evolution requests, reads costs and recurrences: « responsable ».",
    ADMIN="Administrator: manages the directory. This role sees no tickets.",
)
describe(
    Scope,
    "TokenScope",
    "Scope of an API token. The owner's roles limit the token too. No scope covers passwords, "
    "sessions or token creation.",
    READ_TICKETS="Read tickets, their history and cost, meetings, and names in the directory.",
    WRITE_TICKETS="Run commands on tickets and meetings. Their results are read with READ_TICKETS.",
    READ_REPORTS="Read reports and services' hourly rates.",
    MANAGE_DIRECTORY="Read and change the directory, including people's details; list and revoke API tokens.",
)
describe(
    Status,
    "TicketStatus",
    "Status of a ticket: « statut ».",
    OPEN="Open: « ouvert ».",
    PENDING_DECISION="Evolution request pending a meeting's decision: « en attente de décision ».",
    CLOSED="Closed: « fermé ».",
)
describe(
    Severity,
    "Severity",
    "Severity, as the operator judges it: « gravité ».",
    MAJOR="« grave ».",
    MODERATE="« gênant ».",
    MINOR="« anodin ».",
)
describe(
    Criticality,
    "Criticality",
    "Criticality: blocking, non-blocking or evolution: « criticité ».",
    BLOCKING="« bloquant ».",
    NON_BLOCKING="« non bloquant ».",
    EVOLUTION="Evolution request, which needs a decision: « évolution ».",
)
describe(
    Priority,
    "Priority",
    "Priority within a service: proposed from severity and criticality, set by the service.",
    URGENT="Urgent.",
    HIGH="High.",
    NORMAL="Normal.",
    LOW="Low.",
)
describe(
    TicketAction,
    "TicketAction",
    "Action on a ticket. There is a mutation for each.",
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
describe(
    ViewerAction,
    "ViewerAction",
    "Actions that concern no particular ticket.",
    CREATE_TICKET="Open a ticket.",
    READ_REPORTS="Read costs, recurrences and flow.",
    DECIDE_EVOLUTIONS="Decide on evolution requests.",
    MANAGE_DIRECTORY="Manage people, services, applications, sites and causes.",
)
describe(
    ActivityKind,
    "ActivityKind",
    "Kind of activity.",
    OPENED="Ticket opened.",
    COMMENT="Comment.",
    INTERVENTION="Intervention reported by a technician: « intervention ».",
    INTERVENTION_VOIDED="Intervention voided.",
    REROUTING="Ticket re-routed to another service: « re-routage ».",
    STATUS_CHANGE="Status changed, or a decision recorded.",
    QUALIFICATION="Ticket fields corrected.",
    PRIORITY_CHANGE="Priority set by the service.",
    ASSIGNMENT="Ticket assigned to a technician, or unassigned.",
)
describe(
    DirectoryChangeKind,
    "DirectoryChangeKind",
    "Kind of change in the directory.",
    CREATED="Object created.",
    UPDATED="Fields changed, among them roles, activation, passwords and hourly rates.",
    SESSIONS_ENDED="Sessions of a user ended by somebody else.",
    API_TOKEN_CREATED="API token created.",  # noqa: S106 - a description
    API_TOKEN_REVOKED="API token revoked, or ended by a new password or a deactivation.",  # noqa: S106 - the same
    IDENTITY_LINKED="Subject of an OpenID Connect issuer linked to the user.",
    IDENTITY_UNLINKED="Subject of an OpenID Connect issuer unlinked.",
)
describe(
    ChangeSource,
    "ChangeSource",
    "Origin of a change in the directory.",
    API="A viewer of this API.",
    COMMAND_LINE="The `osit` command on the server.",
    IMPORT="Import of another tool's export.",
    DEMO="Demo company.",
    DATABASE="SQL in the database, past the application.",
)
describe(
    Decision,
    "EvolutionDecision",
    "Decision on an evolution request: « demande d'évolution ».",
    APPROVED="Approved: the ticket is opened.",
    REJECTED="Rejected: the ticket is closed.",
    POSTPONED="Postponed to another meeting.",
)
describe(
    OrderField,
    "TicketOrderField",
    "Sort field of ticket lists. Nulls come last in both directions.",
    NUMBER="Ticket number.",
    OPENED_AT="Time of opening.",
    UPDATED_AT="Time of the last activity.",
    CLOSED_AT="Time of closing.",
    PRIORITY="Priority. Descending: URGENT first.",
    RELEVANCE="Relevance for the filter's `search`, best first. Refused with BAD_USER_INPUT without `search`.",
)
describe(Direction, "OrderDirection", "Direction of an ordering.", ASC="Ascending.", DESC="Descending.")
describe(
    UserErrorCode,
    "UserErrorCode",
    "Code of a user error. Codes never change; messages may.",
    REQUIRED="A required value is absent, null or blank.",
    INVALID="The value is well-formed but can't be accepted.",
    TOO_LONG="The text exceeds its limit in characters.",
    NOT_FOUND="Missing or hidden; both look identical.",
    NOT_ALLOWED_IN_STATUS="The ticket's status does not allow the action.",
    UNCHANGED="The new value equals the present one.",
    STALE_VERSION="The ticket's version differs from `expectedVersion`. The payload contains the current ticket.",
    ALREADY_EXISTS="The name or e-mail address is taken.",
    INACTIVE="The directory entry is deactivated.",
    INVALID_CREDENTIALS="The e-mail address or the password is wrong.",
    IDEMPOTENCY_KEY_REUSED="The `idempotencyKey` was used with other arguments within 48 hours.",
    IDEMPOTENCY_IN_PROGRESS="The first request with this `idempotencyKey` is still running. Retry shortly.",
)
APART = {
    "APPLICATION": "Current application of the ticket.",
    "SERVICE": "Service that did the work.",
    "SITE": "Current site of the ticket.",
    "CAUSE": "Cause found by the technician.",
    "MONTH": "Month in which the work started, in the company's time zone.",
}
describe(CostDimension, "CostDimension", "Grouping of maintenance costs.", **APART)
describe(RecurrenceDimension, "RecurrenceDimension", "Grouping of recurrences.", **APART)
AT_DEPARTURE = "In a report on services: its value when the ticket last left the service."
describe(
    FlowDimension,
    "FlowDimension",
    "Grouping of the ticket flow.",
    **{
        **APART,
        "APPLICATION": f"{APART['APPLICATION']} {AT_DEPARTURE}",
        "SITE": f"{APART['SITE']} {AT_DEPARTURE}",
        "SERVICE": "Service of the ticket at the time of the event. For a re-routing, the service it left.",
        "MONTH": "Month of the event, in the company's time zone.",
    },
)
