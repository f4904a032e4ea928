"""Reads the idempotency key of a mutation, and hashes its other arguments into a digest.

Digests stay in the database for 48 hours. They contain names of the GraphQL schema, so that Python names may change.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import strawberry
from strawberry.schema.name_converter import NameConverter

from osit_graphql.api.context import Info
from osit_graphql.api.strawberry_adapter import value_or_none
from osit_graphql.domain import permissions
from osit_graphql.services.idempotency import Attempt
from osit_graphql.services.validation import InputValidator, at

KEY = "idempotencyKey"
INNER_CAPITAL = re.compile("(?<!^)([A-Z])")


def attempt(info: Info, arguments: Sequence[Any]) -> Attempt | None:
    """Return the key and digest of a mutation, None without a key; the input is the last argument.

    Equal values have equal digests: the same moment in two time zones, or 5 and 5.00.
    """
    naming = info.schema.config.name_converter
    key = _key(naming, arguments[-1]) if arguments else None
    if key is None:
        return None
    validator = InputValidator()
    text = validator.text(key, at(KEY), limit=permissions.KEY_LIMIT)
    validator.check()
    values = [_plain(naming, value) for value in arguments]
    request = json.dumps([info.field_name, *values], sort_keys=True, separators=(",", ":"))
    return Attempt(text or "", hashlib.sha256(request.encode()).digest())


def _key(naming: NameConverter, input_: Any) -> Any:
    attribute = _attributes(naming, input_.__class__).get(KEY)
    return None if attribute is None else value_or_none(getattr(input_, attribute))


@cache
def _attributes(naming: NameConverter, input_class: Any) -> Mapping[str, str]:
    """Return an input's attributes by the GraphQL names of its fields."""
    declared: Iterable[Any] = fields(input_class)
    return {naming.get_graphql_name(field): field.name for field in declared}


def _digest_name(name: str) -> str:
    """Return the name of a field in digests, which never changes: `requester_id` for `requesterId`."""
    return INNER_CAPITAL.sub(r"_\1", name).lower()


def _plain(naming: NameConverter, value: Any) -> Any:
    if is_dataclass(value):
        attributes = _attributes(naming, value.__class__)
        values = {name: getattr(value, attribute) for name, attribute in attributes.items() if name != KEY}
        return {
            _digest_name(name): _plain(naming, each) for name, each in values.items() if each is not strawberry.UNSET
        }
    match value:
        case list():
            return [_plain(naming, item) for item in value]
        case datetime():
            return value.astimezone(UTC).isoformat()
        case Decimal():
            return str(value.normalize())
        case _:
            return value
