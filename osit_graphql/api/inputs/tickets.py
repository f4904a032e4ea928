"""What the ticket mutations take."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import strawberry
from strawberry import UNSET

from osit_graphql.domain.enums import Criticality, Decision, Priority, Severity

COMMENT = "Required, never blank, at most 10,000 characters."
WHY = f"Why: a mandatory observation. {COMMENT}"


def optional(description: str) -> Any:
    """Describe a field that need not be there."""
    return strawberry.field(default=UNSET, description=description)


def expected() -> Any:
    """Describe the version that a writer has read."""
    return optional("The version that was read: if it is another now, nothing is changed and the answer says so.")


def keyed() -> Any:
    """Describe the key that makes a retry safe."""
    return optional(
        "Makes sending it again safe: for 48 hours the same key with the same arguments is answered as the first time, "
        "and nothing is done twice; with others it is IDEMPOTENCY_KEY_REUSED. Of the caller's own choice, for one "
        "thing to do: a UUID; at most 255 characters."
    )


@strawberry.input(description="A new ticket, as the operator fills it in with the caller on the line.")
class TicketCreateInput:
    """The contract's."""

    title: str = strawberry.field(description="It, in one line: 1 to 200 characters.")
    description: str = strawberry.field(description="It, as the caller tells it: 1 to 20,000 characters.")
    requester_id: strawberry.ID = strawberry.field(description="Who calls: anybody active.")
    application_id: strawberry.ID = strawberry.field(description="What it is about; must be active.")
    service_id: strawberry.ID = strawberry.field(description="Which service it is assigned to; must be active.")
    severity: Severity = strawberry.field(description="How much it hurts: « gravité ».")
    criticality: Criticality = strawberry.field(description="Whether work is stopped: « criticité ».")
    site_id: strawberry.ID | None = optional("Where it happens: the requester's site unless another is given.")
    suspected_cause_id: strawberry.ID | None = optional("What the operator thinks it is: « cause probable ».")
    impact: str | None = optional("What users can't do, at most 2,000 characters: « impact sur les utilisateurs ».")
    comment: str | None = optional("Something for the service to know.")
    idempotency_key: str | None = keyed()


@strawberry.input(description="A comment on a ticket.")
class TicketCommentInput:
    """The contract's."""

    comment: str = strawberry.field(description=COMMENT)
    internal: bool = strawberry.field(
        default=False, description="Not for those who see the ticket as its requester only."
    )
    expected_version: int | None = expected()
    idempotency_key: str | None = keyed()


@strawberry.input(description="The report of an intervention.")
class TicketLogInterventionInput:
    """The contract's."""

    comment: str = strawberry.field(description=f"What was done. {COMMENT}")
    started_at: datetime = strawberry.field(description="When the work began; not in the future.")
    minutes: int = strawberry.field(description="How long it took: 1 to 1440.")
    cause_id: strawberry.ID = strawberry.field(description="What it came from; must be active.")
    expenses: Decimal | None = optional("What it cost beside time, to the cent; none when absent.")
    expected_version: int | None = expected()
    idempotency_key: str | None = keyed()


@strawberry.input(description="Taking the report of an intervention back.")
class InterventionVoidInput:
    """The contract's."""

    comment: str = strawberry.field(description=WHY)
    expected_version: int | None = expected()
    idempotency_key: str | None = keyed()


@strawberry.input(description="Who works on a ticket from now on.")
class TicketAssignInput:
    """The contract's."""

    assignee_id: strawberry.ID | None = optional(
        "An active technician of the ticket's service; null takes the assignment away, absent is REQUIRED."
    )
    comment: str | None = optional("Something for them to know.")
    expected_version: int | None = expected()
    idempotency_key: str | None = keyed()


@strawberry.input(description="The priority that the service settles.")
class TicketPrioritizeInput:
    """The contract's."""

    priority: Priority = strawberry.field(description="From now on no qualification proposes another.")
    comment: str | None = optional("Something to say about it.")
    expected_version: int | None = expected()
    idempotency_key: str | None = keyed()


@strawberry.input(description="A correction of what a ticket says; what is absent stays. Something must change.")
class TicketQualifyInput:
    """The contract's."""

    severity: Severity | None = optional("How much it hurts: « gravité ».")
    criticality: Criticality | None = optional(
        "Becoming EVOLUTION sends it to decision, ceasing to be one brings it back."
    )
    application_id: strawberry.ID | None = optional("What it is about; must be active.")
    requester_id: strawberry.ID | None = optional("Whose call it was; must be active.")
    site_id: strawberry.ID | None = optional("Where it happens; must be active.")
    title: str | None = optional("It, in one line: 1 to 200 characters.")
    description: str | None = optional("It, in full: 1 to 20,000 characters.")
    comment: str = strawberry.field(description=WHY)
    expected_version: int | None = expected()
    idempotency_key: str | None = keyed()


@strawberry.input(description="Sending a ticket to another service.")
class TicketRerouteInput:
    """The contract's."""

    service_id: strawberry.ID = strawberry.field(description="Which one: active, and not the one that has it.")
    comment: str = strawberry.field(description=f"What was found out so far, for the next service. {WHY}")
    expected_version: int | None = expected()
    idempotency_key: str | None = keyed()


@strawberry.input(description="Closing a ticket.")
class TicketCloseInput:
    """The contract's."""

    comment: str = strawberry.field(description=f"How it ended. {COMMENT}")
    expected_version: int | None = expected()
    idempotency_key: str | None = keyed()


@strawberry.input(description="Taking a closed ticket up again.")
class TicketReopenInput:
    """The contract's."""

    comment: str = strawberry.field(description=WHY)
    expected_version: int | None = expected()
    idempotency_key: str | None = keyed()


@strawberry.input(description="What was decided of an evolution request.")
class TicketDecideInput:
    """The contract's."""

    meeting_id: strawberry.ID | None = optional("The meeting that decided: its agenda notes it.")
    decision: Decision = strawberry.field(
        description="APPROVED opens it, REJECTED closes it, POSTPONED leaves it pending."
    )
    comment: str = strawberry.field(description=WHY)
    expected_version: int | None = expected()
    idempotency_key: str | None = keyed()
