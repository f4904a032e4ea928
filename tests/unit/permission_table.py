"""Permissions and visibility, typed by hand from the design, never derived from the code."""

from collections.abc import Collection

from osit_graphql.domain.enums import Action, Role, Status

# Statuses in which each role may act: O(PEN), P(ENDING_DECISION), C(LOSED). Technicians void only their own work.
TABLE = """
action             REQUESTER  OPERATOR  TECHNICIAN  MANAGER  ADMIN  comment
CREATE             -          OPC       -           -        -      optional
COMMENT            -          OPC       OPC         -        -      required
LOG_INTERVENTION   -          -         OP          -        -      required
VOID_INTERVENTION  -          -         OPC         OPC      -      required
ASSIGN             -          -         OP          -        -      optional
PRIORITIZE         -          -         OP          -        -      optional
QUALIFY            -          OP        OP          -        -      required
REROUTE            -          -         OP          -        -      required
CLOSE              -          -         OP          -        -      required
REOPEN             -          -         C           -        -      required
DECIDE             -          -         -           P        -      required
"""
_HEAD, *_ROWS = (line.split() for line in TABLE.strip().splitlines())
LETTERS = {Status.OPEN: "O", Status.PENDING_DECISION: "P", Status.CLOSED: "C"}
FROM = {
    (Action(row[0]), Role(role)): "" if letters == "-" else letters
    for row in _ROWS
    for role, letters in zip(_HEAD[1:-1], row[1:-1], strict=True)
}
REQUIRED = {Action(row[0]): row[-1] == "required" for row in _ROWS}


def holds(action: Action, roles: Collection[Role]) -> set[Role]:
    """Return the roles that may perform the action in some status."""
    return {role for role in roles if FROM[action, role]}


def starts_from(action: Action, status: Status) -> bool:
    """Whether some role may perform the action in this status."""
    return any(LETTERS[status] in FROM[action, role] for role in Role)


def outcome(action: Action, role: Role, status: Status, *, commented: bool) -> str:
    """Return the result for a role that sees the ticket: `accepted`, or the codes of the refusal."""
    if not FROM[action, role]:
        return "FORBIDDEN"
    codes = [] if LETTERS[status] in FROM[action, role] else ["NOT_ALLOWED_IN_STATUS"]
    if REQUIRED[action] and not commented:
        codes.append("REQUIRED")
    return " ".join(codes) or "accepted"


def sees(roles: Collection[Role], *, requester: bool, in_service: bool) -> set[Role]:
    """Return the roles through which a person sees a ticket, as its requester, by its service, or in general."""
    through = {Role.OPERATOR, Role.MANAGER}
    through |= {Role.REQUESTER} if requester else set()
    through |= {Role.TECHNICIAN} if in_service else set()
    return through & set(roles)


STAFF = frozenset({Role.OPERATOR, Role.TECHNICIAN, Role.MANAGER})
COSTS = frozenset({Role.TECHNICIAN, Role.MANAGER})
PEOPLE = frozenset({Role.OPERATOR, Role.TECHNICIAN, Role.MANAGER, Role.ADMIN})
