"""Tickets that are visible to the viewer."""

from datetime import datetime
from typing import Annotated, Any, ClassVar

import strawberry
from strawberry import UNSET

from osit_graphql.api import global_ids
from osit_graphql.api.context import Info
from osit_graphql.api.dataloaders import HistoryPage
from osit_graphql.api.enums import TicketAction
from osit_graphql.api.lookahead import Selection, selection_of
from osit_graphql.api.row_fields import ColumnField, JoinedField
from osit_graphql.api.row_types import (
    ConnectionBase,
    FieldSources,
    RequiredColumns,
    RowBacked,
    columns_of,
    connection_of,
    row_backed,
)
from osit_graphql.api.strawberry_adapter import is_set
from osit_graphql.api.types.activities import ActivityConnection
from osit_graphql.api.types.directory import Application, Cause, Service, Site
from osit_graphql.api.types.money import Money, money
from osit_graphql.api.types.relay import After, Before, First, Last, Node, page_args
from osit_graphql.api.types.users import User
from osit_graphql.domain.enums import ActivityKind, Criticality, Priority, Severity, Status
from osit_graphql.services.queries import tickets as reads
from osit_graphql.services.queries.keyset_pagination import PageArgs

COSTS = "Null if the viewer may not see costs."
NO_PAGE_ARGUMENTS: dict[str, Any] = dict.fromkeys(("first", "after", "last", "before"), UNSET)
JOINED: dict[str, Any] = {
    "requester": User,
    "operator": User,
    "assignee": User,
    "suspected_cause": Cause,
    "application": Application,
    "service": Service,
    "site": Site,
}


def ticket_columns(selection: Selection) -> frozenset[str]:
    """Return the columns that a statement of tickets reads, for a selection on tickets."""
    return frozenset(columns_of(Ticket, selection))


@row_backed(global_ids.Kind.TICKET)
@strawberry.type(description="Incident or evolution request: « ticket ».")
class Ticket(RowBacked, Node):
    """Ticket; its row has only the columns of selected fields."""

    key: strawberry.Private[int]
    number: int = strawberry.field(description="Ticket number.")
    title: str = strawberry.field(description="Summary.")
    description: str = strawberry.field(description="Description, as the caller gave it.")
    status: Status = strawberry.field(description="Status: « statut ».")
    severity: Severity = strawberry.field(description="Severity: « gravité ».")
    criticality: Criticality = strawberry.field(description="Criticality: « criticité ».")
    priority: Priority = strawberry.field(description="Priority: « priorité ».")
    requester: User = strawberry.field(description="Requester, the employee who called: « utilisateur ».")
    operator: User | None = strawberry.field(description="Operator who opened it. Null if imported.")
    assignee: User | None = strawberry.field(
        description="Assigned technician. One who is inactive, or in another service now, counts as none in filters."
    )
    suspected_cause: Cause | None = strawberry.field(description="Cause suspected by the operator: « cause probable ».")
    impact: str | None = strawberry.field(description="Impact on users: « impact sur les utilisateurs ».")
    application: Application = strawberry.field(description="Application concerned.")
    service: Service = strawberry.field(description="Assigned service.")
    site: Site = strawberry.field(description="Site concerned.")
    opened_at: datetime = strawberry.field(description="Time of opening.")
    updated_at: datetime = strawberry.field(description="Time of the last activity.")
    closed_at: datetime | None = strawberry.field(description="Time of closing. Null unless closed.")
    version: int = strawberry.field(description="Version, incremented by every action. For `expectedVersion`.")
    reopen_count: int = strawberry.field(description="Number of reopenings.")
    reroute_count: int = strawberry.field(description="Number of re-routings.")
    minutes_spent: int | None = strawberry.field(description=f"Duration of its interventions in minutes. {COSTS}")
    field_sources: ClassVar[FieldSources] = {
        "number": ColumnField("id"),
        "minutes_spent": ColumnField("minutes_spent", always_selected=False),
        **{name: JoinedField(kind, f"{name}__") for name, kind in JOINED.items()},
    }
    required_columns: ClassVar[RequiredColumns] = {"cost": ("cost",), "allowed_actions": ("allowed_actions", "status")}

    @strawberry.field(description=f"Cost of its interventions. {COSTS}")
    def cost(self, info: Info) -> Money | None:
        return money(info, self.row.get("cost"))

    @strawberry.field(description="Actions that the viewer may take now.")
    def allowed_actions(self) -> list[TicketAction]:
        return [TicketAction(str(action)) for action in reads.allowed_actions(self.row)]

    @strawberry.field(description="History, oldest first: « historique ».")
    async def activities(
        self,
        info: Info,
        kinds: Annotated[
            list[ActivityKind] | None, strawberry.argument(description="Filter by kind. Default: all.")
        ] = UNSET,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
    ) -> ActivityConnection:
        """Load a page; one statement serves all tickets of a list."""
        loaders = info.context.loaders
        history = history_page(selection_of(info), kinds, page_args(first, after, last, before))
        page = await loaders.activities(self.key, history)
        return ActivityConnection.of(page, lambda: loaders.activity_count(self.key, history[0]))


def history_page(selection: Selection, kinds: Any, page: PageArgs) -> HistoryPage:
    """Return the kinds, the page and the columns of a history, for a selection on its connection."""
    filter_kinds = tuple(sorted({ActivityKind(kind) for kind in kinds})) if is_set(kinds) else None
    return filter_kinds, page, selection.cached(ActivityConnection.node_columns)


def prefetched_history(info: Info, selection: Selection) -> HistoryPage | None:
    """Return the page of its history that is selected on a ticket; None unless there is exactly one."""
    return selection.prefetch(info, ("Ticket", "activities"), _prefetched_page)


def _prefetched_page(selection: Selection, arguments: dict[str, Any]) -> HistoryPage:
    kinds = arguments.pop("kinds", UNSET)
    page = page_args(**{**NO_PAGE_ARGUMENTS, **arguments})
    return history_page(selection.cached(_activities), kinds, page)


def _activities(selection: Selection) -> Selection:
    return selection.within("activities")


@connection_of(Ticket, "Ticket", "Page of tickets.")
class TicketConnection(ConnectionBase):
    """Page of tickets."""
