"""The command that creates a ticket for a caller."""

from typing import Any, NamedTuple

from osit_graphql.db.models import Application, Cause, Person, Service, Site
from osit_graphql.domain import clock, permissions
from osit_graphql.domain.enums import Action, ActivityKind, Criticality, Severity
from osit_graphql.domain.user_errors import Required
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.tickets.ticket_command import CommandContext, CommandResult, insert_ticket, result_of
from osit_graphql.services.validation import InputValidator, at


class NewTicket(NamedTuple):
    """The fields that the operator fills in during the call. Without `site_id` it is the site of the requester."""

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


async def create(context: CommandContext, new: NewTicket) -> CommandResult:
    """Create a ticket for a service; an evolution request waits for its decision from the start."""
    permissions.authorize(context.viewer.roles, Action.CREATE)
    validator = InputValidator()
    texts = {
        "title": validator.text(new.title, at("title"), limit=permissions.TITLE_LIMIT),
        "description": validator.text(new.description, at("description"), limit=permissions.DESCRIPTION_LIMIT),
        "impact": validator.text(new.impact, at("impact"), limit=permissions.IMPACT_LIMIT, required=False),
    }
    comment = validator.text(
        new.comment, at("comment"), limit=permissions.COMMENT_LIMIT, required=permissions.RULES[Action.CREATE].comment
    )
    sites = await validator.references(
        context.session,
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
    if site_id is None and not any(error.field == at("requesterId") for error in validator.user_errors):
        site_id = sites["requesterId"]
        if site_id is None:
            validator.add(Required(at("siteId")))
    validator.check()
    ticket, activity = _rows(context.viewer, new, site_id, texts, comment)
    opened = await insert_ticket(context, ticket, activity)
    return result_of(opened.row.ticket_id, [opened])


def _rows(
    viewer: Viewer, new: NewTicket, site_id: int | None, texts: dict[str, str | None], comment: str | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the values of the ticket and of the activity that opens it."""
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
    activity = {
        "kind": ActivityKind.OPENED,
        "author_id": viewer.user_id,
        "created_at": moment,
        "comment": comment,
        "to_service_id": new.service_id,
    }
    return ticket, activity
