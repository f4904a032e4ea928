"""Cost weights by field: list sizes, and extra points of slow fields. A test compares them with the schema."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FirstArgument:
    """A list as long as its argument `first`."""

    default: int
    maximum: int


@dataclass(frozen=True, slots=True)
class ListArgument:
    """A list as long as a list argument."""

    argument: str
    maximum: int = 100


ListSize = int | FirstArgument | ListArgument


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights by schema coordinate (`Type.field`)."""

    list_sizes: Mapping[str, ListSize] = field(default_factory=dict)
    extra_points: Mapping[str, int] = field(default_factory=dict)
    search_arguments: Mapping[str, str] = field(default_factory=dict)  # the argument with the text to search for
    search_points: int = 200
    mutation_points: int = 10
    default_list_size: int = 100


# Connections are not listed: their size is `first` or `last`. A size is the enforced maximum if there is one, otherwise
# the usual size; objects above it are charged after execution.
PAYLOADS = (
    *("SignInPayload", "SignOutPayload", "ViewerPasswordChangePayload", "TicketPayload", "UserPayload"),
    *("ServicePayload", "ApplicationPayload", "SitePayload", "CausePayload", "DecisionMeetingPayload"),
    *("ApiTokenCreatePayload", "ApiTokenRevokePayload"),
)
LIST_SIZES: Mapping[str, ListSize] = {
    "Query.nodes": ListArgument("ids"),
    "Query.similarTickets": FirstArgument(default=5, maximum=50),
    "Query.recurrences": FirstArgument(default=20, maximum=10_000),
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

# One point is about 30 µs. Measurements with 5,000,000 tickets: benchmarks/RESULTS-reports.md and RESULTS.md.
EXTRA_POINTS: Mapping[str, int] = {
    "Query.maintenanceCosts": 200,
    "Query.recurrences": 300,
    "Query.ticketFlow": 300,
    "Query.similarTickets": 200,
    "Recurrence.tickets": 50,  # reads its interventions
    "Recurrence.figures": 5,
    "CostFigures.tickets": 1,  # counts interventions
    "TicketConnection.totalCount": 20,  # counts up to 10,000 rows
    "ActivityConnection.totalCount": 1,  # of one ticket
    "UserConnection.totalCount": 10,
    "DecisionMeetingConnection.totalCount": 5,
    "Mutation.signIn": 200,  # hashes a password, 21 ms
    "Mutation.viewerPasswordChange": 400,
    "Mutation.userCreate": 200,
    "Mutation.userUpdate": 200,
}

SEARCH_ARGUMENTS: Mapping[str, str] = {
    "Query.users": "search",
    "Query.tickets": "filter",
    "Query.openTickets": "filter",
    "Query.evolutionRequests": "filter",
    "Query.closedTickets": "filter",
}

WEIGHTS = Weights(LIST_SIZES, EXTRA_POINTS, SEARCH_ARGUMENTS)
