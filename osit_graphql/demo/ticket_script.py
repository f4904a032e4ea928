"""Writes the events of one ticket, and tracks its state so that the services accept each event."""

from decimal import Decimal
from random import Random
from typing import Any

from osit_graphql.demo import events
from osit_graphql.demo.company import MANAGERS, OPERATORS, Employee, technicians_of
from osit_graphql.demo.randomness import draw_employee, happens
from osit_graphql.demo.templates import Texts
from osit_graphql.demo.text_renderer import TextRenderer
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Criticality, Decision, Priority, Severity


class TicketScript:
    """A ticket's events; the next one happens at `minute`, after all others."""

    def __init__(self, rng: Random, opened: events.Opened, renderer: TextRenderer) -> None:
        self.rng = rng
        self.render = renderer.render
        self.events: list[events.TicketEvent] = [opened]
        self.opened = opened
        self.key = opened.ticket_key
        self.minute = opened.minute
        self.service = opened.service
        self.severity = opened.severity
        self.criticality = opened.criticality
        self.priority = permissions.proposed_priority(opened.severity, opened.criticality)
        self.assignee: Employee | None = None
        self._has_fixed_priority = False

    def draw_actor(self) -> Employee:
        """Return the assignee, or any technician of the service."""
        return self.assignee or draw_employee(self.rng, technicians_of(self.service))

    def happens(self, probability: float) -> bool:
        """Whether an event of this probability happens."""
        return happens(self.rng, probability)

    def wait(self, low: int, high: int) -> None:
        """Advance the time by a random number of minutes."""
        self.minute += self.rng.randint(low, max(low, high))

    def comment(self, texts: Texts, *, by: Employee | None = None, internal: bool = False) -> None:
        """Add a comment."""
        self._add(events.Commented, by or self.draw_actor(), self.render(texts), internal=internal)

    def comment_on_related(self, texts: Texts, related_key: int) -> None:
        """Add an operator's comment with the number of another ticket."""
        comment = self.render(texts)
        self._add(events.Commented, draw_employee(self.rng, OPERATORS), comment, related_key=related_key)

    def assign(self, assignee: Employee, *, by: Employee, texts: Texts = ()) -> None:
        """Assign the ticket to a technician of its service."""
        self._add(events.Assigned, by, self.render(texts) if texts else None, assignee=assignee)
        self.assignee = assignee

    def prioritize(self, priority: Priority, texts: Texts) -> None:
        """Set the priority."""
        self._add(events.Prioritized, self.draw_actor(), self.render(texts), priority=priority)
        self.priority, self._has_fixed_priority = priority, True

    def qualify(
        self, texts: Texts, *, severity: Severity | None = None, criticality: Criticality | None = None
    ) -> None:
        """Correct severity or criticality; the priority follows unless the service has set it."""
        comment = self.render(texts)
        self._add(events.Qualified, self.draw_actor(), comment, severity=severity, criticality=criticality)
        self.severity = severity or self.severity
        self.criticality = criticality or self.criticality
        if not self._has_fixed_priority:
            self.priority = permissions.proposed_priority(self.severity, self.criticality)

    def reroute(self, service: str, texts: Texts) -> None:
        """Send the ticket to another service, without an assignee."""
        self._add(events.Rerouted, self.draw_actor(), self.render(texts), service=service)
        self.service, self.assignee = service, None

    def log_intervention(self, texts: Texts, minutes: int, cause: str, expenses: Decimal | None = None) -> None:
        """Advance the time by the duration of an intervention, then log it."""
        self.minute += minutes
        report = self.render(texts)
        fields = {"minutes": minutes, "cause": cause, "expenses": expenses}
        self._add(events.InterventionLogged, self.draw_actor(), report, **fields)

    def void_intervention(self, texts: Texts) -> None:
        """Void the last intervention; its author does."""
        last = next(event for event in reversed(self.events) if isinstance(event, events.InterventionLogged))
        self._add(events.InterventionVoided, last.actor, self.render(texts))

    def close(self, texts: Texts, *, related_key: int | None = None) -> None:
        """Close the ticket."""
        self._add(events.Closed, self.draw_actor(), self.render(texts), related_key=related_key)

    def reopen(self, texts: Texts) -> None:
        """Reopen the ticket."""
        self._add(events.Reopened, self.draw_actor(), self.render(texts))

    def decide(self, decision: Decision, texts: Texts) -> None:
        """Record a meeting's decision."""
        self._add(events.Decided, draw_employee(self.rng, MANAGERS), self.render(texts), decision=decision)

    def _add(self, event_type: type[events.TicketEvent], actor: Employee, comment: str | None, **fields: Any) -> None:
        self.events.append(event_type(self.minute, self.key, actor, comment, **fields))
        self.minute += 1
