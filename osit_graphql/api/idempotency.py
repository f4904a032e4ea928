"""Idempotency keys as they come in: what was asked for, boiled down to a digest."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import strawberry

from osit_graphql.api.arguments import given
from osit_graphql.domain import permissions
from osit_graphql.services.idempotency import Attempt
from osit_graphql.services.validation import Form, at

KEY = "idempotency_key"


def attempt(name: str, arguments: Sequence[Any]) -> Attempt | None:
    """Return what a mutation was asked under its input's key, None without one; the input is its last argument.

    Two requests are the same when their values are: a moment in another zone, 5 or 5.00, are.
    """
    key = given(getattr(arguments[-1], KEY, None)) if arguments else None
    if key is None:
        return None
    form = Form()
    text = form.text(key, at("idempotencyKey"), limit=permissions.KEY_LIMIT)
    form.check()
    said = json.dumps([name, *map(_plain, arguments)], sort_keys=True, separators=(",", ":"))
    return Attempt(text or "", hashlib.sha256(said.encode()).digest())


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        boxes = {box.name: getattr(value, box.name) for box in fields(value) if box.name != KEY}
        return {name: _plain(box) for name, box in boxes.items() if box is not strawberry.UNSET}
    match value:
        case list():
            return [_plain(item) for item in value]
        case datetime():
            return value.astimezone(UTC).isoformat()
        case Decimal():
            return str(value.normalize())
        case _:
            return value
