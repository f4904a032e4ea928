"""Opening a ticket for a caller."""

from typing import Any, NamedTuple

from osit_graphql.db.engine import Session
from osit_graphql.db.models import Application, Cause, Person, Service, Site
from osit_graphql.domain import clock, permissions
from osit_graphql.domain.enums import Action, ActivityKind, Criticality, Severity
from osit_graphql.domain.user_errors import Required
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.tickets.persistence import open_ticket
from osit_graphql.services.tickets.ticket_command import Outcome, done
from osit_graphql.services.validation import Form, at


class NewTicket(NamedTuple):
    """What the operator fills in while the caller is on the line; the site is the requester's unless one is given."""

    title: str
    description: str
    requester_id: int
    application_id: int
    service_id: int
    severity: Severity
    criticality: Criticality
    site_id: int | None = None
    suspected_cause_id: int | None = None
    impact: str | None = None
    comment: str | None = None


async def create(session: Session, viewer: Viewer, new: NewTicket) -> Outcome:
    """Open a ticket and route it; an evolution request waits for its decision from the start."""
    permissions.authorize(viewer.roles, Action.CREATE)
    form = Form()
    texts = {
        "title": form.text(new.title, at("title"), limit=permissions.TITLE_LIMIT),
        "description": form.text(new.description, at("description"), limit=permissions.DESCRIPTION_LIMIT),
        "impact": form.text(new.impact, at("impact"), limit=permissions.IMPACT_LIMIT, required=False),
    }
    comment = form.text(
        new.comment, at("comment"), limit=permissions.COMMENT_LIMIT, required=permissions.RULES[Action.CREATE].comment
    )
    found = await form.references(
        session,
        {
            "requesterId": (Person, new.requester_id),
            "applicationId": (Application, new.application_id),
            "serviceId": (Service, new.service_id),
            "siteId": (Site, new.site_id),
            "suspectedCauseId": (Cause, new.suspected_cause_id),
        },
        also={"requesterId": Person.site_id},
    )
    site_id = new.site_id
    if site_id is None and not any(error.field == at("requesterId") for error in form.user_errors):
        site_id = found["requesterId"]
        if site_id is None:
            form.add(Required(at("siteId")))
    form.check()
    ticket, row = _rows(viewer, new, site_id, texts, comment)
    opened = await open_ticket(session, viewer, ticket, row)
    return done(opened.row.ticket_id, [opened])


def _rows(
    viewer: Viewer, new: NewTicket, site_id: int | None, texts: dict[str, str | None], comment: str | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the ticket's row, and that of its history."""
    moment = clock.now()
    ticket = {
        **texts,
        "status": permissions.next_status(Action.CREATE, None, permissions.creation_case(new.criticality)),
        "severity": new.severity,
        "criticality": new.criticality,
        "priority": permissions.proposed_priority(new.severity, new.criticality),
        "requester_id": new.requester_id,
        "operator_id": viewer.user_id,
        "suspected_cause_id": new.suspected_cause_id,
        "application_id": new.application_id,
        "service_id": new.service_id,
        "site_id": site_id,
        "opened_at": moment,
        "updated_at": moment,
    }
    row = {
        "kind": ActivityKind.OPENED,
        "author_id": viewer.user_id,
        "created_at": moment,
        "comment": comment,
        "to_service_id": new.service_id,
    }
    return ticket, row
