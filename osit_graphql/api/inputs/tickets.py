"""Inputs of the ticket mutations."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import strawberry
from strawberry import UNSET

from osit_graphql.domain.enums import Criticality, Decision, Priority, Severity

COMMENT = "Required, not blank, at most 10,000 characters."
REASON = f"Mandatory comment. {COMMENT}"


def optional(description: str) -> Any:
    """Return an optional field."""
    return strawberry.field(default=UNSET, description=description)


def expected_version_field() -> Any:
    """Return the field for the version that the client read."""
    return optional(
        "Version that the client read. If the ticket has another version now, the command is refused "
        "with STALE_VERSION."
    )


def idempotency_key_field() -> Any:
    """Return the field for an idempotency key."""
    return optional(
        "Idempotency key, chosen by the client, for safe retries: a UUID, at most 255 characters. For 48 "
        "hours the same key with the same arguments returns the first result without repeating the "
        "command. With other arguments it is IDEMPOTENCY_KEY_REUSED."
    )


@strawberry.input(description="New ticket, as the operator fills it in during the call.")
class TicketCreateInput:
    title: str = strawberry.field(description="Summary, 1 to 200 characters.")
    description: str = strawberry.field(description="Description, as the caller gives it, 1 to 20,000 characters.")
    requester_id: strawberry.ID = strawberry.field(description="Requester, the employee who calls. Must be active.")
    application_id: strawberry.ID = strawberry.field(description="Application concerned. Must be active.")
    service_id: strawberry.ID = strawberry.field(description="Assigned service. Must be active.")
    severity: Severity = strawberry.field(description="Severity: « gravité ».")
    criticality: Criticality = strawberry.field(description="Criticality: « criticité ».")
    site_id: strawberry.ID | None = optional("Site concerned. Default: the requester's site.")
    suspected_cause_id: strawberry.ID | None = optional("Cause suspected by the operator: « cause probable ».")
    impact: str | None = optional("Impact on users, at most 2,000 characters: « impact sur les utilisateurs ».")
    comment: str | None = optional("Comment for the service.")
    idempotency_key: str | None = idempotency_key_field()


@strawberry.input(description="A comment on a ticket.")
class TicketCommentInput:
    comment: str = strawberry.field(description=COMMENT)
    internal: bool = strawberry.field(
        default=False, description="Hides the comment from viewers who see the ticket only as its requester."
    )
    expected_version: int | None = expected_version_field()
    idempotency_key: str | None = idempotency_key_field()


@strawberry.input(description="Report of an intervention.")
class TicketLogInterventionInput:
    comment: str = strawberry.field(description=f"Work done. {COMMENT}")
    started_at: datetime = strawberry.field(description="Start of the work. Not in the future.")
    minutes: int = strawberry.field(description="Duration in minutes, 1 to 1440. The work has ended.")
    cause_id: strawberry.ID = strawberry.field(description="Cause. Must be active.")
    expenses: Decimal | None = optional("Expenses, to the cent. Default: none.")
    expected_version: int | None = expected_version_field()
    idempotency_key: str | None = idempotency_key_field()


@strawberry.input(description="Voiding of an intervention.")
class InterventionVoidInput:
    comment: str = strawberry.field(description=REASON)
    expected_version: int | None = expected_version_field()
    idempotency_key: str | None = idempotency_key_field()


@strawberry.input(description="Assignment of a ticket.")
class TicketAssignInput:
    assignee_id: strawberry.ID | None = optional(
        "Active technician of the ticket's service. Null unassigns the ticket; an absent value is "
        "refused with REQUIRED."
    )
    comment: str | None = optional("Comment for the assignee.")
    expected_version: int | None = expected_version_field()
    idempotency_key: str | None = idempotency_key_field()


@strawberry.input(description="Priority set by the service.")
class TicketPrioritizeInput:
    priority: Priority = strawberry.field(description="Priority. Later qualifications no longer change it.")
    comment: str | None = optional("Comment.")
    expected_version: int | None = expected_version_field()
    idempotency_key: str | None = idempotency_key_field()


@strawberry.input(description="Corrections to a ticket. Absent fields stay. At least one value must change.")
class TicketQualifyInput:
    severity: Severity | None = optional("Severity: « gravité ».")
    criticality: Criticality | None = optional(
        "Criticality. Changing to EVOLUTION makes the ticket pending a decision; changing from EVOLUTION opens it."
    )
    application_id: strawberry.ID | None = optional("Application concerned. Must be active.")
    requester_id: strawberry.ID | None = optional("Requester, the employee who called. Must be active.")
    site_id: strawberry.ID | None = optional("Site concerned. Must be active.")
    title: str | None = optional("Summary, 1 to 200 characters.")
    description: str | None = optional("Description, 1 to 20,000 characters.")
    comment: str = strawberry.field(description=REASON)
    expected_version: int | None = expected_version_field()
    idempotency_key: str | None = idempotency_key_field()


@strawberry.input(description="Re-routing of a ticket to another service.")
class TicketRerouteInput:
    service_id: strawberry.ID = strawberry.field(
        description="Target service. Must be active and differ from the present one."
    )
    comment: str = strawberry.field(description=f"Findings so far, for the next service. {REASON}")
    expected_version: int | None = expected_version_field()
    idempotency_key: str | None = idempotency_key_field()


@strawberry.input(description="Closing of a ticket.")
class TicketCloseInput:
    comment: str = strawberry.field(description=f"Outcome. {COMMENT}")
    expected_version: int | None = expected_version_field()
    idempotency_key: str | None = idempotency_key_field()


@strawberry.input(description="Reopening of a closed ticket.")
class TicketReopenInput:
    comment: str = strawberry.field(description=REASON)
    expected_version: int | None = expected_version_field()
    idempotency_key: str | None = idempotency_key_field()


@strawberry.input(description="Decision on an evolution request.")
class TicketDecideInput:
    meeting_id: strawberry.ID | None = optional("Meeting that decided. Its agenda records the decision.")
    decision: Decision = strawberry.field(
        description="Decision. APPROVED opens the ticket, REJECTED closes it, POSTPONED leaves it pending."
    )
    comment: str = strawberry.field(description=REASON)
    expected_version: int | None = expected_version_field()
    idempotency_key: str | None = idempotency_key_field()
