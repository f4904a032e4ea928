"""JSON as two parties must read it alike: one object, in UTF-8, no name twice, no number that is none."""

import json
from typing import Any, NoReturn

Members = dict[str, Any]


class Rejected(Exception):
    """What came from outside is not what it must be; `reason` is for the log, and repeats nothing of it."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def parse_object(text: bytes, what: str) -> Members:
    """Return the members of a JSON object; raise `Rejected` for anything else. `what` names it in the reason."""
    try:
        value = json.loads(text.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError):  # bad UTF-8, numbers of thousands of digits and bottomless nesting included
        raise Rejected(f"{what} is not JSON") from None
    if not isinstance(value, dict):
        raise Rejected(f"{what} is not a JSON object")
    return value


def _once(pairs: list[tuple[str, Any]]) -> Members:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name stands twice")
    return members


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
