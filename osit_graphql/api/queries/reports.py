"""Reports: managers on everything, technicians on the work of their service."""

from typing import Annotated

import strawberry
from strawberry import UNSET

from osit_graphql.api.authorization import authorized_field
from osit_graphql.api.context import Info
from osit_graphql.api.enums import CostDimension, FlowDimension, RecurrenceDimension
from osit_graphql.api.inputs.periods import Period
from osit_graphql.api.inputs.reports import ReportFilter, to_report_request
from osit_graphql.api.lookahead import selection_of
from osit_graphql.api.types.groups import name_groups
from osit_graphql.api.types.relay import Node
from osit_graphql.api.types.reports import (
    CostFigures,
    MaintenanceCostReport,
    MaintenanceCostRow,
    Recurrence,
    TicketFlowRow,
    flow_row,
    recurrence,
)
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import ApiArea, Permission
from osit_graphql.services.reports.costs import maintenance_costs
from osit_graphql.services.reports.flow import ticket_flow
from osit_graphql.services.reports.recurrences import recurrences
from osit_graphql.services.reports.request import Group, ReportRequest

Days = Annotated[Period, strawberry.argument(description="Date range, in the company's time zone.")]
Narrowed = Annotated[ReportFilter | None, strawberry.argument(description="Filter.")]
WHOSE = "Managers: all services; technicians: their own service."
BY_APPLICATION = [CostDimension("APPLICATION")]
BY_APPLICATION_AND_CAUSE = [RecurrenceDimension("APPLICATION"), RecurrenceDimension("CAUSE")]
BY_MONTH = [FlowDimension("MONTH")]


@strawberry.type
class ReportQueries:
    """Mixed into `Query`."""

    @authorized_field(
        f"Maintenance costs, from interventions and the hourly rates of their days. {WHOSE}", Permission.READ_REPORTS
    )
    async def maintenance_costs(
        self,
        info: Info,
        period: Days,
        group_by: Annotated[
            list[CostDimension], strawberry.argument(description="Grouping. Empty: one row.")
        ] = BY_APPLICATION,
        filter: Narrowed = UNSET,
    ) -> MaintenanceCostReport | None:
        """Distinct tickets are counted only when they are selected."""
        request, asked = to_report_request(period, group_by, filter), selection_of(info)
        counted = "tickets" in asked.within("total").merged(asked.within("rows", "figures"))
        async with info.context.report_database.reading(info.context.viewer, reports=True) as session:
            found = await maintenance_costs(session, info.context.viewer, request, with_tickets=counted)
            named = await name_groups(session, request, asked.within("rows"), [group for group, _ in found.rows])
        rows = [
            MaintenanceCostRow(figures=CostFigures.from_figures(info, figures), **name)
            for (_, figures), name in zip(found.rows, named, strict=True)
        ]
        return MaintenanceCostReport(total=CostFigures.from_figures(info, found.total), rows=rows)

    @authorized_field(
        f"Recurring incidents: « récurrences ». Most occurrences first, then most expensive. {WHOSE}",
        Permission.READ_REPORTS,
    )
    async def recurrences(
        self,
        info: Info,
        period: Days,
        group_by: Annotated[
            list[RecurrenceDimension], strawberry.argument(description="Grouping.")
        ] = BY_APPLICATION_AND_CAUSE,
        min_occurrences: Annotated[int, strawberry.argument(description="Minimum number of tickets, at least 1.")] = 3,
        filter: Narrowed = UNSET,
        first: Annotated[int, strawberry.argument(description="Number of groups, at most 10,000.")] = 20,
    ) -> list[Recurrence] | None:
        """Each can be asked for again by its id."""
        request, asked = to_report_request(period, group_by, filter), selection_of(info)
        counted = "tickets" in asked.within("figures")
        async with info.context.report_database.reading(info.context.viewer, reports=True) as session:
            found = await recurrences(
                session,
                info.context.viewer,
                request,
                min_occurrences=min_occurrences,
                first=first,
                with_tickets=counted,
            )
            named = await name_groups(session, request, asked, [each.group for each in found])
        return [recurrence(info, request, each, name) for each, name in zip(found, named, strict=True)]

    @authorized_field(f"Ticket flow: opened, closed, reopened and re-routed. {WHOSE}", Permission.READ_REPORTS)
    async def ticket_flow(
        self,
        info: Info,
        period: Days,
        group_by: Annotated[
            list[FlowDimension], strawberry.argument(description="Grouping. Empty: one row.")
        ] = BY_MONTH,
        filter: Narrowed = UNSET,
    ) -> list[TicketFlowRow] | None:
        """By month, oldest first; else most opened first."""
        request, asked, zone = (
            to_report_request(period, group_by, filter),
            selection_of(info),
            info.context.settings.zone,
        )
        hours = "medianHoursToClose" in asked or "p90HoursToClose" in asked
        async with info.context.report_database.reading(info.context.viewer, reports=True) as session:
            found = await ticket_flow(session, info.context.viewer, request, zone=zone, with_hours=hours)
            named = await name_groups(session, request, asked, [each.group for each in found])
        return [flow_row(each, name) for each, name in zip(found, named, strict=True)]


async def find_recurrence(info: Info, request: ReportRequest, group: Group) -> Node | None:
    """Ask for a recurrence again, as it is now; None for who reads no reports, or when nothing of it is left.

    Raises `OutOfScope` for a token that reads none.
    """
    viewer = info.context.viewer
    permissions.require_scope(viewer.scopes, ApiArea.REPORTS)
    if not permissions.has_permission(viewer.roles, Permission.READ_REPORTS):
        return None
    asked = selection_of(info)
    counted = "tickets" in asked.within("figures")
    async with info.context.report_database.reading(info.context.viewer, reports=True) as session:
        found = await recurrences(session, viewer, request, first=1, with_tickets=counted, only=group)
        named = await name_groups(session, request, asked, [each.group for each in found])
    return recurrence(info, request, found[0], named[0]) if found else None
