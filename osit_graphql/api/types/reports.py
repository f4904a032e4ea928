"""Reports: what maintenance costs, what keeps coming back, how tickets flow."""

from datetime import datetime
from decimal import Decimal
from typing import Self

import strawberry
from strawberry import UNSET

from osit_graphql.api import recurrence_ids
from osit_graphql.api.arguments import After, Before, First, Last, window
from osit_graphql.api.context import Info
from osit_graphql.api.lookahead import selection_of
from osit_graphql.api.types.groups import Caused, Monthly, Named
from osit_graphql.api.types.money import Money, money
from osit_graphql.api.types.relay import Node
from osit_graphql.api.types.tickets import TicketConnection, connect, wanted_of_nodes
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import ApiArea
from osit_graphql.services.reports.flow import Flow
from osit_graphql.services.reports.recurrences import Recurrence as Found
from osit_graphql.services.reports.request import Figures, Question


@strawberry.type(description="What standing interventions come to.")
class CostFigures:
    """The contract's `CostFigures`; nothing of it is worked out here, so that a plan writes it."""

    tickets: int = strawberry.field(
        description="How many tickets they are on, each counted once; worked out when asked for."
    )
    interventions: int = strawberry.field(description="How many they are.")
    minutes: int = strawberry.field(description="What they took, in minutes.")
    unpriced_minutes: int = strawberry.field(
        description="Of these, the minutes that no rate was in force for: no part of `labour`."
    )
    labour: Money = strawberry.field(
        description="What the time cost: the sum of the lines that have a rate, each to the cent."
    )
    expenses: Money = strawberry.field(description="What was spent beside time.")
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


@strawberry.type(description="What one group cost.")
class MaintenanceCostRow(Caused, Monthly):
    """The contract's `MaintenanceCostRow`."""

    figures: CostFigures = strawberry.field(description="What it comes to.")


@strawberry.type(description="What maintenance cost: « coût de maintenance ».")
class MaintenanceCostReport:
    """The contract's `MaintenanceCostReport`."""

    total: CostFigures = strawberry.field(description="What all rows come to together, each ticket counted once.")
    rows: list[MaintenanceCostRow] = strawberry.field(
        description="Dearest first; by month, oldest first. At most 10,000: more is BAD_USER_INPUT."
    )


@strawberry.type(description="What keeps coming back: tickets whose interventions share what they are grouped by.")
class Recurrence(Caused, Node):
    """The contract's `Recurrence`."""

    question: strawberry.Private[Question]
    found: strawberry.Private[Found]
    occurrences: int = strawberry.field(
        description="How many tickets, each counted once, on the day of its first intervention in the group."
    )
    first_at: datetime = strawberry.field(description="When the first of these interventions began.")
    last_at: datetime = strawberry.field(description="When the last of these interventions began.")
    mean_days_between: float | None = strawberry.field(
        description="Days from one occurrence to the next, on average; null when there is one only."
    )
    previous_occurrences: int = strawberry.field(
        description="How many there were over the period of the same length just before."
    )
    reopened: int = strawberry.field(description="How many of these tickets were reopened, whenever that was.")
    figures: CostFigures = strawberry.field(
        description="What the group's interventions in the period come to: the same as `maintenanceCosts` says of it."
    )

    @strawberry.field(description="The tickets, those that the viewer sees: the latest updated first.")
    async def tickets(
        self, info: Info, first: First = UNSET, after: After = UNSET, last: Last = UNSET, before: Before = UNSET
    ) -> TicketConnection:
        """One statement for every recurrence in the list around; never from a replica: what is out of sight is."""
        permissions.require_scope(info.context.viewer.scopes, ApiArea.TICKETS)
        asked, loaders = selection_of(info), info.context.loaders
        wanted = asked.cached(wanted_of_nodes)
        page = window(first, after, last, before)
        found = await loaders.recurring(self.question, self.found.group, page, wanted)
        return connect(found, lambda: loaders.recurring_count(self.question, self.found.group))


@strawberry.type(description="What happened to a group's tickets in the period.")
class TicketFlowRow(Monthly):
    """The contract's `TicketFlowRow`."""

    opened: int = strawberry.field(description="How many were opened.")
    closed: int = strawberry.field(description="How many times one was closed.")
    reopened: int = strawberry.field(description="How many times one was reopened.")
    rerouted: int = strawberry.field(description="How many times one was sent to another service.")
    pending_decision: int = strawberry.field(description="How many times one was sent to decision, or opened so.")
    median_hours_to_close: float | None = strawberry.field(
        description="Hours from a ticket's opening to a closing, within 1 %: half took less. Null when none was closed."
    )
    p90_hours_to_close: float | None = strawberry.field(
        description="Hours from a ticket's opening to a closing, within 1 %: nine out of ten took less; or null."
    )


def recurrence(info: Info, question: Question, found: Found, named: Named) -> Recurrence:
    """Make a recurrence."""
    return Recurrence(
        id=strawberry.ID(recurrence_ids.encode(question, found.group)),
        question=question,
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


def flow_row(found: Flow, named: Named) -> TicketFlowRow:
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
