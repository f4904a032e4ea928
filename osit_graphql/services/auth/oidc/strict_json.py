"""Strict JSON: one object, in UTF-8, without duplicate names or NaN, so that all parsers agree on it."""

import json
from typing import Any, NoReturn

Members = dict[str, Any]


class Rejected(Exception):
    """A token or document is invalid; `reason` is for the log, and repeats nothing of it."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def parse_object(text: bytes, name: str) -> Members:
    """Return the members of a JSON object; raises `Rejected` for anything else. `name` is for the reason."""
    try:
        value = json.loads(text.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError):  # includes bad UTF-8, numbers of thousands of digits and deep nesting
        raise Rejected(f"{name} is not JSON") from None
    if not isinstance(value, dict):
        raise Rejected(f"{name} is not a JSON object")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> Members:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a duplicate name")
    return members


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
