"""Sending a ticket to another service."""

from osit_graphql.db.engine import Session
from osit_graphql.db.models import Service
from osit_graphql.domain.enums import Action, ActivityKind
from osit_graphql.domain.user_errors import Unchanged
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.tickets.ticket_command import Outcome, load_for_update
from osit_graphql.services.validation import at


async def reroute(
    session: Session,
    viewer: Viewer,
    ticket_id: int,
    *,
    service_id: int,
    comment: str | None,
    expected_version: int | None = None,
) -> Outcome:
    """Send it where it belongs, saying why; whoever it was assigned to in the old service loses it."""
    deed = await load_for_update(
        session, viewer, Action.REROUTE, ticket_id, comment=comment, expected_version=expected_version
    )
    if deed.ticket is not None and deed.ticket.service_id == service_id:
        deed.form.add(Unchanged(at("serviceId")))
    else:
        await deed.form.references(session, {"serviceId": (Service, service_id)})
    ticket = deed.standing()
    change = {"service_id": service_id, "assignee_id": None, "reroute_count": ticket.reroute_count + 1}
    told = {"from_service_id": ticket.service_id, "to_service_id": service_id}
    return await deed.finish(ActivityKind.REROUTING, change, **told)
