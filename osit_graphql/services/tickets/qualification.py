"""The command that corrects a ticket: severity, criticality, application, requester, site, title, description."""

from dataclasses import dataclass, fields
from typing import Any

from osit_graphql.db.models import Application, Person, Site
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Action, ActivityKind, Criticality, Severity
from osit_graphql.domain.user_errors import Required, Unchanged
from osit_graphql.services.tickets.ticket_command import CommandContext, CommandResult, TicketCommand, load_for_update
from osit_graphql.services.validation import ABSENT, AbsentType, InputValidator, at

ARGUMENTS = {"application_id": "applicationId", "requester_id": "requesterId", "site_id": "siteId"}
TABLES = {"application_id": Application, "requester_id": Person, "site_id": Site}
LIMITS = {"title": permissions.TITLE_LIMIT, "description": permissions.DESCRIPTION_LIMIT}
RECORDED_FIELDS = ("severity", "criticality", "application_id", "requester_id", "site_id", "title")
"""Fields whose values before and after are part of the activity."""


@dataclass(frozen=True)
class Correction:
    """The fields to correct; absent fields do not change."""

    severity: Severity | AbsentType | None = ABSENT
    criticality: Criticality | AbsentType | None = ABSENT
    application_id: int | AbsentType | None = ABSENT
    requester_id: int | AbsentType | None = ABSENT
    site_id: int | AbsentType | None = ABSENT
    title: str | AbsentType | None = ABSENT
    description: str | AbsentType | None = ABSENT

    def validated(self, validator: InputValidator) -> dict[str, Any]:
        """Return the fields that are present, trimmed; an empty one is an error."""
        values = {}
        for each in fields(self):
            value = getattr(self, each.name)
            if value is ABSENT:
                continue
            path = at(ARGUMENTS.get(each.name, each.name))
            if each.name in LIMITS:
                value = validator.text(value, path, limit=LIMITS[each.name])
            elif value is None:
                validator.add(Required(path))
            values[each.name] = value
        return values


async def qualify(
    context: CommandContext,
    ticket_id: int,
    correction: Correction,
    *,
    comment: str | None,
    expected_version: int | None = None,
) -> CommandResult:
    """Correct the ticket; a ticket that becomes an evolution request waits for its decision, and the reverse."""
    command = await load_for_update(
        context, Action.QUALIFY, ticket_id, comment=comment, expected_version=expected_version
    )
    change = correction.validated(command.validator)
    if command.ticket is not None:
        change = {name: value for name, value in change.items() if value != getattr(command.ticket, name)}
        if not change:
            command.validator.add(Unchanged(("input",)))
    await command.validator.references(
        context.session, {ARGUMENTS[name]: (TABLES[name], value) for name, value in change.items() if name in TABLES}
    )
    return await _apply(command, change)


async def _apply(command: TicketCommand, change: dict[str, Any]) -> CommandResult:
    ticket = command.require_ticket()
    after = {name: change.get(name, getattr(ticket, name)) for name in RECORDED_FIELDS}
    case = permissions.qualification_case(ticket.criticality, after["criticality"])
    status = permissions.next_status(Action.QUALIFY, ticket.status, case)
    if not ticket.priority_settled:
        change["priority"] = permissions.proposed_priority(after["severity"], after["criticality"])
    values = {f"from_{name}": getattr(ticket, name) for name in RECORDED_FIELDS}
    values |= {f"to_{name}": after[name] for name in RECORDED_FIELDS}
    if "description" in change:
        values["from_description"] = ticket.description
    if status is ticket.status:
        return await command.apply_last(ActivityKind.QUALIFICATION, change, **values)
    await command.apply(ActivityKind.QUALIFICATION, {"status": status, **change}, **values)
    await command.add_activity(ActivityKind.STATUS_CHANGE, from_status=ticket.status, to_status=status)
    return command.result()
