"""Permissions: the roles allowed each action on a ticket, its status transitions, and whether a comment is required.

Services, field authorization, `allowedActions`, the command line and `docs/permissions.md` read these tables.
No permission is decided anywhere else.
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
from osit_graphql.domain.user_errors import NotAllowedInStatus, UserError

REQUESTER, OPERATOR, TECHNICIAN, MANAGER, ADMIN = Role
OPEN, PENDING, CLOSED = Status


class TransitionCase(StrEnum):
    """The case that selects the target status of an action."""

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
    """Permission and transition of one action.

    `to`: target status by case, None if it doesn't change; `own`: roles limited to their own interventions.
    """

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
    #                             roles                    statuses   comment     next status
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
    Permission.CREATE_REQUESTER:  frozenset({ADMIN, OPERATOR}),    # an operator adds unknown callers as requesters
    Permission.READ_PEOPLE:       frozenset({OPERATOR, TECHNICIAN, MANAGER, ADMIN}),
    Permission.READ_DIRECTORY_CHANGES: frozenset({ADMIN}),
}

# An API token needs one of these scopes, and its owner's roles must allow the request too. Sessions have no scopes.
SCOPES: Mapping[ApiArea, frozenset[Scope]] = {
    ApiArea.ONESELF:   frozenset(Scope),
    ApiArea.NAMES:     frozenset({Scope.READ_TICKETS, Scope.MANAGE_DIRECTORY}),
    ApiArea.TICKETS:   frozenset({Scope.READ_TICKETS}),
    ApiArea.WORK:      frozenset({Scope.WRITE_TICKETS}),
    ApiArea.REPORTS:   frozenset({Scope.READ_REPORTS}),
    ApiArea.RATES:     frozenset({Scope.READ_REPORTS, Scope.MANAGE_DIRECTORY}),
    ApiArea.DIRECTORY: frozenset({Scope.MANAGE_DIRECTORY}),
    ApiArea.SIGN_INS:  frozenset(),    # with a password, a token's user could open a session without scopes
}

API_AREAS: Mapping[Permission, ApiArea] = {
    Permission.CREATE_TICKET:     ApiArea.WORK,
    Permission.READ_REPORTS:      ApiArea.REPORTS,
    Permission.DECIDE_EVOLUTIONS: ApiArea.WORK,
    Permission.MANAGE_DIRECTORY:  ApiArea.DIRECTORY,
    Permission.CREATE_REQUESTER:  ApiArea.DIRECTORY,
    Permission.READ_PEOPLE:       ApiArea.NAMES,
    Permission.READ_DIRECTORY_CHANGES: ApiArea.DIRECTORY,
}

LISTS: Mapping[TicketList, Status] = {
    TicketList.OPEN:               OPEN,       # « tickets en cours »
    TicketList.EVOLUTION_REQUESTS: PENDING,    # « demandes d'évolution »
    TicketList.CLOSED:             CLOSED,     # « tickets clôturés »
}

# Priority proposed from severity and criticality; the ticket's service can change it.
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

# Lengths in characters, after trimming; durations in minutes.
COMMENT_LIMIT = 10_000
TITLE_LIMIT = 200
DESCRIPTION_LIMIT = 20_000
IMPACT_LIMIT = 2_000
NAME_LIMIT = 200
PHONE_LIMIT = 50
KEY_LIMIT = 255
MINUTES = range(1, 1441)


def roles_for(action: Action | Permission) -> frozenset[Role]:
    """Return the roles allowed an action or a permission."""
    return RULES[action].roles if isinstance(action, Action) else PERMISSIONS[action]


def authorize(roles: Collection[Role], action: Action | Permission) -> frozenset[Role]:
    """Return those of `roles` that have the permission for it, or raise `Forbidden`."""
    allowed_roles = roles_for(action) & frozenset(roles)
    if not allowed_roles:
        raise Forbidden
    return allowed_roles


def api_area_of(needs: Action | Permission) -> ApiArea:
    """Return the area of the API to which an action or a permission belongs."""
    return ApiArea.WORK if isinstance(needs, Action) else API_AREAS[needs]


def scopes_allow(scopes: Collection[Scope] | None, area: ApiArea) -> bool:
    """Whether these scopes allow an area of the API. None is a session, which has no scopes."""
    return scopes is None or not SCOPES[area].isdisjoint(scopes)


def require_scope(scopes: Collection[Scope] | None, area: ApiArea) -> None:
    """Raise `OutOfScope` unless these scopes allow this area of the API."""
    if not scopes_allow(scopes, area):
        raise OutOfScope


def authorize_person_creation(roles: Collection[Role], new: Collection[Role], *, with_password: bool) -> None:
    """Raise `Forbidden` unless these roles may create a person with the roles `new`.

    CREATE_REQUESTER allows requesters without a password, since a creator who knows the password could sign in as them.
    Any other person needs MANAGE_DIRECTORY.
    """
    requester_only = frozenset({REQUESTER}).issuperset(new) and not with_password
    authorize(roles, Permission.CREATE_REQUESTER if requester_only else Permission.MANAGE_DIRECTORY)


def has_permission(roles: Collection[Role], permission: Permission) -> bool:
    """Whether one of these roles has the permission."""
    return not roles_for(permission).isdisjoint(roles)


def check_status(action: Action, status: Status) -> tuple[UserError, ...]:
    """Return one user error if the action isn't allowed in this status, else nothing."""
    return () if status in RULES[action].sources else (NotAllowedInStatus(("id",)),)


