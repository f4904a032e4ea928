"""Commands on a ticket: assign, prioritize, comment, re-route, close, reopen, decide.

Each one follows the same steps: lock the ticket, check, apply.
"""

from collections.abc import Mapping

from sqlalchemy import select

from osit_graphql.db import statements, visibility
from osit_graphql.db.models import Activity, Person, Service
from osit_graphql.db.statements import Statement, param
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Action, ActivityKind, Decision, Priority, Status
from osit_graphql.domain.user_errors import Inactive, NotATechnicianOfTheService, NotFound, Required, Unchanged
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.meetings import check_decision, note_decision
from osit_graphql.services.tickets.ticket_command import CommandContext, CommandResult, TicketCommand, load_for_update
from osit_graphql.services.validation import ABSENT, AbsentType, at


async def assign(
    context: CommandContext,
    ticket_id: int,
    *,
    assignee_id: int | AbsentType | None,
    comment: str | None = None,
    expected_version: int | None = None,
) -> CommandResult:
    """Assign the ticket to a technician of its service, or remove the assignee."""
    command = await load_for_update(
        context, Action.ASSIGN, ticket_id, comment=comment, expected_version=expected_version
    )
    if assignee_id is ABSENT:
        command.validator.add(Required(at("assigneeId")))
    elif command.ticket is not None and command.ticket.assignee_id == assignee_id:
        command.validator.add(Unchanged(at("assigneeId")))
    elif assignee_id is not None:
        await _check_assignee(command, assignee_id)
    return await command.apply_last(ActivityKind.ASSIGNMENT, {"assignee_id": assignee_id}, assignee_id=assignee_id)


async def _check_assignee(command: TicketCommand, assignee_id: int) -> None:
    def build() -> Statement:
        return select(Person.active, Person.service_id).where(Person.id == param("id"))

    rows = await statements.fetch(command.session, "assignee", build, {"id": assignee_id})
    if not rows:
        command.validator.add(NotFound(at("assigneeId")))
    elif not rows[0].active:
        command.validator.add(Inactive(at("assigneeId")))
    elif command.ticket is not None and rows[0].service_id != command.ticket.service_id:
        command.validator.add(NotATechnicianOfTheService(at("assigneeId")))


async def prioritize(
    context: CommandContext,
    ticket_id: int,
    *,
    priority: Priority,
    comment: str | None = None,
    expected_version: int | None = None,
) -> CommandResult:
    """Set the priority. A later qualification no longer changes it."""
    command = await load_for_update(
        context, Action.PRIORITIZE, ticket_id, comment=comment, expected_version=expected_version
    )
    if command.ticket is not None and command.ticket.priority is priority:
        command.validator.add(Unchanged(at("priority")))
    ticket = command.require_ticket()
    return await command.apply_last(
        ActivityKind.PRIORITY_CHANGE,
        {"priority": priority, "priority_settled": True},
        from_priority=ticket.priority,
        to_priority=priority,
    )


async def comment(
    context: CommandContext,
    ticket_id: int,
    *,
    comment: str | None,
    internal: bool = False,
    expected_version: int | None = None,
) -> CommandResult:
    """Add a comment to the ticket's history. An internal one is hidden from the ticket's requester."""
    command = await load_for_update(
        context, Action.COMMENT, ticket_id, comment=comment, expected_version=expected_version
    )
    return await command.apply_last(ActivityKind.COMMENT, internal=internal)


async def reroute(
    context: CommandContext,
    ticket_id: int,
    *,
    service_id: int,
    comment: str | None,
    expected_version: int | None = None,
) -> CommandResult:
    """Move the ticket to another service and remove its assignee."""
    command = await load_for_update(
        context, Action.REROUTE, ticket_id, comment=comment, expected_version=expected_version
    )
    if command.ticket is not None and command.ticket.service_id == service_id:
        command.validator.add(Unchanged(at("serviceId")))
    else:
        await command.validator.references(command.session, {"serviceId": (Service, service_id)})
    ticket = command.require_ticket()
    change = {"service_id": service_id, "assignee_id": None, "reroute_count": ticket.reroute_count + 1}
    return await command.apply_last(
        ActivityKind.REROUTING, change, from_service_id=ticket.service_id, to_service_id=service_id
    )


async def close(
    context: CommandContext, ticket_id: int, *, comment: str | None, expected_version: int | None = None
) -> CommandResult:
    """Close the ticket; the comment describes the solution."""
    command = await load_for_update(
        context, Action.CLOSE, ticket_id, comment=comment, expected_version=expected_version
    )
    return await _change_status(command, permissions.TransitionCase.ALWAYS)


async def reopen(
    context: CommandContext, ticket_id: int, *, comment: str | None, expected_version: int | None = None
) -> CommandResult:
    """Reopen a closed ticket; an evolution request that was never approved waits for its decision again."""
    command = await load_for_update(
        context, Action.REOPEN, ticket_id, comment=comment, expected_version=expected_version
    )
    ticket = command.require_ticket()
    case = permissions.reopening_case(ticket.criticality, approved=await _was_approved(command, ticket.id))
    return await _change_status(command, case, reopen_count=ticket.reopen_count + 1)


async def _was_approved(command: TicketCommand, ticket_id: int) -> bool:
    def build(viewer: Viewer) -> Statement:
        approved = Activity.ticket_id == param("id"), Activity.decision == Decision.APPROVED
        return visibility.activities(viewer, Activity.id).where(*approved).limit(1)

    return bool(await statements.fetch_as(command.session, command.viewer, "approval", build, {"id": ticket_id}))


async def decide(
    context: CommandContext,
    ticket_id: int,
    *,
    decision: Decision,
    comment: str | None,
    meeting_id: int | None = None,
    expected_version: int | None = None,
) -> CommandResult:
    """Record the decision on an evolution request, and on the meeting's agenda if `meeting_id` is not None."""
    command = await load_for_update(
        context, Action.DECIDE, ticket_id, comment=comment, expected_version=expected_version
    )
    if meeting_id is not None:
        command.validator.add(*await check_decision(context.session, context.viewer, meeting_id, ticket_id))
    values = {"decision": decision, "meeting_id": meeting_id}
    case = permissions.decision_case(decision)
    result = await _change_status(command, case, last=meeting_id is None, activity_values=values)
    if meeting_id is not None:
        await note_decision(context.session, meeting_id, result.ticket_id, result.activity_ids[0])
    return result


async def _change_status(
    command: TicketCommand,
    case: permissions.TransitionCase,
    *,
    last: bool = True,
    activity_values: Mapping[str, object] | None = None,
    **change: int,
) -> CommandResult:
    """Apply the status transition of `permissions`; set or clear `closed_at`."""
    ticket = command.require_ticket()
    status = permissions.next_status(command.action, ticket.status, case)
    changed = {"status": status, "closed_at": command.at if status is Status.CLOSED else None, **change}
    values = {"from_status": ticket.status, "to_status": status, **(activity_values or {})}
    if last:
        return await command.apply_last(ActivityKind.STATUS_CHANGE, changed, **values)
    await command.apply(ActivityKind.STATUS_CHANGE, changed, **values)
    return command.result()
