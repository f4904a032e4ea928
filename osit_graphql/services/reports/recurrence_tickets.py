"""The tickets of a recurrence: of its occurrences, those that the viewer sees."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Select, literal, select
from sqlalchemy.sql.elements import Grouping

from osit_graphql.db import visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Intervention, Occurrence, Ticket
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.queries.batch_pagination import counts_by_parent, pages_by_parent
from osit_graphql.services.queries.keyset_pagination import Page, PageArgs, Paging
from osit_graphql.services.queries.ticket_ordering import Listing
from osit_graphql.services.queries.ticket_select import select_tickets
from osit_graphql.services.reports.recurrences import TICKET_DIMENSIONS, rollup_can_answer
from osit_graphql.services.reports.request import (
    DIMENSION_COLUMNS,
    INTERVENTION_FILTERS,
    TICKET_FILTERS,
    Group,
    ReportRequest,
    filter_conditions,
    in_period,
)
from osit_graphql.services.reports.rollup_sql import ScopeKind, service_scope


async def pages_by_group(
    session: Session,
    viewer: Viewer,
    request: ReportRequest,
    groups: Sequence[Group],
    page_args: PageArgs,
    column_names: Collection[str],
) -> dict[Group, Page]:
    """Return the same page of each group's tickets, the latest updated first, in one statement."""
    keys = Listing().paging().keys

    def children(index: ColumnElement[int]) -> Select[Any]:
        # The ids of the page first, so that the other columns are read for its tickets only.
        ids = visibility.tickets(viewer, Ticket.id).where(*_occurrences(viewer, request, groups, index))
        page = paging.with_literals(ids, page_args).correlate(index.table)
        return select_tickets(viewer, column_names, *paging.sort_columns()).where(Ticket.id.in_(page))

    paging = Paging({"list": "recurrence", **request.scope}, keys)
    pages = await pages_by_parent(session, range(1, len(groups) + 1), children, paging, page_args)
    return {group: pages[index] for index, group in enumerate(groups, 1)}


async def counts_by_group(
    session: Session, viewer: Viewer, request: ReportRequest, groups: Sequence[Group]
) -> dict[Group, int]:
    """Return how many tickets of each group the viewer sees."""

    def children(index: ColumnElement[int]) -> Select[Any]:
        return visibility.tickets(viewer, Ticket.id).where(*_occurrences(viewer, request, groups, index))

    counts = await counts_by_parent(session, range(1, len(groups) + 1), children)
    return {group: counts[index] for index, group in enumerate(groups, 1)}


def _occurrences(
    viewer: Viewer, request: ReportRequest, groups: Sequence[Group], index: ColumnElement[int]
) -> list[ColumnElement[bool]]:
    """Return the conditions for the occurrences of the group at this index (from 1) of the list."""
    values = {
        name: Grouping(literal([group[position] for group in groups], ARRAY(BigInteger)))[index]
        for position, name in enumerate(request.group_by)
    }
    if rollup_can_answer(viewer, request):
        application, cause = values.values()
        scope = service_scope(viewer, request)
        occurrences = select(Occurrence.ticket_id).where(
            Occurrence.application_id == application,
            Occurrence.cause_id == cause,
            Occurrence.service_id == scope.service_id if scope.kind is ScopeKind.SOME else Occurrence.of_all,
            in_period(Occurrence.first_on, request.period),
        )
        return [Ticket.id.in_(occurrences.correlate_except(Occurrence))]
    lines = visibility.interventions_of(Ticket.id, literal(1)).where(
        visibility.counts_in_reports(viewer),
        *filter_conditions(request.filter, INTERVENTION_FILTERS),
        *(DIMENSION_COLUMNS[name] == value for name, value in values.items() if name not in TICKET_DIMENSIONS),
    )
    return [
        *filter_conditions(request.filter, TICKET_FILTERS),
        *(DIMENSION_COLUMNS[name] == value for name, value in values.items() if name in TICKET_DIMENSIONS),
        lines.where(in_period(Intervention.started_on, request.period)).correlate_except(Intervention).exists(),
        ~lines.where(Intervention.started_on < request.period.start).correlate_except(Intervention).exists(),
    ]
