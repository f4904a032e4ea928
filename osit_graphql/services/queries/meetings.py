"""Meetings and their agendas. An agenda shows the items whose ticket the viewer sees."""

from collections.abc import Collection
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, BigInteger, Select, any_

from osit_graphql.db import statements, visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Activity, AgendaItem, Meeting, Ticket
from osit_graphql.db.statements import Row, param
from osit_graphql.domain import permissions
from osit_graphql.domain.date_range import Period
from osit_graphql.domain.enums import Permission
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.queries.keyset_pagination import Page, PageArgs, Paging, SortKey, count, present

COLUMNS = (Meeting.id, Meeting.title, Meeting.held_at)


async def by_ids(session: Session, viewer: Viewer, ids: Collection[int]) -> dict[int, Row]:
    """Return the meetings that the viewer reads, by id."""

    def build(viewer: Viewer) -> Select[Any]:
        return visibility.meetings(viewer, *COLUMNS).where(Meeting.id == any_(param("ids", ARRAY(BigInteger))))

    rows = await statements.fetch_as(session, viewer, "meetings by id", build, {"ids": list(ids)})
    return {row.id: row for row in rows}


async def page(
    session: Session, viewer: Viewer, period: Period | None, zone: ZoneInfo, page_args: PageArgs, *, counted: bool
) -> tuple[Page, int | None]:
    """Return a page of the meetings, the latest first, and their number if `counted`."""
    permissions.authorize(viewer.roles, Permission.DECIDE_EVOLUTIONS)
    scope = present({"list": "decisionMeetings", "period": None if period is None else period.scope})
    paging = Paging(scope, [SortKey(Meeting.held_at, descending=True), SortKey(Meeting.id, descending=True)])
    conditions, values, moment = [], {}, Meeting.held_at.type
    if period is not None:
        conditions = [Meeting.held_at >= param("since", moment), Meeting.held_at < param("until", moment)]
        values = dict(zip(("since", "until"), period.moments(zone), strict=True))

    def build(any_viewer: Viewer) -> Select[Any]:
        return visibility.meetings(any_viewer, *COLUMNS, *paging.sort_columns()).where(*conditions)

    key = ("meetings", period is None)
    meetings = await paging.fetch_page(session, viewer, key, build, page_args, values)
    total = await count(session, viewer, key, build, values) if counted else None
    return meetings, total


async def agendas(session: Session, viewer: Viewer, ids: Collection[int]) -> dict[int, list[Row]]:
    """Return the agendas of many meetings, in order, without the items that the viewer doesn't see."""
    decision = (Activity.decision, Activity.comment, Activity.author_id, Activity.created_at)
    number, title = Ticket.id.label("number"), Ticket.title.label("title")

    def build(viewer: Viewer) -> Select[Any]:
        return (
            visibility.agenda(viewer, AgendaItem.meeting_id, AgendaItem.ticket_id, number, title, *decision)
            .outerjoin(Activity, Activity.id == AgendaItem.activity_id)
            .where(AgendaItem.meeting_id == any_(param("ids", ARRAY(BigInteger))))
            .order_by(AgendaItem.meeting_id, AgendaItem.position, AgendaItem.ticket_id)
        )

    grouped: dict[int, list[Row]] = {key: [] for key in ids}
    for row in await statements.fetch_as(session, viewer, "agendas", build, {"ids": list(ids)}):
        grouped[row.meeting_id].append(row)
    return grouped
