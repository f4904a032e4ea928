"""What a ticket's history says of a past moment, in SQL; for statements that begin in `visibility`."""

from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import aliased

from osit_graphql.models import Activity, Ticket
from osit_graphql.vocabulary import ActivityKind


def service_then() -> ColumnElement[Any]:
    """Return which service had the ticket when something happened to it; of a re-routing, the one that sent it on."""
    routing = aliased(Activity)
    latest = (
        select(routing.to_service_id)
        .where(routing.ticket_id == Activity.ticket_id, routing.version <= Activity.version)
        .where(routing.to_service_id.is_not(None))
        .order_by(routing.version.desc())
        .limit(1)
        .scalar_subquery()
    )
    return case(
        (Activity.kind == ActivityKind.REROUTING, Activity.from_service_id),
        (Activity.kind == ActivityKind.OPENED, Activity.to_service_id),
        else_=latest,
    )


def opening_status() -> ColumnElement[Any]:
    """Return the status that a ticket was opened in: where its first change of status found it."""
    change = aliased(Activity)
    first = (
        select(change.from_status)
        .where(change.ticket_id == Ticket.id, change.from_status.is_not(None))
        .order_by(change.version)
        .limit(1)
    )
    return func.coalesce(first.scalar_subquery(), Ticket.status)
