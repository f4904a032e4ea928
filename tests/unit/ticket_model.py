"""A model of tickets: the permission table, typed by hand, applied to simple objects."""

from dataclasses import dataclass, field
from typing import Any

from osit_graphql.api import global_ids
from osit_graphql.domain.enums import Action, Role, Status
from tests.company import PEOPLE, Company
from tests.unit import permission_table

BLANK = ("", " \t\n")
SERVICES = ("Développement", "Réseau", "Postes")
TECHNICIANS = {"developer": "Développement", "peer": "Développement", "network": "Réseau"}
TECHNICIANS |= {"twofold": "Réseau", "everyman": "Réseau"}
MODERATE = {"BLOCKING": "HIGH", "NON_BLOCKING": "NORMAL", "EVOLUTION": "LOW"}
UNKNOWN_ACTIVITY = global_ids.encode(global_ids.Kind.ACTIVITY, 999_999)


@dataclass
class InterventionState:
    """An intervention: its technician, and whether it was voided."""

    technician: str
    voided: bool = False


@dataclass
class TicketState:
    """The expected state of a ticket."""

    requester: str
    service: str
    criticality: str
    status: str
    priority: str
    version: int = 1
    first: str = ""
    approved: bool = False
    priority_set: bool = False
    assignee: str | None = None
    lines: dict[str, InterventionState] = field(default_factory=dict)


