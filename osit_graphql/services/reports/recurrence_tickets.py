"""The tickets of a recurrence: of its occurrences, those that the viewer sees."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Date, Select, literal, select
from sqlalchemy.sql.elements import Grouping

from osit_graphql.db import visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Intervention, Occurrence, Ticket
from osit_graphql.db.statements import param
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.queries.batch_pagination import Children, counts_by_parent, pages_by_parent
from osit_graphql.services.queries.keyset_pagination import Page, PageArgs, Paging
from osit_graphql.services.queries.ticket_ordering import Listing
from osit_graphql.services.queries.ticket_select import select_tickets
from osit_graphql.services.reports.recurrences import TICKET_DIMENSIONS, in_scope, rollup_can_answer
from osit_graphql.services.reports.request import (
    DIMENSION_COLUMNS,
    INTERVENTION_FILTERS,
    TICKET_FILTERS,
    Dimension,
    Group,
    ReportRequest,
)
from osit_graphql.services.reports.rollup_sql import (
    ParamValues,
    ServiceScope,
    day_values,
    filter_params,
    in_days,
    service_scope,
)


async def pages_by_group(
    session: Session,
    viewer: Viewer,
    groups: Sequence[Group],
    request: ReportRequest,
    page_args: PageArgs,
    column_names: Collection[str],
) -> dict[Group, Page]:
    """Return the same page of each group's tickets, the latest updated first, in one statement."""
    names, scope = frozenset(column_names), _rollup_scope(viewer, request)
    paging = Paging({"list": "recurrence", **request.scope}, Listing().paging().keys)

    def select_children(any_viewer: Viewer, index: ColumnElement[int]) -> Select[Any]:
        # The ids of the page first, so that the other columns are read for its tickets only.
        ids = visibility.tickets(any_viewer, Ticket.id).where(*_occurrences(any_viewer, request, scope, index))
        page = paging.with_params(ids, page_args).correlate(index.table)
        return select_tickets(any_viewer, names, *paging.sort_columns()).where(Ticket.id.in_(page))

    key = ("tickets of recurrences", request.cache_key, scope and scope.kind, names)
    children = Children(key, select_children, _values(request, groups, scope))
    pages = await pages_by_parent(session, viewer, range(1, len(groups) + 1), children, paging, page_args)
    return {group: pages[index] for index, group in enumerate(groups, 1)}


async def counts_by_group(
    session: Session, viewer: Viewer, groups: Sequence[Group], request: ReportRequest
) -> dict[Group, int]:
    """Return how many tickets of each group the viewer sees."""
    scope = _rollup_scope(viewer, request)

    def select_children(any_viewer: Viewer, index: ColumnElement[int]) -> Select[Any]:
        return visibility.tickets(any_viewer, Ticket.id).where(*_occurrences(any_viewer, request, scope, index))

    key = ("tickets of recurrences", request.cache_key, scope and scope.kind)
    children = Children(key, select_children, _values(request, groups, scope))
    counts = await counts_by_parent(session, viewer, range(1, len(groups) + 1), children)
    return {group: counts[index] for index, group in enumerate(groups, 1)}


def _rollup_scope(viewer: Viewer, request: ReportRequest) -> ServiceScope | None:
    """Return the services of the report if the rollup has the occurrences, else None."""
    return service_scope(viewer, request) if rollup_can_answer(viewer, request) else None


def _values(request: ReportRequest, groups: Sequence[Group], scope: ServiceScope | None) -> ParamValues:
    by_dimension = {_list(name): [group[place] for group in groups] for place, name in enumerate(request.group_by)}
    service = {} if scope is None else {"service": scope.service_id}
    return {**day_values(request.period), **request.filter.values, **by_dimension, **service}


def _list(name: Dimension) -> str:
    """Return the parameter for the groups' values in a dimension."""
    return f"groups_{name.value}"


def _occurrences(
    viewer: Viewer, request: ReportRequest, scope: ServiceScope | None, index: ColumnElement[int]
) -> list[ColumnElement[bool]]:
    """Return the conditions for the occurrences of the group at this index (from 1) of the list."""
    values = {name: Grouping(param(_list(name), ARRAY(BigInteger)))[index] for name in request.group_by}
    filter_names = frozenset(request.filter.values)
    if scope is not None:
        application, cause = values.values()
        occurrences = select(Occurrence.ticket_id).where(
            Occurrence.application_id == application,
            Occurrence.cause_id == cause,
            in_scope(scope),
            in_days(Occurrence.first_on),
        )
        return [Ticket.id.in_(occurrences.correlate_except(Occurrence))]
    lines = visibility.interventions_of(Ticket.id, literal(1)).where(
        visibility.counts_in_reports(viewer),
        *filter_params(filter_names, INTERVENTION_FILTERS),
        *(DIMENSION_COLUMNS[name] == value for name, value in values.items() if name not in TICKET_DIMENSIONS),
    )
    return [
        *filter_params(filter_names, TICKET_FILTERS),
        *(DIMENSION_COLUMNS[name] == value for name, value in values.items() if name in TICKET_DIMENSIONS),
        lines.where(in_days(Intervention.started_on)).correlate_except(Intervention).exists(),
        ~lines.where(Intervention.started_on < param("start", Date)).correlate_except(Intervention).exists(),
    ]
