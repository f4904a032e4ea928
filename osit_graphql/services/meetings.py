"""Schedules meetings, changes their agendas, and records decisions on them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, all_, any_, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from osit_graphql.db import statements, visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import AgendaItem, Meeting, Ticket
from osit_graphql.db.statements import Statement, column_params, param, param_values
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Action, Permission
from osit_graphql.domain.user_errors import (
    AlreadyDecided,
    DecidedItem,
    NotAllowedInStatus,
    NotFound,
    Path,
    Required,
    UserError,
)
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.validation import ABSENT, AbsentType, InputValidator, at


async def schedule(
    session: Session, viewer: Viewer, *, title: str, held_at: datetime, ticket_ids: Sequence[int]
) -> int:
    """Schedule a meeting; its agenda consists of requests that wait for a decision. Return its row's ID."""
    permissions.authorize(viewer.roles, Permission.DECIDE_EVOLUTIONS)
    validator = InputValidator()
    text = validator.text(title, at("title"), limit=permissions.TITLE_LIMIT)
    validator.add(*await _check_pending(session, viewer, list(enumerate(ticket_ids))))
    validator.check()
    row = {"title": text, "held_at": held_at}

    def build() -> Statement:
        return insert(Meeting).values(column_params(row)).returning(Meeting.id)

    [meeting] = await statements.fetch(session, "insert meeting", build, param_values(row))
    meeting_id: int = meeting.id
    await _write_agenda(session, meeting_id, ticket_ids)
    return meeting_id


async def amend(
    session: Session,
    viewer: Viewer,
    meeting_id: int,
    *,
    title: str | AbsentType | None,
    held_at: datetime | AbsentType | None,
    ticket_ids: Sequence[int] | AbsentType | None,
) -> None:
    """Change a meeting; `ticket_ids` is its complete agenda, which must contain all decided requests."""
    permissions.authorize(viewer.roles, Permission.DECIDE_EVOLUTIONS)
    validator = InputValidator()
    if await _lock(session, viewer, meeting_id) is None:
        validator.add(NotFound(("id",)))
    values: dict[str, object] = {}
    if title is not ABSENT:
        values["title"] = validator.text(title, at("title"), limit=permissions.TITLE_LIMIT)
    if held_at is not ABSENT:
        values["held_at"] = held_at
        validator.add(*([Required(at("heldAt"))] if held_at is None else []))
    if ticket_ids is None:
        validator.add(Required(at("ticketIds")))
    elif ticket_ids is not ABSENT:
        validator.add(*await _check_agenda(session, viewer, meeting_id, ticket_ids))
    validator.check()
    if values:
        await _update_meeting(session, meeting_id, values)
    if isinstance(ticket_ids, Sequence):
        await _write_agenda(session, meeting_id, ticket_ids)


async def check_decision(session: Session, viewer: Viewer, meeting_id: int, ticket_id: int) -> list[UserError]:
    """Return the errors of a decision in this meeting: it does not exist, or has already decided on the ticket."""
    if await _lock(session, viewer, meeting_id) is None:
        return [NotFound(at("meetingId"))]

    def build() -> Statement:
        key = AgendaItem.meeting_id == param("meeting_id"), AgendaItem.ticket_id == param("ticket_id")
        return select(AgendaItem.activity_id).where(*key)

    rows = await statements.fetch(session, "agenda item", build, {"meeting_id": meeting_id, "ticket_id": ticket_id})
    decided = rows and rows[0].activity_id is not None
    return [AlreadyDecided(at("meetingId"))] if decided else []


