"""Runs a ticket command in one transaction and builds its payload; a refusal is a payload too."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from osit_graphql.api.context import Info
from osit_graphql.api.idempotency import attempt
from osit_graphql.api.lookahead import Selection, selection_of
from osit_graphql.api.payloads import TicketPayload, user_errors
from osit_graphql.api.types.activities import activity_columns, to_activity
from osit_graphql.api.types.tickets import Ticket, ticket_columns
from osit_graphql.db.engine import Session
from osit_graphql.domain.errors import Refused
from osit_graphql.domain.user_errors import StaleVersion
from osit_graphql.services import idempotency
from osit_graphql.services.idempotency import FirstResult
from osit_graphql.services.queries import activities, tickets
from osit_graphql.services.tickets import CommandContext, CommandResult, ResponseColumns

Command = Callable[[CommandContext], Awaitable[CommandResult]]


async def run_command(info: Info, arguments: Sequence[Any], command: Command) -> TicketPayload:
    """Run the command and return its payload; after `STALE_VERSION` it contains the current ticket.

    `arguments`: those of the mutation, its input last. With an idempotency key, the command runs at most once.
    """
    context = info.context
    viewer = context.viewer
    context.clear_loaders()

    async def work(session: Session, first: FirstResult | None) -> TicketPayload:
        if first is None:
            key = None if keyed is None else keyed.key
            columns = selection_of(info).cached(_response_columns)
            result = await command(CommandContext(session, viewer, columns, key))
        else:
            await idempotency.resume_on_ticket(session, first.subject_id)
            result = CommandResult(first.subject_id, first.activity_ids)
        return await _payload(info, session, result)

    try:
        keyed = attempt(info, arguments)
        return await idempotency.run_once(context.database, viewer, keyed, work)
    except Refused as refused:
        ticket, errors = await _current_ticket(info, refused), user_errors(context, refused)
        return TicketPayload(ticket=ticket, activity=None, activities=[], user_errors=errors)


async def _payload(info: Info, session: Session, result: CommandResult) -> TicketPayload:
    """Return the payload; read the parts of the response that the result does not contain."""
    rows = result.activities
    if rows is None:
        columns = selection_of(info).cached(_columns_of_activities)
        rows = await activities.written_by_viewer(session, info.context.viewer, result.activity_ids, columns)
    ticket = _to_ticket(result.ticket) if result.has_response else await _read_ticket(info, session, result.ticket_id)
    written = [to_activity(row) for row in rows]
    return TicketPayload(ticket=ticket, activity=written[0], activities=written, user_errors=[])


def _response_columns(selection: Selection) -> ResponseColumns:
    ticket = _columns_of_ticket(selection) if "ticket" in selection else None
    return ResponseColumns(ticket, _columns_of_activities(selection))


def _columns_of_activities(selection: Selection) -> frozenset[str]:
    return activity_columns(selection.within("activity").merged(selection.within("activities")))


def _columns_of_ticket(selection: Selection) -> frozenset[str]:
    return ticket_columns(selection.within("ticket"))


def _to_ticket(row: Any) -> Ticket | None:
    return None if row is None else Ticket.from_row(row)


async def _current_ticket(info: Info, refused: Refused) -> Ticket | None:
    """Return the current ticket if its version was stale, None after any other refusal."""
    for error in refused.user_errors:
        if isinstance(error, StaleVersion):
            async with info.context.reading() as session:
                return await _read_ticket(info, session, error.ticket_id)
    return None


async def _read_ticket(info: Info, session: Session, ticket_id: int) -> Ticket | None:
    selection = selection_of(info)
    if "ticket" not in selection:
        return None
    rows = await tickets.by_ids(session, info.context.viewer, [ticket_id], selection.cached(_columns_of_ticket))
    return _to_ticket(rows.get(ticket_id))
