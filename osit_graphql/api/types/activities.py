"""A ticket's history, as a list of whatever kinds it has."""

from collections.abc import Awaitable, Callable
from typing import Any

import strawberry

from osit_graphql.api.row_types import ConnectionBase, connection_of
from osit_graphql.api.types import kinds
from osit_graphql.api.types.activity import Activity
from osit_graphql.api.types.relay import CURSOR, EDGES, NODES, PAGE_INFO, TOTAL, PageInfo
from osit_graphql.domain.enums import ActivityKind
from osit_graphql.services.queries.keyset_pagination import Page

TYPES: dict[ActivityKind, type[Activity]] = {
    ActivityKind.OPENED: kinds.TicketOpened,
    ActivityKind.COMMENT: kinds.Comment,
    ActivityKind.INTERVENTION: kinds.Intervention,
    ActivityKind.INTERVENTION_VOIDED: kinds.InterventionVoided,
    ActivityKind.REROUTING: kinds.Rerouting,
    ActivityKind.STATUS_CHANGE: kinds.StatusChange,
    ActivityKind.QUALIFICATION: kinds.Qualification,
    ActivityKind.PRIORITY_CHANGE: kinds.PriorityChange,
    ActivityKind.ASSIGNMENT: kinds.Assignment,
}


def activity(row: Any) -> Activity:
    """Make a history row of the type that its kind has."""
    return TYPES[row._mapping["kind"]].from_row(row)  # a word will do


@strawberry.type(description="Activity in a list.")
class ActivityEdge:
    """Relay's."""

    cursor: str = strawberry.field(description=CURSOR)
    node: Activity = strawberry.field(description="Activity.")


@connection_of(ActivityEdge, TYPES, by="kind")
@strawberry.type(description="Page of a ticket's history.")
class ActivityConnection(ConnectionBase):
    """Relay's."""

    edges: list[ActivityEdge] = strawberry.field(description=EDGES)
    nodes: list[Activity] = strawberry.field(description=NODES)
    page_info: PageInfo = strawberry.field(description=PAGE_INFO)
    counter: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field(description=TOTAL)
    async def total_count(self) -> int:
        """Only when it is asked for."""
        return await self.counter()


def connect(found: Page, counter: Callable[[], Awaitable[int]]) -> ActivityConnection:
    """Make a page of a history."""
    return ActivityConnection.of(found, activity, counter=counter)
