"""Domain enumerations, from which GraphQL's enums and PostgreSQL's CHECK constraints are made."""

from enum import StrEnum


class Role(StrEnum):
    """A person's role. One person may have several."""

    REQUESTER = "REQUESTER"
    OPERATOR = "OPERATOR"
    TECHNICIAN = "TECHNICIAN"
    MANAGER = "MANAGER"
    ADMIN = "ADMIN"


class Status(StrEnum):
    """A ticket's status."""

    OPEN = "OPEN"
    PENDING_DECISION = "PENDING_DECISION"
    CLOSED = "CLOSED"


class Severity(StrEnum):
    """Severity of an incident: « gravité »."""

    MAJOR = "MAJOR"
    MODERATE = "MODERATE"
    MINOR = "MINOR"


class Criticality(StrEnum):
    """Whether users are blocked, or ask for an evolution: « criticité »."""

    BLOCKING = "BLOCKING"
    NON_BLOCKING = "NON_BLOCKING"
    EVOLUTION = "EVOLUTION"


class Priority(StrEnum):
    """Order in which a service handles its tickets, the most urgent first."""

    URGENT = "URGENT"
    HIGH = "HIGH"
    NORMAL = "NORMAL"
    LOW = "LOW"


class Decision(StrEnum):
    """A meeting's decision on an evolution request."""

    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    POSTPONED = "POSTPONED"


class ActivityKind(StrEnum):
    """Kind of one activity, a row of a ticket's history."""

    OPENED = "OPENED"
    COMMENT = "COMMENT"
    INTERVENTION = "INTERVENTION"
    INTERVENTION_VOIDED = "INTERVENTION_VOIDED"
    REROUTING = "REROUTING"
    STATUS_CHANGE = "STATUS_CHANGE"
    QUALIFICATION = "QUALIFICATION"
    PRIORITY_CHANGE = "PRIORITY_CHANGE"
    ASSIGNMENT = "ASSIGNMENT"


class DirectoryChangeKind(StrEnum):
    """Kind of a change in the directory's history."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    SESSIONS_ENDED = "SESSIONS_ENDED"
    API_TOKEN_CREATED = "API_TOKEN_CREATED"  # noqa: S105 - a word, not a secret
    API_TOKEN_REVOKED = "API_TOKEN_REVOKED"  # noqa: S105 - the same
    IDENTITY_LINKED = "IDENTITY_LINKED"
    IDENTITY_UNLINKED = "IDENTITY_UNLINKED"


class ChangeSource(StrEnum):
    """Where a change in the directory's history came from."""

    API = "API"
    COMMAND_LINE = "COMMAND_LINE"
    IMPORT = "IMPORT"
    DEMO = "DEMO"
    DATABASE = "DATABASE"


class DirectoryObject(StrEnum):
    """Kind of the object that a change in the directory's history concerns."""

    USER = "USER"
    SERVICE = "SERVICE"
    APPLICATION = "APPLICATION"
    SITE = "SITE"
    CAUSE = "CAUSE"


class Action(StrEnum):
    """An action on a ticket. `permissions.RULES` has one row for each."""

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
    """A permission that concerns no particular ticket. `permissions.PERMISSIONS` has one row for each."""

    CREATE_TICKET = "CREATE_TICKET"
    READ_REPORTS = "READ_REPORTS"
    DECIDE_EVOLUTIONS = "DECIDE_EVOLUTIONS"
    MANAGE_DIRECTORY = "MANAGE_DIRECTORY"
    CREATE_REQUESTER = "CREATE_REQUESTER"
    READ_PEOPLE = "READ_PEOPLE"
    READ_DIRECTORY_CHANGES = "READ_DIRECTORY_CHANGES"


class TicketList(StrEnum):
    """The ticket lists that the specification names. Each ticket is in exactly one."""

    OPEN = "OPEN"
    EVOLUTION_REQUESTS = "EVOLUTION_REQUESTS"
    CLOSED = "CLOSED"


class Scope(StrEnum):
    """Scope of an API token: `TokenScope` in the schema."""

    READ_TICKETS = "READ_TICKETS"
    WRITE_TICKETS = "WRITE_TICKETS"
    READ_REPORTS = "READ_REPORTS"
    MANAGE_DIRECTORY = "MANAGE_DIRECTORY"


class ApiArea(StrEnum):
    """A part of the API to which token scopes give access. `permissions.SCOPES` has one row for each.

    The values are the row headings of the table in `docs/permissions.md`.
    """

    ONESELF = "the viewer"
    NAMES = "names in the directory, people included"
    TICKETS = "tickets, their history and cost, meetings"
    WORK = "commands on tickets, meetings"
    REPORTS = "reports"
    RATES = "services' hourly rates"
    DIRECTORY = "people's details, changing the directory, its history, listing and revoking tokens"
    SIGN_INS = "passwords, sessions, token creation"
