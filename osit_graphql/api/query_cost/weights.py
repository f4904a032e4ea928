"""How long lists are, and what weighs more than the objects it returns: one table, held to the schema by a test."""

from collections.abc import Mapping
from dataclasses import dataclass, field

PAGE, LARGEST_PAGE = 50, 100  # of every connection: `services.reads.pages` refuses more


@dataclass(frozen=True, slots=True)
class Asked:
    """As long as the argument `first` says."""

    default: int
    most: int


@dataclass(frozen=True, slots=True)
class Listed:
    """As long as the list in an argument."""

    argument: str
    most: int = 100


Size = int | Asked | Listed


@dataclass(frozen=True, slots=True)
class Weights:
    """By `Type.field`, as the schema names them."""

    sizes: Mapping[str, Size] = field(default_factory=dict)
    extras: Mapping[str, int] = field(default_factory=dict)
    searches: Mapping[str, str] = field(default_factory=dict)  # in which argument words are searched for
    search: int = 200
    mutation: int = 10
    size: int = 100  # of a list that nobody has declared


# Connections need no line: their size is `first` or `last`. A bound that something enforces is that bound; the others
# are what there usually is, and what comes back beyond is charged afterwards.
PAYLOADS = (
    *("SignInPayload", "SignOutPayload", "ViewerPasswordChangePayload", "TicketPayload", "UserPayload"),
    *("ServicePayload", "ApplicationPayload", "SitePayload", "CausePayload", "DecisionMeetingPayload"),
    *("ApiTokenCreatePayload", "ApiTokenRevokePayload"),
)
SIZES: Mapping[str, Size] = {
    "Query.nodes": Listed("ids"),
    "Query.similarTickets": Asked(default=5, most=50),
    "Query.recurrences": Asked(default=20, most=10_000),
    "Query.services": 50,
    "Query.applications": 100,
    "Query.sites": 50,
    "Query.causes": 50,
    "Query.ticketFlow": 100,
    "MaintenanceCostReport.rows": 100,
    "DecisionMeeting.agenda": 100,
    "Service.rates": 20,
    "Viewer.apiTokens": 20,
    "User.apiTokens": 20,
    "TicketPayload.activities": 4,
    **{f"{payload}.userErrors": 4 for payload in PAYLOADS},
}

# A point is about 30 µs; benchmarks/RESULTS-reports.md and RESULTS.md say what these take at 5,000,000 tickets.
EXTRAS: Mapping[str, int] = {
    "Query.maintenanceCosts": 200,
    "Query.recurrences": 300,
    "Query.ticketFlow": 300,
    "Query.similarTickets": 200,
    "Recurrence.tickets": 50,  # looks at the lines behind it
    "Recurrence.figures": 5,
    "CostFigures.tickets": 1,  # counts lines
    "TicketConnection.totalCount": 20,  # counts up to 10,000 rows
    "ActivityConnection.totalCount": 1,  # of one ticket
    "UserConnection.totalCount": 10,
    "DecisionMeetingConnection.totalCount": 5,
    "Mutation.signIn": 200,  # a password is hashed: 21 ms, on purpose
    "Mutation.viewerPasswordChange": 400,
    "Mutation.userCreate": 200,
    "Mutation.userUpdate": 200,
}

SEARCHES: Mapping[str, str] = {
    "Query.users": "search",
    "Query.tickets": "filter",
    "Query.openTickets": "filter",
    "Query.evolutionRequests": "filter",
    "Query.closedTickets": "filter",
}

WEIGHTS = Weights(SIZES, EXTRAS, SEARCHES)