def next_status(action: Action, status: Status | None, case: TransitionCase = TransitionCase.ALWAYS) -> Status:
    """Return the status after an action, unchanged where `RULES` names no target."""
    to = RULES[action].to
    target = to.get(case, to.get(TransitionCase.ALWAYS, status))
    if target is None:
        raise ValueError(f"{action} has no target status without a source status")
    return target


def creation_case(criticality: Criticality) -> TransitionCase:
    """Return the case of a creation: an evolution waits for its decision from the start."""
    return TransitionCase.EVOLUTION if criticality is Criticality.EVOLUTION else TransitionCase.ALWAYS


def qualification_case(before: Criticality, after: Criticality) -> TransitionCase:
    """Return the case of a qualification: the status changes only to or from EVOLUTION."""
    if before is after or Criticality.EVOLUTION not in {before, after}:
        return TransitionCase.ALWAYS
    return TransitionCase.BECOMES_EVOLUTION if after is Criticality.EVOLUTION else TransitionCase.CEASES_EVOLUTION


def reopening_case(criticality: Criticality, *, approved: bool) -> TransitionCase:
    """Return the case of a reopening: an evolution never approved waits for its decision again."""
    return (
        TransitionCase.NEVER_APPROVED
        if criticality is Criticality.EVOLUTION and not approved
        else TransitionCase.ALWAYS
    )


def decision_case(decision: Decision) -> TransitionCase:
    """Return the case of a decision."""
    return TransitionCase(decision.value)


def proposed_priority(severity: Severity, criticality: Criticality) -> Priority:
    """Return the priority proposed for a severity and a criticality."""
    return PRIORITIES[severity][criticality]


def allowed_actions(
    visible_as: Collection[Role], status: Status, *, own_interventions: bool, interventions: bool
) -> list[Action]:
    """Return the actions allowed on a ticket that is visible to the viewer through the roles `visible_as`.

    `interventions`: the ticket has one that isn't voided; `own_interventions`: the viewer has one there.
    """
    allowed = []
    for action, rule in RULES.items():
        allowed_roles = rule.roles & frozenset(visible_as)
        if not allowed_roles or status not in rule.sources:
            continue
        if action is Action.VOID_INTERVENTION and not (
            own_interventions if allowed_roles <= rule.own else interventions
        ):
            continue
        allowed.append(action)
    return allowed


def viewer_permissions(roles: Collection[Role], scopes: Collection[Scope] | None = None) -> list[Permission]:
    """Return the permissions of a viewer with these roles, and these scopes if an API token is used."""
    return [
        permission
        for permission in PERMISSIONS
        if has_permission(roles, permission) and scopes_allow(scopes, api_area_of(permission))
    ]
