"""Reports: what maintenance costs, what keeps coming back, how tickets flow."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

import strawberry
from strawberry import UNSET

from osit_graphql import rules
from osit_graphql.api import recurrence_ids
from osit_graphql.api.arguments import After, Before, First, Last, window
from osit_graphql.api.context import Info
from osit_graphql.api.selection import selected
from osit_graphql.api.types import directory
from osit_graphql.api.types.directory import Application, Cause, Service, Site
from osit_graphql.api.types.money import Money, money
from osit_graphql.api.types.nodes import Node
from osit_graphql.api.types.tickets import TicketConnection, connect, wanted_of
from osit_graphql.services.reports.flow import Flow
from osit_graphql.services.reports.questions import Dimension, Figures, Question
from osit_graphql.services.reports.recurrences import Recurrence as Found
from osit_graphql.vocabulary import Reach

T = TypeVar("T")
BY = "Null when it isn't told apart by that."
Values = Mapping[Dimension, Any]


async def _of(find: Callable[[Info, int], Awaitable[T]], info: Info, key: int | None) -> T | None:
    return None if key is None else await find(info, key)


@strawberry.type(description="What standing interventions come to.")
class CostFigures:
    """The contract's `CostFigures`."""

    found: strawberry.Private[Figures]

    @strawberry.field(description="How many tickets they are on, each counted once; worked out when asked for.")
    def tickets(self) -> int:
        """The services count them when this is selected."""
        return self.found.tickets or 0

    @strawberry.field(description="How many they are.")
    def interventions(self) -> int:
        """Those taken back aren't."""
        return self.found.interventions

    @strawberry.field(description="What they took, in minutes.")
    def minutes(self) -> int:
        """Those without a rate too."""
        return self.found.minutes

    @strawberry.field(description="Of these, the minutes that no rate was in force for: no part of `labour`.")
    def unpriced_minutes(self) -> int:
        """So that nobody takes a missing rate for free work."""
        return self.found.unpriced_minutes

    @strawberry.field(description="What the time cost: the sum of the lines that have a rate, each to the cent.")
    def labour(self, info: Info) -> Money:
        """Never rounded again."""
        return _money(info, self.found.labour)

    @strawberry.field(description="What was spent beside time.")
    def expenses(self, info: Info) -> Money:
        """Those of lines without a rate too."""
        return _money(info, self.found.expenses)

    @strawberry.field(description="Labour and expenses.")
    def total(self, info: Info) -> Money:
        """To the cent."""
        return _money(info, self.found.total)


def _money(info: Info, amount: Any) -> Money:
    found = money(info, amount)
    if found is None:
        raise AssertionError("a sum is always an amount")
    return found


@strawberry.type
class Grouped:
    """Mixed into rows: what they are told apart by."""

    values: strawberry.Private[Values]

    @strawberry.field(description=f"The application. {BY}")
    async def application(self, info: Info) -> Application | None:
        """Never deleted."""
        return await _of(directory.application, info, self.values.get(Dimension.APPLICATION))

    @strawberry.field(description=f"The service. {BY}")
    async def service(self, info: Info) -> Service | None:
        """Never deleted."""
        return await _of(directory.service, info, self.values.get(Dimension.SERVICE))

    @strawberry.field(description=f"The site. {BY}")
    async def site(self, info: Info) -> Site | None:
        """Never deleted."""
        return await _of(directory.site, info, self.values.get(Dimension.SITE))


@strawberry.type
class Monthly(Grouped):
    """Mixed into rows that can be told apart by month."""

    @strawberry.field(description=f"The first day of the month. {BY}")
    def month(self) -> date | None:
        """In the company's time zone."""
        return self.values.get(Dimension.MONTH)


@strawberry.type
class Caused(Grouped):
    """Mixed into rows that can be told apart by cause."""

    @strawberry.field(description=f"The cause. {BY}")
    async def cause(self, info: Info) -> Cause | None:
        """Never deleted."""
        return await _of(directory.cause, info, self.values.get(Dimension.CAUSE))


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
        rules.authorize_reach(info.context.viewer.scopes, Reach.TICKETS)
        asked, loaders = selected(info), info.context.loaders
        wanted = wanted_of(asked.within("nodes").merged(asked.within("edges", "node")))
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


def values_of(question: Question, group: tuple[Any, ...]) -> Values:
    """Return what a row stands for, by dimension."""
    return dict(zip(question.group_by, group, strict=True))


def recurrence(question: Question, found: Found) -> Recurrence:
    """Make a recurrence."""
    return Recurrence(
        id=strawberry.ID(recurrence_ids.encode(question, found.group)),
        values=values_of(question, found.group),
        question=question,
        found=found,
        occurrences=found.occurrences,
        first_at=found.first_at,
        last_at=found.last_at,
        mean_days_between=found.mean_days_between,
        previous_occurrences=found.previous,
        reopened=found.reopened,
        figures=CostFigures(found=found.figures),
    )


def flow_row(question: Question, found: Flow) -> TicketFlowRow:
    """Make a row of the flow."""
    return TicketFlowRow(
        values=values_of(question, found.group),
        opened=found.opened,
        closed=found.closed,
        reopened=found.reopened,
        rerouted=found.rerouted,
        pending_decision=found.pending_decision,
        median_hours_to_close=found.median_hours,
        p90_hours_to_close=found.p90_hours,
    )
