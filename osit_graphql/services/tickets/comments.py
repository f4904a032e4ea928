"""Adding a comment to a ticket."""

from osit_graphql.database import Session
from osit_graphql.services.tickets.deeds import Outcome, approach
from osit_graphql.viewer import Viewer
from osit_graphql.vocabulary import Action, ActivityKind


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
    deed = await approach(
        session, viewer, Action.COMMENT, ticket_id, comment=comment, expected_version=expected_version
    )
    return await deed.finish(ActivityKind.COMMENT, internal=internal)
