"""The words of the desk, as closed enumerations; GraphQL and PostgreSQL take them from here."""

from enum import StrEnum


class Role(StrEnum):
    """What somebody is to the desk; one person may be several."""

    REQUESTER = "REQUESTER"
    OPERATOR = "OPERATOR"
    TECHNICIAN = "TECHNICIAN"
    MANAGER = "MANAGER"
    ADMIN = "ADMIN"


class Status(StrEnum):
    """Where a ticket stands."""

    OPEN = "OPEN"
    PENDING_DECISION = "PENDING_DECISION"
    CLOSED = "CLOSED"


class Severity(StrEnum):
    """How much it hurts: « gravité »."""

    MAJOR = "MAJOR"
    MODERATE = "MODERATE"
    MINOR = "MINOR"


class Criticality(StrEnum):
    """Whether work is stopped, or something new is asked for: « criticité »."""

    BLOCKING = "BLOCKING"
    NON_BLOCKING = "NON_BLOCKING"
    EVOLUTION = "EVOLUTION"


class Priority(StrEnum):
    """In which order a service takes its tickets, the most urgent first."""

    URGENT = "URGENT"
    HIGH = "HIGH"
    NORMAL = "NORMAL"
    LOW = "LOW"


class Decision(StrEnum):
    """What a meeting says of an evolution request."""

    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    POSTPONED = "POSTPONED"


class ActivityKind(StrEnum):
    """What a row of a ticket's history tells."""

    OPENED = "OPENED"
    COMMENT = "COMMENT"
    INTERVENTION = "INTERVENTION"
    INTERVENTION_VOIDED = "INTERVENTION_VOIDED"
    REROUTING = "REROUTING"
    STATUS_CHANGE = "STATUS_CHANGE"
    QUALIFICATION = "QUALIFICATION"
    PRIORITY_CHANGE = "PRIORITY_CHANGE"
    ASSIGNMENT = "ASSIGNMENT"


class Action(StrEnum):
    """What can be done to a ticket; `rules.RULES` has a row for each."""

    CREATE = "CREATE"
    COMMENT = "COMMENT"
    LOG_INTERVENTION = "LOG_INTERVENTION"
    VOID_INTERVENTION = "VOID_INTERVENTION"
    ASSIGN = "ASSIGN"
    PRIORITIZE = "PRIORITIZE"
    QUALIFY = "QUALIFY"
    REROUTE = "REROUTE"
    CLOSE = "CLOSE"
    REOPEN = "REOPEN"
    DECIDE = "DECIDE"


class Permission(StrEnum):
    """What somebody may do that hangs on no particular ticket; `rules.PERMISSIONS` has a row for each."""

    CREATE_TICKET = "CREATE_TICKET"
    READ_REPORTS = "READ_REPORTS"
    DECIDE_EVOLUTIONS = "DECIDE_EVOLUTIONS"
    MANAGE_DIRECTORY = "MANAGE_DIRECTORY"
    CREATE_REQUESTER = "CREATE_REQUESTER"
    READ_PEOPLE = "READ_PEOPLE"


class TicketList(StrEnum):
    """The lists that the specification names; every ticket is in exactly one."""

    OPEN = "OPEN"
    EVOLUTION_REQUESTS = "EVOLUTION_REQUESTS"
    CLOSED = "CLOSED"


class Scope(StrEnum):
    """What a token is for: the API's `TokenScope`."""

    READ_TICKETS = "READ_TICKETS"
    WRITE_TICKETS = "WRITE_TICKETS"
    READ_REPORTS = "READ_REPORTS"
    MANAGE_DIRECTORY = "MANAGE_DIRECTORY"


class ApiArea(StrEnum):
    """The parts of the API that tokens reach or don't; `rules.SCOPES` has a row for each."""

    ONESELF = "who is asking"
    NAMES = "names in the directory, people's too"
    TICKETS = "tickets, their history and cost, meetings"
    WORK = "acting on tickets, calling meetings"
    REPORTS = "reports"
    RATES = "services' hourly rates"
    DIRECTORY = "people's details, changes of the directory, tokens but their making"
    SIGN_INS = "passwords, sessions, making tokens"
