"""Queries of reports: of all services for managers, of their service for technicians."""

from collections.abc import Collection
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from osit_graphql.api.authorization import authorized_field
from osit_graphql.api.context import Info
from osit_graphql.api.enums import CostDimension, FlowDimension, RecurrenceDimension
from osit_graphql.api.inputs.reports import Period, ReportFilter, to_report_request
from osit_graphql.api.lookahead import selection_of
from osit_graphql.api.types.relay import Node
from osit_graphql.api.types.reports import (
    CostFigures,
    MaintenanceCostReport,
    MaintenanceCostRow,
    Recurrence,
    TicketFlowRow,
    flow_row,
    load_group_fields,
    recurrence,
)
from osit_graphql.db.engine import Session
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import ApiArea, Permission
from osit_graphql.services.reports.costs import maintenance_costs
from osit_graphql.services.reports.flow import ticket_flow
from osit_graphql.services.reports.recurrences import recurrences
from osit_graphql.services.reports.request import Group, ReportRequest

PeriodArgument = Annotated[Period, strawberry.argument(description="Date range, in the company's time zone.")]
FilterArgument = Annotated[ReportFilter | None, strawberry.argument(description="Filter.")]
FillGapsArgument = Annotated[
    bool,
    strawberry.argument(
        description="Also return rows of zeros: each group of the report then has every month of the period. Without "
        "MONTH in `groupBy`, this changes nothing."
    ),
]
SCOPE = "Managers: all services; technicians: their own service."
BY_APPLICATION = [CostDimension("APPLICATION")]
BY_APPLICATION_AND_CAUSE = [RecurrenceDimension("APPLICATION"), RecurrenceDimension("CAUSE")]
BY_MONTH = [FlowDimension("MONTH")]


@strawberry.type
class ReportQueries:
    @authorized_field(
        f"Maintenance costs, from interventions and the hourly rates of their days. {SCOPE}", Permission.READ_REPORTS
    )
    async def maintenance_costs(
        self,
        info: Info,
        period: PeriodArgument,
        group_by: Annotated[
            list[CostDimension], strawberry.argument(description="Grouping. Empty: one row.")
        ] = BY_APPLICATION,
        filter: FilterArgument = UNSET,
        fill_gaps: FillGapsArgument = False,
    ) -> MaintenanceCostReport | None:
        """Count distinct tickets only if selected."""
        request, selection = to_report_request(period, group_by, filter), selection_of(info)
        with_tickets = "tickets" in selection.within("total").merged(selection.within("rows", "figures"))
        async with info.context.reading_reports() as session:
            report = await maintenance_costs(
                session, info.context.viewer, request, with_tickets=with_tickets, fill_gaps=fill_gaps
            )
            groups = [group for group, _ in report.rows]
            group_fields = await load_group_fields(session, request, selection.within("rows"), groups)
        rows = [
            MaintenanceCostRow(figures=CostFigures.from_figures(info, figures), **fields)
            for (_, figures), fields in zip(report.rows, group_fields, strict=True)
        ]
        return MaintenanceCostReport(total=CostFigures.from_figures(info, report.total), rows=rows)

    @authorized_field(
        f"Recurring incidents: « récurrences ». Most occurrences first, then most expensive. {SCOPE}",
        Permission.READ_REPORTS,
    )
    async def recurrences(
        self,
        info: Info,
        period: PeriodArgument,
        group_by: Annotated[
            list[RecurrenceDimension], strawberry.argument(description="Grouping.")
        ] = BY_APPLICATION_AND_CAUSE,
        min_occurrences: Annotated[int, strawberry.argument(description="Minimum number of tickets, at least 1.")] = 3,
        filter: FilterArgument = UNSET,
        first: Annotated[int, strawberry.argument(description="Number of groups, at most 10,000.")] = 20,
    ) -> list[Recurrence] | None:
        """Return groups; `node` returns each again by its ID."""
        request = to_report_request(period, group_by, filter)
        async with info.context.reading_reports() as session:
            return await _read_recurrences(info, session, request, min_occurrences=min_occurrences, first=first)

    @authorized_field(f"Ticket flow: opened, closed, reopened and re-routed. {SCOPE}", Permission.READ_REPORTS)
    async def ticket_flow(
        self,
        info: Info,
        period: PeriodArgument,
        group_by: Annotated[
            list[FlowDimension], strawberry.argument(description="Grouping. Empty: one row.")
        ] = BY_MONTH,
        filter: FilterArgument = UNSET,
        fill_gaps: FillGapsArgument = False,
    ) -> list[TicketFlowRow] | None:
        """Return rows by month, oldest first; else most opened first."""
        request, selection = to_report_request(period, group_by, filter), selection_of(info)
        with_hours = "medianHoursToClose" in selection or "p90HoursToClose" in selection
        zone = info.context.settings.zone

        async with info.context.reading_reports() as session:
            rows = await ticket_flow(
                session, info.context.viewer, request, zone=zone, with_hours=with_hours, fill_gaps=fill_gaps
            )
            group_fields = await load_group_fields(session, request, selection, [row.group for row in rows])
        return [flow_row(row, fields) for row, fields in zip(rows, group_fields, strict=True)]


async def _read_recurrences(info: Info, session: Session, request: ReportRequest, **options: Any) -> list[Recurrence]:
    selection = selection_of(info)
    with_tickets = "tickets" in selection.within("figures")
    rows = await recurrences(session, info.context.viewer, request, with_tickets=with_tickets, **options)
    group_fields = await load_group_fields(session, request, selection, [row.group for row in rows])
    return [recurrence(info, request, row, fields) for row, fields in zip(rows, group_fields, strict=True)]


async def find_recurrences(info: Info, keys: Collection[tuple[ReportRequest, Group]]) -> list[Node | None]:
    """Return recurrences as they are now, in one transaction.

    None for one without occurrences, and for all if the viewer may not read reports. Raises `OutOfScope` for an API
    token without a scope for reports.
    """
    viewer = info.context.viewer
    if keys:
        permissions.require_scope(viewer.scopes, ApiArea.REPORTS)
    if not keys or not permissions.has_permission(viewer.roles, Permission.READ_REPORTS):
        return [None] * len(keys)
    async with info.context.reading_reports() as session:
        rows = {key: await _read_recurrences(info, session, key[0], first=1, only=key[1]) for key in set(keys)}
    return [rows[key][0] if rows[key] else None for key in keys]
