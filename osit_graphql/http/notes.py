"""What the lines in the log say of the request that they belong to, from when it is known.

structlog keeps each in a context variable. Its functions for them make and look through dictionaries, and go through
all variables there are to find its own: here each is at hand, as every request sets them all.
"""

from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

import structlog

MAX_LOGGED = 200
NOTHING = ...  # what structlog takes for a variable that isn't bound


def _variable(name: str) -> ContextVar[Any]:
    """Return structlog's own for this name."""
    return structlog.contextvars.bind_contextvars(**{name: NOTHING})[name].var


REQUEST_ID, OPERATION, PRINCIPAL, CODES = map(_variable, ("request_id", "operation", "principal", "codes"))


def begin_notes(request_id: str) -> None:
    """Begin anew: a task that another request began may have its notes."""
    REQUEST_ID.set(request_id)
    if OPERATION.get(NOTHING) is not NOTHING:  # to set one takes ten times as long as to look
        OPERATION.set(NOTHING)
    if PRINCIPAL.get(NOTHING) is not NOTHING:
        PRINCIPAL.set(NOTHING)
    if CODES.get(NOTHING) is not NOTHING:
        CODES.set(NOTHING)


def end_notes() -> None:
    """Leave nothing to whatever this task does next."""
    begin_notes(NOTHING)  # type: ignore[arg-type]


def note_operation(name: str | None) -> None:
    """Let the request's lines in the log say which operation it ran."""
    if name:
        OPERATION.set(name[:MAX_LOGGED])


def note_principal(user_id: object) -> None:
    """Let them say who asks."""
    PRINCIPAL.set(user_id)


def note_codes(codes: Iterable[str]) -> None:
    """Let the request's line in the log say what was refused."""
    if distinct := sorted(set(codes)):
        CODES.set(distinct)
