"""Reports: what maintenance costs, what keeps coming back, how tickets flow."""

from datetime import datetime
from decimal import Decimal
from typing import Self

import strawberry
from strawberry import UNSET

from osit_graphql.api import global_ids
from osit_graphql.api.arguments import After, Before, First, Last, page_args
from osit_graphql.api.context import Info
from osit_graphql.api.lookahead import selection_of
from osit_graphql.api.types.groups import Caused, Monthly, Named
from osit_graphql.api.types.money import Money, money
from osit_graphql.api.types.relay import Node
from osit_graphql.api.types.tickets import TicketConnection
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import ApiArea
from osit_graphql.services.reports.flow import FlowRow
from osit_graphql.services.reports.recurrences import Recurrence as Found
from osit_graphql.services.reports.request import Figures, ReportRequest


@strawberry.type(description="Totals of interventions that are not voided.")
class CostFigures:
    """The contract's `CostFigures`; nothing of it is worked out here, so that a plan writes it."""

    tickets: int = strawberry.field(description="Number of distinct tickets. Counted only if selected.")
    interventions: int = strawberry.field(description="Number of interventions.")
    minutes: int = strawberry.field(description="Duration in minutes.")
    unpriced_minutes: int = strawberry.field(
        description="Minutes without an hourly rate in force, not included in `labour`."
    )
    labour: Money = strawberry.field(
        description="Labour cost: sum of the interventions with an hourly rate, each rounded to the cent."
    )
    expenses: Money = strawberry.field(description="Expenses.")
    total: Money = strawberry.field(description="Labour and expenses.")

    @classmethod
    def from_figures(cls, info: Info, found: Figures) -> Self:
        """Make them of what the services found, which count `tickets` when it is selected."""
        return cls(
            tickets=found.tickets or 0,
            interventions=found.interventions,
            minutes=found.minutes,
            unpriced_minutes=found.unpriced_minutes,
            labour=_money(info, found.labour),
            expenses=_money(info, found.expenses),
            total=_money(info, found.total),
        )


def _money(info: Info, amount: Decimal) -> Money:
    found = money(info, amount)
    if found is None:
        raise AssertionError("a sum is always an amount")
    return found


@strawberry.type(description="Costs of one group.")
class MaintenanceCostRow(Caused, Monthly):
    """The contract's `MaintenanceCostRow`."""

    figures: CostFigures = strawberry.field(description="Figures of the group.")


@strawberry.type(description="Maintenance costs: « coût de maintenance ».")
class MaintenanceCostReport:
    """The contract's `MaintenanceCostReport`."""

    total: CostFigures = strawberry.field(description="Total of all rows, each ticket counted once.")
    rows: list[MaintenanceCostRow] = strawberry.field(
        description="Groups, most expensive first; by month, oldest first. More than 10,000 are refused with "
        "BAD_USER_INPUT."
    )


@strawberry.type(description="Recurrence: tickets whose interventions share the same group.")
class Recurrence(Caused, Node):
    """The contract's `Recurrence`."""

    request: strawberry.Private[ReportRequest]
    found: strawberry.Private[Found]
    occurrences: int = strawberry.field(
        description="Number of distinct tickets, each on the day of its first intervention in the group."
    )
    first_at: datetime = strawberry.field(description="Start of the first intervention.")
    last_at: datetime = strawberry.field(description="Start of the last intervention.")
    mean_days_between: float | None = strawberry.field(
        description="Mean number of days between occurrences. Null if there is only one."
    )
    previous_occurrences: int = strawberry.field(
        description="Number of occurrences in the preceding period of the same length."
    )
    reopened: int = strawberry.field(description="Number of these tickets that were ever reopened.")
    figures: CostFigures = strawberry.field(
        description="Costs of the group's interventions in the period, as in `maintenanceCosts`."
    )

    @strawberry.field(description="Tickets visible to the viewer, last updated first.")
    async def tickets(
        self, info: Info, first: First = UNSET, after: After = UNSET, last: Last = UNSET, before: Before = UNSET
    ) -> TicketConnection:
        """One statement for every recurrence in the list around; never from a replica: what is out of sight is."""
        permissions.require_scope(info.context.viewer.scopes, ApiArea.TICKETS)
        asked, loaders = selection_of(info), info.context.loaders
        wanted = asked.cached(TicketConnection.node_columns)
        page = page_args(first, after, last, before)
        found = await loaders.recurrence_tickets(self.request, self.found.group, page, wanted)
        return TicketConnection.of(found, lambda: loaders.recurrence_ticket_count(self.request, self.found.group))


@strawberry.type(description="Events of one group's tickets in the period.")
class TicketFlowRow(Monthly):
    """The contract's `TicketFlowRow`."""

    opened: int = strawberry.field(description="Number of tickets opened.")
    closed: int = strawberry.field(description="Number of closings.")
    reopened: int = strawberry.field(description="Number of reopenings.")
    rerouted: int = strawberry.field(description="Number of re-routings.")
    pending_decision: int = strawberry.field(
        description="Number of tickets that became pending a decision, including those opened so."
    )
    median_hours_to_close: float | None = strawberry.field(
        description="Median hours from opening to closing, within 1 %. Null if none was closed."
    )
    p90_hours_to_close: float | None = strawberry.field(
        description="90th percentile of hours from opening to closing, within 1 %. Null if none was closed."
    )


def recurrence(info: Info, request: ReportRequest, found: Found, named: Named) -> Recurrence:
    """Make a recurrence."""
    return Recurrence(
        id=strawberry.ID(global_ids.encode_recurrence(request, found.group)),
        request=request,
        found=found,
        occurrences=found.occurrences,
        first_at=found.first_at,
        last_at=found.last_at,
        mean_days_between=found.mean_days_between,
        previous_occurrences=found.previous,
        reopened=found.reopened,
        figures=CostFigures.from_figures(info, found.figures),
        **named,
    )


def flow_row(found: FlowRow, named: Named) -> TicketFlowRow:
    """Make a row of the flow."""
    return TicketFlowRow(
        opened=found.opened,
        closed=found.closed,
        reopened=found.reopened,
        rerouted=found.rerouted,
        pending_decision=found.pending_decision,
        median_hours_to_close=found.median_hours,
        p90_hours_to_close=found.p90_hours,
        **named,
    )
