"""Cost weights by field: list sizes, and extra points of slow fields. A test compares them with the schema."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from osit_graphql.api.global_ids import is_recurrence_id


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
    argument_points: Mapping[str, tuple[str, Callable[[Any], int]]] = field(default_factory=dict)
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
    "DirectoryChange.fields": 4,
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
    "DirectoryChangeConnection.totalCount": 10,
    "Mutation.signIn": 200,  # hashes a password, 21 ms
    "Mutation.viewerPasswordChange": 400,
    "Mutation.userCreate": 200,
    "Mutation.userUpdate": 200,
}

TICKET_LISTS = ("tickets", "openTickets", "evolutionRequests", "closedTickets")
SEARCH_POINTS = 200
RECURRENCE_POINTS = EXTRA_POINTS["Query.recurrences"]
# Each combination of conditions has a statement of its own, whose compilation takes 0.1 ms per condition, 0.7 ms for
# `causeIds` and 0.5 ms for `unassigned`, which have sub-SELECTs. A hundred have the points of requests that run one
# after the other (benchmarks/security/filters.py).
NESTED_CONDITION_POINTS = 20
CAUSE_POINTS = 100
NESTED_UNASSIGNED_POINTS = 50
MAX_FILTER_LEVELS = 6  # filters nest three deep, with a list at each level


def search_points(text: Any) -> int:
    """Return the points of a text search; a blank one is ignored."""
    return SEARCH_POINTS if isinstance(text, str) and text.strip() else 0


def filter_points(value: Any, levels: int = MAX_FILTER_LEVELS) -> int:
    """Return the points of a ticket filter, or of a list of them, with those nested in it."""
    if isinstance(value, list) and levels:
        return sum(filter_points(inner, levels - 1) for inner in value)
    if not isinstance(value, dict) or not levels:
        return 0
    nested = [value[name] for name in ("anyOf", "not") if value.get(name) is not None]
    conditions = 0
    if levels < MAX_FILTER_LEVELS:
        unassigned = NESTED_UNASSIGNED_POINTS if value.get("unassigned") is not None else 0
        conditions = NESTED_CONDITION_POINTS * max(len(value), 1) + unassigned
    causes = CAUSE_POINTS if value.get("causeIds") is not None else 0
    return (
        conditions
        + causes
        + search_points(value.get("search"))
        + sum(filter_points(each, levels - 1) for each in nested)
    )


def id_points(value: Any) -> int:
    """Return the points of global IDs: a recurrence is a report of its own."""
    ids = value if isinstance(value, list) else [value]
    return RECURRENCE_POINTS * sum(isinstance(text, str) and is_recurrence_id(text) for text in ids)


ARGUMENT_POINTS: Mapping[str, tuple[str, Callable[[Any], int]]] = {
    "Query.node": ("id", id_points),
    "Query.nodes": ("ids", id_points),
    "Query.users": ("search", search_points),
    **{f"Query.{name}": ("filter", filter_points) for name in TICKET_LISTS},
}

WEIGHTS = Weights(LIST_SIZES, EXTRA_POINTS, ARGUMENT_POINTS)
