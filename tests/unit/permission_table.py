"""The law of doing and the law of seeing once more, typed by hand from the design: never derived from the code."""

from collections.abc import Collection

from osit_graphql.domain.enums import Action, Role, Status

# Statuses from which each role may: O(PEN), P(ENDING_DECISION), C(LOSED). A technician takes back only their own work.
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
    """Return which of these roles hold the action at all."""
    return {role for role in roles if FROM[action, role]}


def starts_from(action: Action, status: Status) -> bool:
    """Whether somebody may do it from this status."""
    return any(LETTERS[status] in FROM[action, role] for role in Role)


def outcome(action: Action, role: Role, status: Status, *, commented: bool) -> str:
    """Return what comes of one who has this role and sees the ticket: `accepted`, or the codes of the refusal."""
    if not FROM[action, role]:
        return "FORBIDDEN"
    codes = [] if LETTERS[status] in FROM[action, role] else ["NOT_ALLOWED_IN_STATUS"]
    if REQUIRED[action] and not commented:
        codes.append("REQUIRED")
    return " ".join(codes) or "accepted"


def sees(roles: Collection[Role], *, requester: bool, in_service: bool) -> set[Role]:
    """Return through which of their roles somebody sees a ticket: whose requester they are, or of their service."""
    through = {Role.OPERATOR, Role.MANAGER}
    through |= {Role.REQUESTER} if requester else set()
    through |= {Role.TECHNICIAN} if in_service else set()
    return through & set(roles)


STAFF = frozenset({Role.OPERATOR, Role.TECHNICIAN, Role.MANAGER})
COSTS = frozenset({Role.TECHNICIAN, Role.MANAGER})
PEOPLE = frozenset({Role.OPERATOR, Role.TECHNICIAN, Role.MANAGER, Role.ADMIN})
