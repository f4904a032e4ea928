"""Carrying an action on a ticket out: one transaction, then its answer; a refusal is an answer too."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from osit_graphql.api import global_ids
from osit_graphql.api.context import Info
from osit_graphql.api.idempotency import attempt
from osit_graphql.api.lookahead import Selection, selection_of
from osit_graphql.api.payloads import TicketPayload, done, refused_ticket
from osit_graphql.api.types.activities import activity
from osit_graphql.api.types.activity import wanted_of as of_history
from osit_graphql.api.types.tickets import Ticket, wanted_of
from osit_graphql.db.engine import Session
from osit_graphql.domain.errors import Refused
from osit_graphql.domain.user_errors import StaleVersion
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services import idempotency
from osit_graphql.services.idempotency import Answer, Attempt
from osit_graphql.services.queries import activities, tickets
from osit_graphql.services.tickets.persistence import Asked
from osit_graphql.services.tickets.ticket_command import Outcome

Verb = Callable[[Session, Viewer], Awaitable[Outcome]]


async def carry_out(info: Info, asked: Sequence[Any], verb: Verb) -> TicketPayload:
    """Run the verb and read its answer in one transaction; on a stale version the ticket as it now is.

    `asked`: the mutation's arguments, its input last: under a key they are carried out once.
    """
    context = info.context
    context.clear_loaders()
    try:
        return await _carry_out(info, attempt(info, asked), verb)
    except Refused as refused:
        return refused_ticket(context, refused, await _stale(info, refused))


def _carry_out(info: Info, asked: Attempt | None, verb: Verb) -> Awaitable[TicketPayload]:
    context = info.context
    viewer = context.viewer

    async def work(session: Session, first: Answer | None) -> TicketPayload:
        if first is None:
            session.asked = selection_of(info).cached(_asked)
            outcome = await verb(session, viewer)
            if outcome.whole:
                return done(_seen(outcome.ticket), [activity(row) for row in outcome.receipts or ()])
        else:
            await idempotency.resume(session, first.subject_id)
            outcome = Outcome(first.subject_id, first.activity_ids)
        receipts = outcome.receipts
        if receipts is None:
            receipts = await activities.receipts(
                session, viewer, outcome.activity_ids, selection_of(info).cached(_of_activities)
            )
        return done(await _ticket(info, session, outcome.ticket_id), [activity(row) for row in receipts])

    return idempotency.once(context.database, viewer, asked, work)


def _of_activities(asked: Selection) -> frozenset[str]:
    return of_history(asked.within("activity").merged(asked.within("activities")))


def _asked(asked: Selection) -> Asked:
    return Asked(_of_ticket(asked) if "ticket" in asked else None, _of_activities(asked))


def _seen(row: Any) -> Ticket | None:
    return None if row is None else Ticket.from_row(row)


def _of_ticket(asked: Selection) -> frozenset[str]:
    return wanted_of(asked.within("ticket"))


async def _stale(info: Info, refused: Refused) -> Ticket | None:
    for error in refused.user_errors:
        if isinstance(error, StaleVersion):
            async with info.context.database.reading(info.context.viewer) as session:
                return await _ticket(info, session, error.ticket_id)
    return None


async def _ticket(info: Info, session: Session, ticket_id: int) -> Ticket | None:
    asked = selection_of(info)
    if "ticket" not in asked:
        return None
    found = await tickets.by_ids(session, info.context.viewer, [ticket_id], asked.cached(_of_ticket))
    return _seen(found.get(ticket_id))


def key_of(id: str) -> int:
    """Read the ticket's id."""
    return global_ids.decode(global_ids.Kind.TICKET, id, ("id",))
