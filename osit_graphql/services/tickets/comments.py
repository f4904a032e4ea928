"""Adding a comment to a ticket."""

from osit_graphql.db.engine import Session
from osit_graphql.domain.enums import Action, ActivityKind
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.tickets.ticket_command import Outcome, load_for_update


async def comment(
    session: Session,
    viewer: Viewer,
    ticket_id: int,
    *,
    comment: str | None,
    internal: bool = False,
    expected_version: int | None = None,
) -> Outcome:
    """Add to the ticket's history; an internal comment is not for its requester."""
    deed = await load_for_update(
        session, viewer, Action.COMMENT, ticket_id, comment=comment, expected_version=expected_version
    )
    return await deed.finish(ActivityKind.COMMENT, internal=internal)
