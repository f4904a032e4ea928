"""Within a service: who works on a ticket, and in which order."""

from sqlalchemy import select

from osit_graphql.db.engine import Session
from osit_graphql.db.models import Person
from osit_graphql.domain.enums import Action, ActivityKind, Priority
from osit_graphql.domain.user_errors import Inactive, NotATechnicianOfTheService, NotFound, Required, Unchanged
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.tickets.ticket_command import Outcome, TicketCommand, load_for_update
from osit_graphql.services.validation import ABSENT, AbsentType, at


async def assign(
    session: Session,
    viewer: Viewer,
    ticket_id: int,
    *,
    assignee_id: int | AbsentType | None,
    comment: str | None = None,
    expected_version: int | None = None,
) -> Outcome:
    """Give the ticket to a technician of its service, or to nobody."""
    deed = await load_for_update(
        session, viewer, Action.ASSIGN, ticket_id, comment=comment, expected_version=expected_version
    )
    if assignee_id is ABSENT:
        deed.form.add(Required(at("assigneeId")))
    elif deed.ticket is not None and deed.ticket.assignee_id == assignee_id:
        deed.form.add(Unchanged(at("assigneeId")))
    elif assignee_id is not None:
        await _check_assignee(deed, assignee_id)
    return await deed.finish(ActivityKind.ASSIGNMENT, {"assignee_id": assignee_id}, assignee_id=assignee_id)


async def _check_assignee(deed: TicketCommand, assignee_id: int) -> None:
    statement = select(Person.active, Person.service_id).where(Person.id == assignee_id)
    person = (await deed.session.execute(statement)).one_or_none()
    if person is None:
        deed.form.add(NotFound(at("assigneeId")))
    elif not person.active:
        deed.form.add(Inactive(at("assigneeId")))
    elif deed.ticket is not None and person.service_id != deed.ticket.service_id:
        deed.form.add(NotATechnicianOfTheService(at("assigneeId")))


async def prioritize(
    session: Session,
    viewer: Viewer,
    ticket_id: int,
    *,
    priority: Priority,
    comment: str | None = None,
    expected_version: int | None = None,
) -> Outcome:
    """Settle the priority: from now on a qualification proposes no other."""
    deed = await load_for_update(
        session, viewer, Action.PRIORITIZE, ticket_id, comment=comment, expected_version=expected_version
    )
    if deed.ticket is not None and deed.ticket.priority is priority:
        deed.form.add(Unchanged(at("priority")))
    ticket = deed.standing()
    change = {"priority": priority, "priority_settled": True}
    told = {"from_priority": ticket.priority, "to_priority": priority}
    return await deed.finish(ActivityKind.PRIORITY_CHANGE, change, **told)
