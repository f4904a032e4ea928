"""Correcting what a ticket says: how grave, what kind, about what, for whom, where, in which words."""

from dataclasses import dataclass, fields
from typing import Any

from osit_graphql.db.engine import Session
from osit_graphql.db.models import Application, Person, Site
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Action, ActivityKind, Criticality, Severity
from osit_graphql.domain.user_errors import Required, Unchanged
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.tickets.ticket_command import Outcome, TicketCommand, load_for_update
from osit_graphql.services.validation import ABSENT, AbsentType, Form, at

ARGUMENTS = {"application_id": "applicationId", "requester_id": "requesterId", "site_id": "siteId"}
TABLES = {"application_id": Application, "requester_id": Person, "site_id": Site}
LIMITS = {"title": permissions.TITLE_LIMIT, "description": permissions.DESCRIPTION_LIMIT}
TOLD = ("severity", "criticality", "application_id", "requester_id", "site_id", "title")


@dataclass(frozen=True)
class Correction:
    """What is corrected; the rest is left as it is."""

    severity: Severity | AbsentType | None = ABSENT
    criticality: Criticality | AbsentType | None = ABSENT
    application_id: int | AbsentType | None = ABSENT
    requester_id: int | AbsentType | None = ABSENT
    site_id: int | AbsentType | None = ABSENT
    title: str | AbsentType | None = ABSENT
    description: str | AbsentType | None = ABSENT

    def given(self, form: Form) -> dict[str, Any]:
        """Return what was said, trimmed; none of it may be empty."""
        said = {}
        for box in fields(self):
            value = getattr(self, box.name)
            if value is ABSENT:
                continue
            path = at(ARGUMENTS.get(box.name, box.name))
            if box.name in LIMITS:
                value = form.text(value, path, limit=LIMITS[box.name])
            elif value is None:
                form.add(Required(path))
            said[box.name] = value
        return said


async def qualify(
    session: Session,
    viewer: Viewer,
    ticket_id: int,
    correction: Correction,
    *,
    comment: str | None,
    expected_version: int | None = None,
) -> Outcome:
    """Correct it; becoming an evolution sends it to decision, ceasing to be one brings it back."""
    deed = await load_for_update(
        session, viewer, Action.QUALIFY, ticket_id, comment=comment, expected_version=expected_version
    )
    given = correction.given(deed.form)
    if deed.ticket is not None:
        given = {name: value for name, value in given.items() if value != getattr(deed.ticket, name)}
        if not given:
            deed.form.add(Unchanged(("input",)))
    await deed.form.references(
        session, {ARGUMENTS[name]: (TABLES[name], value) for name, value in given.items() if name in TABLES}
    )
    deed.standing()
    return await _write(deed, given)


async def _write(deed: TicketCommand, given: dict[str, Any]) -> Outcome:
    ticket = deed.standing()
    after = {name: given.get(name, getattr(ticket, name)) for name in TOLD}
    case = permissions.qualification_case(ticket.criticality, after["criticality"])
    status = permissions.next_status(Action.QUALIFY, ticket.status, case)
    if not ticket.priority_settled:
        given["priority"] = permissions.proposed_priority(after["severity"], after["criticality"])
    told = {f"from_{name}": getattr(ticket, name) for name in TOLD} | {f"to_{name}": after[name] for name in TOLD}
    if "description" in given:
        told["from_description"] = ticket.description
    if status is ticket.status:
        return await deed.finish(ActivityKind.QUALIFICATION, given, **told)
    await deed.write(ActivityKind.QUALIFICATION, {"status": status, **given}, **told)
    await deed.add(ActivityKind.STATUS_CHANGE, from_status=ticket.status, to_status=status)
    return deed.outcome()
