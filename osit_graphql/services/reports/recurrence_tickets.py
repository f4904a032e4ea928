"""The tickets behind a recurrence, through visibility: of its occurrences, those that the viewer sees."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Select, literal, select
from sqlalchemy.sql.elements import Grouping

from osit_graphql.db import visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Intervention, Occurrence, Ticket
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.queries.batch_pagination import counts, pages
from osit_graphql.services.queries.keyset_pagination import Page, PageArgs, Paging
from osit_graphql.services.queries.ticket_ordering import Listing
from osit_graphql.services.queries.ticket_select import select_tickets
from osit_graphql.services.reports import recurrence_cells
from osit_graphql.services.reports.recurrences import ON_TICKETS
from osit_graphql.services.reports.request import COLUMNS, ON_LINE, ON_TICKET, Group, Question, narrowing, within
from osit_graphql.services.reports.rollup_sql import Whose, scope


async def page_of_each(
    session: Session,
    viewer: Viewer,
    question: Question,
    groups: Sequence[Group],
    window: PageArgs,
    wanted: Collection[str],
) -> dict[Group, Page]:
    """Return the same page of the tickets of many groups, the latest updated first, in one statement."""
    keys = Listing().paging().keys

    def children(place: ColumnElement[int]) -> Select[Any]:
        # The page's numbers first: of all that is wanted, nothing is looked up for the other tickets of a group.
        numbers = visibility.tickets(viewer, Ticket.id).where(*_behind(viewer, question, groups, place))
        shown = paging.bound(numbers, window).correlate(place.table)
        return select_tickets(viewer, wanted, *paging.labelled()).where(Ticket.id.in_(shown))

    paging = Paging({"list": "recurrence", **question.scope}, keys)
    found = await pages(session, range(1, len(groups) + 1), children, paging, window)
    return {group: found[place] for place, group in enumerate(groups, 1)}


async def count_of_each(
    session: Session, viewer: Viewer, question: Question, groups: Sequence[Group]
) -> dict[Group, int]:
    """Return how many tickets of each group the viewer sees."""

    def children(place: ColumnElement[int]) -> Select[Any]:
        return visibility.tickets(viewer, Ticket.id).where(*_behind(viewer, question, groups, place))

    found = await counts(session, range(1, len(groups) + 1), children)
    return {group: found[place] for place, group in enumerate(groups, 1)}


def _behind(
    viewer: Viewer, question: Question, groups: Sequence[Group], place: ColumnElement[int]
) -> list[ColumnElement[bool]]:
    """Return which tickets are occurrences of the group at this place (from 1) of the list."""
    values = {
        name: Grouping(literal([group[at] for group in groups], ARRAY(BigInteger)))[place]
        for at, name in enumerate(question.group_by)
    }
    if recurrence_cells.hold(viewer, question):
        application, cause = values.values()
        whose = scope(viewer, question)
        firsts = select(Occurrence.ticket_id).where(
            Occurrence.application_id == application,
            Occurrence.cause_id == cause,
            Occurrence.service_id == whose.service if whose.whose is Whose.SOME else Occurrence.of_all,
            within(Occurrence.first_on, question.period),
        )
        return [Ticket.id.in_(firsts.correlate_except(Occurrence))]
    lines = visibility.lines(Ticket.id, literal(1)).where(
        visibility.works(viewer),
        *narrowing(question.narrowed, ON_LINE),
        *(COLUMNS[name] == value for name, value in values.items() if name not in ON_TICKETS),
    )
    return [
        *narrowing(question.narrowed, ON_TICKET),
        *(COLUMNS[name] == value for name, value in values.items() if name in ON_TICKETS),
        lines.where(within(Intervention.started_on, question.period)).correlate_except(Intervention).exists(),
        ~lines.where(Intervention.started_on < question.period.start).correlate_except(Intervention).exists(),
    ]