class TicketModel:
    """Predicts the result of each action, and applies the accepted ones."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.tickets: dict[int, TicketState] = {}

    @staticmethod
    def roles(who: str) -> set[Role]:
        """Return the roles of a person."""
        return {role for name, roles, _ in PEOPLE if name == who for role in roles}

    def version(self, number: int) -> int:
        """Return a ticket's version, 1 where there is no ticket."""
        return self.tickets[number].version if number in self.tickets else 1

    def through(self, who: str, number: int) -> set[Role]:
        """Return the roles through which a person sees a ticket."""
        if number not in self.tickets:
            return set()
        ticket = self.tickets[number]
        mine, ours = ticket.requester == who, ticket.service == TECHNICIANS.get(who)
        return permission_table.sees(self.roles(who), requester=mine, in_service=ours)

    def likely_person(self, action: Action, number: int) -> str:
        """Return a person who is likely allowed to act: the manager, or a technician of the ticket's service."""
        if action is Action.DECIDE:
            return "manager"
        service = self.tickets[number].service if number in self.tickets else ""
        return next((name for name, its in TECHNICIANS.items() if its == service), "operator")

    def seen(self, who: str) -> set[int]:
        """Return the numbers of the tickets that a person sees."""
        return {number for number in self.tickets if self.through(who, number)}

    def visible_state(self, number: int) -> dict[str, Any]:
        """Return the fields that everybody who sees the ticket reads."""
        ticket = self.tickets[number]
        return {"status": ticket.status, "version": ticket.version, "service": {"name": ticket.service}}

    def create(self, requester: str, service: str, criticality: str) -> None:
        """Add a new ticket."""
        status = "PENDING_DECISION" if criticality == "EVOLUTION" else "OPEN"
        new = TicketState(requester, service, criticality, status, MODERATE[criticality], first=status)
        self.tickets[len(self.tickets) + 1] = new

    def choose(self, action: Action, number: int, choice: int) -> tuple[dict[str, Any], str | None]:
        """Return the input of an action, and its intervention."""
        options: dict[Action, tuple[str, tuple[Any, ...]]] = {
            Action.REROUTE: ("service", (*SERVICES, "Réseau")),
            Action.ASSIGN: ("assignee", (None, "peer", "network", "requester")),
            Action.PRIORITIZE: ("priority", ("URGENT", "HIGH", "NORMAL", "LOW")),
            Action.QUALIFY: ("criticality", ("BLOCKING", "NON_BLOCKING", "EVOLUTION", "EVOLUTION")),
            Action.DECIDE: ("decision", ("APPROVED", "REJECTED", "POSTPONED", "APPROVED")),
            Action.COMMENT: ("internal", (True, False, False, False)),
        }
        name, values = options.get(action, ("", ()))
        lines = [*self.tickets[number].lines] if number in self.tickets else []
        return {name: values[choice]} if name else {}, lines[choice % len(lines)] if lines else UNKNOWN_ACTIVITY

    def to_input(self, action: Action, changes: dict[str, Any]) -> dict[str, Any]:
        """Return the input as the API expects it."""
        named = self.company.ids
        match action:
            case Action.REROUTE:
                return {"serviceId": named[changes["service"]]}
            case Action.ASSIGN:
                return {"assigneeId": named[changes["assignee"]] if changes["assignee"] else None}
            case Action.QUALIFY:
                return {"title": "Écran noir", **changes}  # the present title: only the rest changes
            case _:
                return changes

    def expected_codes(
        self, who: str, action: Action, number: int, changes: dict[str, Any], *, comment: str, stale: bool, target: Any
    ) -> str:
        """Return the expected error codes, sorted; empty if the action must be accepted."""
        holding = permission_table.holds(action, self.roles(who))
        if not holding:
            return "FORBIDDEN"
        codes = {"REQUIRED"} if permission_table.REQUIRED[action] and comment in BLANK else set()
        seen = bool(self.through(who, number) & holding)
        ticket = self.tickets.get(number)
        if action is Action.VOID_INTERVENTION and ticket is not None:
            line = ticket.lines.get(target)
            own = self.through(who, number) & holding == {Role.TECHNICIAN}
            seen = seen and line is not None and (not own or line.technician == who)
            codes |= {"NOT_ALLOWED_IN_STATUS"} if seen and line is not None and line.voided else set()
        if seen and ticket is not None:
            codes |= {"STALE_VERSION"} if stale else set()
            codes |= set() if permission_table.starts_from(action, Status(ticket.status)) else {"NOT_ALLOWED_IN_STATUS"}
            codes |= {"UNCHANGED"} if self._same(ticket, action, changes) else set()
        else:
            codes.add("NOT_FOUND")
        if action is Action.ASSIGN and seen and ticket is not None and "UNCHANGED" not in codes:
            assignee = changes["assignee"]
            codes |= {"INVALID"} if assignee and TECHNICIANS.get(assignee) != ticket.service else set()
        return " ".join(sorted(codes))

    @staticmethod
    def _same(ticket: TicketState, action: Action, changes: dict[str, Any]) -> bool:
        compared = {Action.REROUTE, Action.ASSIGN, Action.PRIORITIZE, Action.QUALIFY}
        return action in compared and all(getattr(ticket, name) == value for name, value in changes.items())

    def apply(self, who: str, action: Action, number: int, changes: dict[str, Any], key: str | None) -> None:
        """Apply an accepted action."""
        ticket = self.tickets[number]
        ticket.version += 1
        match action:
            case Action.REROUTE:
                ticket.service, ticket.assignee = changes["service"], None
            case Action.ASSIGN:
                ticket.assignee = changes["assignee"]
            case Action.PRIORITIZE:
                ticket.priority, ticket.priority_set = changes["priority"], True
            case Action.QUALIFY:
                self._qualify(ticket, changes["criticality"])
            case Action.CLOSE:
                ticket.status = "CLOSED"
            case Action.REOPEN:
                waits = ticket.criticality == "EVOLUTION" and not ticket.approved
                ticket.status = "PENDING_DECISION" if waits else "OPEN"
            case Action.DECIDE:
                ticket.approved = ticket.approved or changes["decision"] == "APPROVED"
                ticket.status = {"APPROVED": "OPEN", "REJECTED": "CLOSED"}.get(changes["decision"], ticket.status)
            case Action.LOG_INTERVENTION if key:
                ticket.lines[key] = InterventionState(who)

    def void(self, number: int, key: str) -> None:
        """Mark an intervention as voided."""
        self.tickets[number].lines[key].voided = True

    @staticmethod
    def _qualify(ticket: TicketState, criticality: str) -> None:
        if criticality == "EVOLUTION":
            ticket.status = "PENDING_DECISION"
        elif ticket.criticality == "EVOLUTION":
            ticket.status = "OPEN"
        ticket.criticality = criticality
        if not ticket.priority_set:
            ticket.priority = MODERATE[criticality]
