"""The custom scalars `DateTime`, `Date` and `Decimal`: how they are parsed and serialized."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
import strawberry
from graphql import ValueNode, value_from_ast_untyped
from strawberry.types.scalar import ScalarDefinition

from osit_graphql.domain.errors import BadInput

DATETIME_PATTERN = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")
DATE_PATTERN = re.compile(r"\d{4}-\d\d-\d\d")
DECIMAL_PATTERN = re.compile(r"-?\d{1,15}(\.\d{1,15})?")
DATE_YEARS = range(1900, 2200)
DATETIME_YEARS = range(1970, 2200)  # of UTC; every time zone can show these
MAX_OFFSET = timedelta(hours=14)  # the largest of any time zone
JSON_OPTIONS = orjson.OPT_UTC_Z
"""The options of orjson for responses; it serializes the datetimes that pass through."""


class PassthroughScalar:
    """Serializes a scalar's values, except those that orjson writes as the same text: they pass through.

    These are the values of exactly the class `type` whose `attribute` is `value`.
    """

    def __init__(self, serialize: Callable[[Any], Any], type_: type, attribute: str, value: Any) -> None:
        self.serialize = serialize
        self.type = type_
        self.attribute = attribute
        self.value = value

    def __call__(self, value: Any) -> Any:
        """Serialize a value; graphql-core calls this."""
        return self.serialize(value)


def parse_datetime(value: Any) -> datetime:
    """Parse RFC 3339 with an offset; return the moment in UTC."""
    if isinstance(value, str) and DATETIME_PATTERN.fullmatch(value):
        try:
            parsed = datetime.fromisoformat(value.upper())
            moment, offset = parsed.astimezone(UTC), parsed.utcoffset() or timedelta()
        except (ValueError, OverflowError):
            moment, offset = datetime.min.replace(tzinfo=UTC), timedelta()
        if moment.year in DATETIME_YEARS and abs(offset) <= MAX_OFFSET:
            return moment
    raise BadInput("A moment is written 2026-11-23T14:30:00+01:00, with its offset, from 1970 to 2199.")


def serialize_datetime(value: datetime) -> str:
    """Serialize in UTC."""
    return orjson.dumps(value.astimezone(UTC), option=JSON_OPTIONS)[1:-1].decode()  # isoformat takes twice as long


def parse_date(value: Any) -> date:
    """Parse YYYY-MM-DD."""
    if isinstance(value, str) and DATE_PATTERN.fullmatch(value):
        try:
            parsed = date.fromisoformat(value)
        except ValueError:
            parsed = None
        if parsed is not None and parsed.year in DATE_YEARS:
            return parsed
    raise BadInput("A day is written 2026-11-23, from 1900 to 2199.")


def parse_decimal(value: Any) -> Decimal:
    """Parse the digits of a decimal; a binary float is refused."""
    if type(value) is int and abs(value) < 10**15:
        return Decimal(value)
    if isinstance(value, str) and DECIMAL_PATTERN.fullmatch(value):
        return Decimal(value)
    raise BadInput('A decimal is written as a string, "1234.50".')


def _literal_parser(parse_value: Any) -> Any:
    def parse_literal(node: ValueNode, _variables: Any = None) -> Any:
        return parse_value(value_from_ast_untyped(node))

    return parse_literal


def _scalar(name: str, description: str, *, parse: Any, serialize: Any, url: str | None = None) -> ScalarDefinition:
    return strawberry.scalar(
        name=name,
        description=description,
        serialize=serialize,
        parse_value=parse,
        parse_literal=_literal_parser(parse),
        specified_by_url=url,
    )


SCALARS: dict[object, ScalarDefinition] = {
    datetime: _scalar(
        "DateTime",
        "Date and time. Input: RFC 3339 with an offset. Output: UTC.",
        parse=parse_datetime,
        serialize=PassthroughScalar(serialize_datetime, datetime, "tzinfo", UTC),
        url="https://scalars.graphql.org/andimarek/date-time.html",
    ),
    date: _scalar("Date", "Calendar date, YYYY-MM-DD.", parse=parse_date, serialize=date.isoformat),
    Decimal: _scalar("Decimal", 'Exact decimal number as a string, "1234.50".', parse=parse_decimal, serialize=str),
}
