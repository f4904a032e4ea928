"""What can happen to a ticket of the demo company, as data: the script that `stage` plays through the services."""

from dataclasses import dataclass
from decimal import Decimal

from osit_graphql.demo.company import Employee
from osit_graphql.domain.enums import Criticality, Decision, Priority, Severity


@dataclass(frozen=True)
class Step:
    """One action: `at` in minutes of work (see `hours`), by whom; `{number}` in its comment is the ticket `about`."""

    at: int
    ticket: int
    actor: Employee
    comment: str | None = None
    about: int | None = None


@dataclass(frozen=True, kw_only=True)
class Opening(Step):
    """A call that became a ticket."""

    requester: Employee
    title: str
    description: str
    application: str
    service: str
    severity: Severity
    criticality: Criticality
    suspected: str | None = None
    impact: str | None = None


@dataclass(frozen=True, kw_only=True)
class Remark(Step):
    """A comment."""

    internal: bool = False


@dataclass(frozen=True, kw_only=True)
class Assignment(Step):
    """Given to a technician of its service."""

    assignee: Employee


@dataclass(frozen=True, kw_only=True)
class Ranking(Step):
    """A priority settled by the service."""

    priority: Priority


@dataclass(frozen=True, kw_only=True)
class Correction(Step):
    """A qualification: whatever is not None changes."""

    severity: Severity | None = None
    criticality: Criticality | None = None


@dataclass(frozen=True, kw_only=True)
class Rerouting(Step):
    """Sent to another service."""

    service: str


@dataclass(frozen=True, kw_only=True)
class Work(Step):
    """An intervention that ends at `at`."""

    minutes: int
    cause: str
    expenses: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Voiding(Step):
    """The ticket's last intervention, taken back."""


@dataclass(frozen=True, kw_only=True)
class Closing(Step):
    """The end."""


@dataclass(frozen=True, kw_only=True)
class Reopening(Step):
    """Not the end."""


@dataclass(frozen=True, kw_only=True)
class Ruling(Step):
    """What a meeting said of an evolution request."""

    decision: Decision
