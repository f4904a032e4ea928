"""Types of reports: maintenance costs, recurrences and ticket flow, and the grouping of their rows."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self

import strawberry
from strawberry import UNSET

from osit_graphql.api import global_ids
from osit_graphql.api.context import Info
from osit_graphql.api.lookahead import Selection, selection_of
from osit_graphql.api.types.directory import Application, Cause, Service, Site
from osit_graphql.api.types.money import Money, money
from osit_graphql.api.types.relay import After, Before, First, Last, Node, page_args
from osit_graphql.api.types.tickets import TicketConnection
from osit_graphql.db import models
from osit_graphql.db.engine import Session
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import ApiArea
from osit_graphql.services.queries import directory
from osit_graphql.services.reports.flow import FlowRow
from osit_graphql.services.reports.recurrences import Recurrence as RecurrenceRow
from osit_graphql.services.reports.request import Dimension, Figures, Group, ReportRequest

GroupFields = dict[str, Any]
"""The values of a row's grouping fields, by their names."""
UNGROUPED = "Null unless the report is grouped by this."
CATALOG: dict[Dimension, tuple[directory.CatalogModel, type[Application | Service | Site | Cause]]] = {
    Dimension.APPLICATION: (models.Application, Application),
    Dimension.SERVICE: (models.Service, Service),
    Dimension.SITE: (models.Site, Site),
    Dimension.CAUSE: (models.Cause, Cause),
}


@strawberry.type
class Grouped:
    """A base of rows that are grouped by directory entries, which are never deleted."""

    application: Application | None = strawberry.field(default=None, description=f"Application. {UNGROUPED}")
    service: Service | None = strawberry.field(default=None, description=f"Service. {UNGROUPED}")
    site: Site | None = strawberry.field(default=None, description=f"Site. {UNGROUPED}")


@strawberry.type
class Monthly(Grouped):
    month: date | None = strawberry.field(default=None, description=f"First day of the month. {UNGROUPED}")


@strawberry.type
class Caused(Grouped):
    cause: Cause | None = strawberry.field(default=None, description=f"Cause. {UNGROUPED}")


async def load_group_fields(
    session: Session, request: ReportRequest, selection: Selection, groups: Sequence[Group]
) -> list[GroupFields]:
    """Return the grouping fields of each group; one statement loads all entries of a selected dimension."""
    columns: dict[str, Sequence[Any]] = {}
    for dimension, values in zip(request.group_by, zip(*groups, strict=True), strict=bool(groups)):
        name = dimension.value.lower()
        if dimension not in CATALOG:
            columns[name] = values
        elif name in selection:
            model, type_ = CATALOG[dimension]
            rows = await directory.by_ids(session, model, {key for key in values if key is not None})
            entries = {key: type_.from_row(row) for key, row in rows.items()}
            columns[name] = [entries.get(key) for key in values]
    return [{name: values[index] for name, values in columns.items()} for index in range(len(groups))]


@strawberry.type(description="Totals of interventions that are not voided.")
class CostFigures:
    """Cost figures; plain attributes, so that the compiled executor reads them without calls."""

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
    def from_figures(cls, info: Info, figures: Figures) -> Self:
        """Create them from the services' figures, which count `tickets` only if selected."""
        return cls(
            tickets=figures.tickets or 0,
            interventions=figures.interventions,
            minutes=figures.minutes,
            unpriced_minutes=figures.unpriced_minutes,
            labour=_money(info, figures.labour),
            expenses=_money(info, figures.expenses),
            total=_money(info, figures.total),
        )


def _money(info: Info, amount: Decimal) -> Money:
    result = money(info, amount)
    if result is None:
        raise AssertionError("a sum is never null")
    return result


@strawberry.type(description="Costs of one group.")
class MaintenanceCostRow(Caused, Monthly):
    figures: CostFigures = strawberry.field(description="Figures of the group.")


@strawberry.type(description="Maintenance costs: « coût de maintenance ».")
class MaintenanceCostReport:
    total: CostFigures = strawberry.field(description="Total of all rows, each ticket counted once.")
    rows: list[MaintenanceCostRow] = strawberry.field(
        description="Groups, most expensive first; by month, oldest first. More than 10,000 are refused with "
        "BAD_USER_INPUT."
    )


@strawberry.type(description="Recurrence: tickets whose interventions share the same group.")
class Recurrence(Caused, Node):
    request: strawberry.Private[ReportRequest]
    row: strawberry.Private[RecurrenceRow]
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
    reopened: int = strawberry.field(
        description="Number of these tickets that were ever reopened. In a report on services: before the ticket last "
        "left its service."
    )
    figures: CostFigures = strawberry.field(
        description="Costs of the group's interventions in the period, as in `maintenanceCosts`."
    )

    @strawberry.field(description="Tickets visible to the viewer, last updated first.")
    async def tickets(
        self, info: Info, first: First = UNSET, after: After = UNSET, last: Last = UNSET, before: Before = UNSET
    ) -> TicketConnection:
        """Load a page from the primary database; one statement serves all recurrences of a list."""
        permissions.require_scope(info.context.viewer.scopes, ApiArea.TICKETS)
        loaders = info.context.loaders
        columns = selection_of(info).cached(TicketConnection.node_columns)
        page = page_args(first, after, last, before)
        tickets = await loaders.recurrence_tickets(self.request, self.row.group, page, columns)
        return TicketConnection.of(tickets, lambda: loaders.recurrence_ticket_count(self.request, self.row.group))


@strawberry.type(description="Events of one group's tickets in the period.")
class TicketFlowRow(Monthly):
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


def recurrence(info: Info, request: ReportRequest, row: RecurrenceRow, group_fields: GroupFields) -> Recurrence:
    """Create a recurrence."""
    return Recurrence(
        id=strawberry.ID(global_ids.encode_recurrence(request, row.group)),
        request=request,
        row=row,
        occurrences=row.occurrences,
        first_at=row.first_at,
        last_at=row.last_at,
        mean_days_between=row.mean_days_between,
        previous_occurrences=row.previous,
        reopened=row.reopened,
        figures=CostFigures.from_figures(info, row.figures),
        **group_fields,
    )


def flow_row(row: FlowRow, group_fields: GroupFields) -> TicketFlowRow:
    """Create a row of the ticket flow."""
    return TicketFlowRow(
        opened=row.opened,
        closed=row.closed,
        reopened=row.reopened,
        rerouted=row.rerouted,
        pending_decision=row.pending_decision,
        median_hours_to_close=row.median_hours,
        p90_hours_to_close=row.p90_hours,
        **group_fields,
    )
