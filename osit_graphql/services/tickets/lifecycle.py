"""Closing, reopening, deciding: what changes a ticket's status and nothing else."""

from collections.abc import Mapping

from osit_graphql.db import visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Activity
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Action, ActivityKind, Decision, Status
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.meetings import check_decision, note_decision
from osit_graphql.services.tickets.ticket_command import Outcome, TicketCommand, load_for_update


async def close(
    session: Session, viewer: Viewer, ticket_id: int, *, comment: str | None, expected_version: int | None = None
) -> Outcome:
    """Close the ticket, saying how it ended."""
    deed = await load_for_update(
        session, viewer, Action.CLOSE, ticket_id, comment=comment, expected_version=expected_version
    )
    deed.standing()
    return await _move(deed, permissions.TransitionCase.ALWAYS)


async def reopen(
    session: Session, viewer: Viewer, ticket_id: int, *, comment: str | None, expected_version: int | None = None
) -> Outcome:
    """Take a closed ticket up again; an evolution never approved waits for its decision again."""
    deed = await load_for_update(
        session, viewer, Action.REOPEN, ticket_id, comment=comment, expected_version=expected_version
    )
    ticket = deed.standing()
    approvals = visibility.activities(viewer, Activity.id).where(
        Activity.ticket_id == ticket.id, Activity.decision == Decision.APPROVED
    )
    approved = await session.scalar(approvals.limit(1)) is not None
    case = permissions.reopening_case(ticket.criticality, approved=approved)
    return await _move(deed, case, reopen_count=ticket.reopen_count + 1)


async def decide(
    session: Session,
    viewer: Viewer,
    ticket_id: int,
    *,
    decision: Decision,
    comment: str | None,
    meeting_id: int | None = None,
    expected_version: int | None = None,
) -> Outcome:
    """Write down what was decided of an evolution request, and on the agenda of the meeting that decided."""
    deed = await load_for_update(
        session, viewer, Action.DECIDE, ticket_id, comment=comment, expected_version=expected_version
    )
    if meeting_id is not None:
        deed.form.add(*await check_decision(session, viewer, meeting_id, ticket_id))
    deed.standing()
    told = {"decision": decision, "meeting_id": meeting_id}
    outcome = await _move(deed, permissions.decision_case(decision), last=meeting_id is None, told=told)
    if meeting_id is not None:
        await note_decision(session, meeting_id, outcome.ticket_id, outcome.activity_ids[0])
    return outcome


async def _move(
    deed: TicketCommand,
    case: permissions.TransitionCase,
    *,
    last: bool = True,
    told: Mapping[str, object] | None = None,
    **values: int,
) -> Outcome:
    """Take the ticket where the law says, with its row; `closed_at` goes with the status."""
    ticket = deed.standing()
    status = permissions.next_status(deed.action, ticket.status, case)
    change = {"status": status, "closed_at": deed.at if status is Status.CLOSED else None, **values}
    moved = {"from_status": ticket.status, "to_status": status, **(told or {})}
    if last:
        return await deed.finish(ActivityKind.STATUS_CHANGE, change, **moved)
    await deed.write(ActivityKind.STATUS_CHANGE, change, **moved)
    return deed.outcome()
