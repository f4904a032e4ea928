"""The events of the demo company's tickets, as data; `replay` runs them through the services."""

from dataclasses import dataclass
from decimal import Decimal

from osit_graphql.demo.company import Employee
from osit_graphql.domain.enums import Criticality, Decision, Priority, Severity


@dataclass(frozen=True)
class TicketEvent:
    """An event at a minute of work; `{number}` in its comment becomes the number of ticket `related_key`."""

    minute: int
    ticket_key: int
    actor: Employee
    comment: str | None = None
    related_key: int | None = None


@dataclass(frozen=True, kw_only=True)
class Opened(TicketEvent):
    """The operator creates the ticket."""

    requester: Employee
    title: str
    description: str
    application: str
    service: str
    severity: Severity
    criticality: Criticality
    suspected_cause: str | None = None
    impact: str | None = None


@dataclass(frozen=True, kw_only=True)
class Commented(TicketEvent):
    """A comment is added."""

    internal: bool = False


@dataclass(frozen=True, kw_only=True)
class Assigned(TicketEvent):
    """The ticket is assigned to a technician of its service."""

    assignee: Employee


@dataclass(frozen=True, kw_only=True)
class Prioritized(TicketEvent):
    """The service sets the priority."""

    priority: Priority


@dataclass(frozen=True, kw_only=True)
class Qualified(TicketEvent):
    """Severity or criticality is corrected; None: unchanged."""

    severity: Severity | None = None
    criticality: Criticality | None = None


@dataclass(frozen=True, kw_only=True)
class Rerouted(TicketEvent):
    """The ticket is sent to another service."""

    service: str


@dataclass(frozen=True, kw_only=True)
class InterventionLogged(TicketEvent):
    """An intervention that ended at `minute` is logged."""

    minutes: int
    cause: str
    expenses: Decimal | None = None


class InterventionVoided(TicketEvent):
    """The ticket's last intervention is voided."""


class Closed(TicketEvent):
    """The ticket is closed."""


class Reopened(TicketEvent):
    """The ticket is reopened."""


@dataclass(frozen=True, kw_only=True)
class Decided(TicketEvent):
    """A meeting decides on an evolution request."""

    decision: Decision