async def note_decision(session: Session, meeting_id: int, ticket_id: int, activity_id: int) -> None:
    """Link the agenda item to the decision's activity; a request that is not on the agenda is added to it."""
    values = {"meeting_id": meeting_id, "ticket_id": ticket_id, "activity_id": activity_id}

    def build() -> Statement:
        after_last = func.coalesce(func.max(AgendaItem.position) + 1, 0)
        position = select(after_last).where(AgendaItem.meeting_id == param("meeting_id", BigInteger))
        row = {**column_params(values), "position": position.scalar_subquery()}
        item = upsert(AgendaItem).values(row)
        change = {"activity_id": item.excluded.activity_id}
        return item.on_conflict_do_update(index_elements=["meeting_id", "ticket_id"], set_=change)

    await statements.fetch(session, "note decision", build, {**param_values(values), "meeting_id": meeting_id})


async def _lock(session: Session, viewer: Viewer, meeting_id: int) -> int | None:
    def build(viewer: Viewer) -> Statement:
        return visibility.meetings(viewer, Meeting.id).where(Meeting.id == param("id")).with_for_update(of=Meeting)

    rows = await statements.fetch_as(session, viewer, "lock meeting", build, {"id": meeting_id})
    return rows[0].id if rows else None


async def _update_meeting(session: Session, meeting_id: int, values: dict[str, object]) -> None:
    def build() -> Statement:
        return update(Meeting).where(Meeting.id == param("id")).values(column_params(values))

    await statements.fetch(session, ("update meeting", *values), build, {"id": meeting_id, **param_values(values)})


async def _check_agenda(
    session: Session, viewer: Viewer, meeting_id: int, ticket_ids: Sequence[int]
) -> list[UserError]:
    """Return an error for each decided item that is removed and each added ticket that waits for no decision."""

    def build() -> Statement:
        columns = AgendaItem.ticket_id, AgendaItem.activity_id
        return select(*columns).where(AgendaItem.meeting_id == param("id"))

    rows = await statements.fetch(session, "agenda", build, {"id": meeting_id})
    items = {row.ticket_id: row.activity_id for row in rows}
    removed = [key for key, decided in items.items() if decided is not None and key not in ticket_ids]
    added = [(index, key) for index, key in enumerate(ticket_ids) if key not in items]
    errors: list[UserError] = [DecidedItem(at("ticketIds"))] if removed else []
    return errors + await _check_pending(session, viewer, added)


async def _check_pending(session: Session, viewer: Viewer, requested: Sequence[tuple[int, int]]) -> list[UserError]:
    def build(viewer: Viewer) -> Statement:
        visible = visibility.tickets(viewer, Ticket.id, Ticket.status, roles=permissions.roles_for(Action.DECIDE))
        return visible.where(Ticket.id == any_(param("ids", ARRAY(BigInteger))))

    rows = await statements.fetch_as(session, viewer, "pending tickets", build, {"ids": [key for _, key in requested]})
    statuses = {row.id: row.status for row in rows}
    errors: list[UserError] = []
    for index, key in requested:
        path: Path = ("input", "ticketIds", str(index))
        if key not in statuses:
            errors.append(NotFound(path))
        elif permissions.check_status(Action.DECIDE, statuses[key]):
            errors.append(NotAllowedInStatus(path))
    return errors


async def _write_agenda(session: Session, meeting_id: int, ticket_ids: Sequence[int]) -> None:
    """Write the agenda in this order; each request is on it once."""
    distinct = list(dict.fromkeys(ticket_ids))
    await statements.fetch(
        session, "delete agenda items", _build_delete_others, {"id": meeting_id, "tickets": distinct}
    )
    for position, ticket_id in enumerate(distinct):
        row = {"meeting_id": meeting_id, "ticket_id": ticket_id, "position": position}
        await statements.fetch(session, "place agenda item", _build_place_item, param_values(row))


def _build_delete_others() -> Statement:
    others = AgendaItem.ticket_id != all_(param("tickets", ARRAY(BigInteger)))
    return delete(AgendaItem).where(AgendaItem.meeting_id == param("id"), others)


def _build_place_item() -> Statement:
    item = upsert(AgendaItem).values(column_params(("meeting_id", "ticket_id", "position")))
    change = {"position": item.excluded.position}
    return item.on_conflict_do_update(index_elements=["meeting_id", "ticket_id"], set_=change)
