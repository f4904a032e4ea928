"""THE LAW OF DOING: who may do what to a ticket, from which status, to which, and whether it must be said why.

Services, guards, `allowedActions`, the command line and the README's tables read these tables; nothing else decides.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from osit_graphql.domain.enums import (
    Action,
    ApiArea,
    Criticality,
    Decision,
    Permission,
    Priority,
    Role,
    Scope,
    Severity,
    Status,
    TicketList,
)
from osit_graphql.domain.errors import Forbidden, OutOfScope
from osit_graphql.domain.user_errors import NotAllowedInStatus, Path, Problem

REQUESTER, OPERATOR, TECHNICIAN, MANAGER, ADMIN = Role
OPEN, PENDING, CLOSED = Status


class TransitionCase(StrEnum):
    """What decides between two outcomes of one action."""

    ALWAYS = "always"
    EVOLUTION = "an EVOLUTION"
    BECOMES_EVOLUTION = "becomes an EVOLUTION"
    CEASES_EVOLUTION = "stops being an EVOLUTION"
    NEVER_APPROVED = "an EVOLUTION never approved"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    POSTPONED = "POSTPONED"


@dataclass(frozen=True)
class Rule:
    """One row of the law. `to`: the status for each case, None where it stays; `own`: roles kept to their own work."""

    roles: frozenset[Role]
    sources: frozenset[Status]
    comment: bool
    to: Mapping[TransitionCase, Status | None] = field(default_factory=dict)
    own: frozenset[Role] = frozenset()


def _row(
    roles: set[Role],
    sources: set[Status],
    comment: str,
    to: Mapping[TransitionCase, Status | None] | None = None,
    own: Collection[Role] = (),
) -> Rule:
    return Rule(frozenset(roles), frozenset(sources), comment == "required", to or {}, frozenset(own))


ANY = {OPEN, PENDING, CLOSED}
LIVE = {OPEN, PENDING}
AS_EVOLUTION = {TransitionCase.ALWAYS: OPEN, TransitionCase.EVOLUTION: PENDING}
AS_QUALIFIED = {TransitionCase.BECOMES_EVOLUTION: PENDING, TransitionCase.CEASES_EVOLUTION: OPEN}
AS_REOPENED = {TransitionCase.ALWAYS: OPEN, TransitionCase.NEVER_APPROVED: PENDING}
AS_DECIDED = {TransitionCase.APPROVED: OPEN, TransitionCase.REJECTED: CLOSED, TransitionCase.POSTPONED: PENDING}

# fmt: off
RULES: Mapping[Action, Rule] = {
    #                             who                      from       comment     to
    Action.CREATE:            _row({OPERATOR},              set(),     "optional", AS_EVOLUTION),
    Action.COMMENT:           _row({TECHNICIAN, OPERATOR},  ANY,       "required"),
    Action.LOG_INTERVENTION:  _row({TECHNICIAN},            LIVE,      "required"),
    Action.VOID_INTERVENTION: _row({TECHNICIAN, MANAGER},   ANY,       "required", own={TECHNICIAN}),
    Action.ASSIGN:            _row({TECHNICIAN},            LIVE,      "optional"),
    Action.PRIORITIZE:        _row({TECHNICIAN},            LIVE,      "optional"),
    Action.QUALIFY:           _row({TECHNICIAN, OPERATOR},  LIVE,      "required", AS_QUALIFIED),
    Action.REROUTE:           _row({TECHNICIAN},            LIVE,      "required"),
    Action.CLOSE:             _row({TECHNICIAN},            LIVE,      "required", {TransitionCase.ALWAYS: CLOSED}),
    Action.REOPEN:            _row({TECHNICIAN},            {CLOSED},  "required", AS_REOPENED),
    Action.DECIDE:            _row({MANAGER},               {PENDING}, "required", AS_DECIDED),
}

PERMISSIONS: Mapping[Permission, frozenset[Role]] = {
    Permission.CREATE_TICKET:     RULES[Action.CREATE].roles,
    Permission.READ_REPORTS:      frozenset({MANAGER, TECHNICIAN}),
    Permission.DECIDE_EVOLUTIONS: RULES[Action.DECIDE].roles,
    Permission.MANAGE_DIRECTORY:  frozenset({ADMIN}),
    Permission.CREATE_REQUESTER:  frozenset({ADMIN, OPERATOR}),    # an operator: unknown callers, no other role
    Permission.READ_PEOPLE:       frozenset({OPERATOR, TECHNICIAN, MANAGER, ADMIN}),
}

# What a token reaches: with any of these scopes, and never beyond its owner's roles. Whoever signed in reaches all.
SCOPES: Mapping[ApiArea, frozenset[Scope]] = {
    ApiArea.ONESELF:   frozenset(Scope),
    ApiArea.NAMES:     frozenset({Scope.READ_TICKETS, Scope.MANAGE_DIRECTORY}),
    ApiArea.TICKETS:   frozenset({Scope.READ_TICKETS}),
    ApiArea.WORK:      frozenset({Scope.WRITE_TICKETS}),
    ApiArea.REPORTS:   frozenset({Scope.READ_REPORTS}),
    ApiArea.RATES:     frozenset({Scope.READ_REPORTS, Scope.MANAGE_DIRECTORY}),
    ApiArea.DIRECTORY: frozenset({Scope.MANAGE_DIRECTORY}),
    ApiArea.SIGN_INS:  frozenset(),    # whoever could set a password would sign in and reach the rest
}

API_AREAS: Mapping[Permission, ApiArea] = {
    Permission.CREATE_TICKET:     ApiArea.WORK,
    Permission.READ_REPORTS:      ApiArea.REPORTS,
    Permission.DECIDE_EVOLUTIONS: ApiArea.WORK,
    Permission.MANAGE_DIRECTORY:  ApiArea.DIRECTORY,
    Permission.CREATE_REQUESTER:  ApiArea.DIRECTORY,
    Permission.READ_PEOPLE:       ApiArea.NAMES,
}

LISTS: Mapping[TicketList, Status] = {
    TicketList.OPEN:               OPEN,       # « tickets en cours »
    TicketList.EVOLUTION_REQUESTS: PENDING,    # « demandes d'évolution »
    TicketList.CLOSED:             CLOSED,     # « tickets clôturés »
}

# What the operator's two judgements propose; the service settles it.
PRIORITIES: Mapping[Severity, Mapping[Criticality, Priority]] = {
    severity: dict(zip(Criticality, row, strict=True))
    for severity, row in {
        #                   BLOCKING         NON_BLOCKING     EVOLUTION
        Severity.MAJOR:    (Priority.URGENT, Priority.HIGH,   Priority.NORMAL),
        Severity.MODERATE: (Priority.HIGH,   Priority.NORMAL, Priority.LOW),
        Severity.MINOR:    (Priority.NORMAL, Priority.LOW,    Priority.LOW),
    }.items()
}
# fmt: on

# Lengths in characters, after trimming; amounts of time in minutes.
COMMENT_LIMIT = 10_000
TITLE_LIMIT = 200
DESCRIPTION_LIMIT = 20_000
IMPACT_LIMIT = 2_000
NAME_LIMIT = 200
PHONE_LIMIT = 50
KEY_LIMIT = 255
MINUTES = range(1, 1441)


def roles_for(action: Action | Permission) -> frozenset[Role]:
    """Return the roles that hold an action or a right."""
    return RULES[action].roles if isinstance(action, Action) else PERMISSIONS[action]


def authorize(roles: Collection[Role], action: Action | Permission) -> frozenset[Role]:
    """Return those of these roles that allow it, or raise `Forbidden`: before any row is read, so it tells nothing."""
    holding = roles_for(action) & frozenset(roles)
    if not holding:
        raise Forbidden
    return holding


def api_area_of(needs: Action | Permission) -> ApiArea:
    """Return the part of the API that an action or a right belongs to."""
    return ApiArea.WORK if isinstance(needs, Action) else API_AREAS[needs]


def scopes_allow(scopes: Collection[Scope] | None, reach: ApiArea) -> bool:
    """Whether these scopes reach a part of the API; None: no token, somebody signed in."""
    return scopes is None or not SCOPES[reach].isdisjoint(scopes)


def require_scope(scopes: Collection[Scope] | None, reach: ApiArea) -> None:
    """Let a token through that has a scope for it, or raise `OutOfScope`: before any row is read."""
    if not scopes_allow(scopes, reach):
        raise OutOfScope


def authorize_person_creation(roles: Collection[Role], new: Collection[Role], *, with_password: bool) -> None:
    """Allow a mere requester to whoever may create one, anybody else to MANAGE_DIRECTORY; or raise `Forbidden`.

    A password is more than a mere requester: who sets it can sign in as them.
    """
    mere = frozenset({REQUESTER}).issuperset(new) and not with_password
    authorize(roles, Permission.CREATE_REQUESTER if mere else Permission.MANAGE_DIRECTORY)


def has_permission(roles: Collection[Role], right: Permission) -> bool:
    """Whether one of these roles holds a right."""
    return not roles_for(right).isdisjoint(roles)


def check_status(action: Action, status: Status, path: Path = ("id",)) -> tuple[Problem, ...]:
    """Return what is wrong with acting from this status: nothing, or one problem."""
    return () if status in RULES[action].sources else (NotAllowedInStatus(path),)


def next_status(action: Action, status: Status | None, case: TransitionCase = TransitionCase.ALWAYS) -> Status:
    """Return where an action leads from a status in a case; the status itself where the law moves nothing."""
    to = RULES[action].to
    target = to.get(case, to.get(TransitionCase.ALWAYS, status))
    if target is None:
        raise ValueError(f"{action} leads nowhere from nothing")
    return target


def creation_case(criticality: Criticality) -> TransitionCase:
    """An evolution waits for its decision from the start."""
    return TransitionCase.EVOLUTION if criticality is Criticality.EVOLUTION else TransitionCase.ALWAYS


def qualification_case(before: Criticality, after: Criticality) -> TransitionCase:
    """Only becoming an evolution, or ceasing to be one, moves the ticket."""
    if before is after or Criticality.EVOLUTION not in {before, after}:
        return TransitionCase.ALWAYS
    return TransitionCase.BECOMES_EVOLUTION if after is Criticality.EVOLUTION else TransitionCase.CEASES_EVOLUTION


def reopening_case(criticality: Criticality, *, approved: bool) -> TransitionCase:
    """An evolution that no meeting ever approved waits for its decision again."""
    return (
        TransitionCase.NEVER_APPROVED
        if criticality is Criticality.EVOLUTION and not approved
        else TransitionCase.ALWAYS
    )


def decision_case(decision: Decision) -> TransitionCase:
    """Each decision has its own outcome."""
    return TransitionCase(decision.value)


def proposed_priority(severity: Severity, criticality: Criticality) -> Priority:
    """Return what the desk's two judgements propose."""
    return PRIORITIES[severity][criticality]


def allowed_actions(seeing: Collection[Role], status: Status, *, own_lines: bool, lines: bool) -> list[Action]:
    """Return what can be done now to a ticket, given the roles through which it is seen.

    `lines`: it has an intervention that stands; `own_lines`: one of the viewer's own.
    """
    allowed = []
    for action, rule in RULES.items():
        holding = rule.roles & frozenset(seeing)
        if not holding or status not in rule.sources:
            continue
        if action is Action.VOID_INTERVENTION and not (own_lines if holding <= rule.own else lines):
            continue
        allowed.append(action)
    return allowed


def viewer_permissions(roles: Collection[Role], scopes: Collection[Scope] | None = None) -> list[Permission]:
    """Return what somebody, or their token, may do that hangs on no ticket."""
    return [right for right in PERMISSIONS if has_permission(roles, right) and scopes_allow(scopes, api_area_of(right))]
