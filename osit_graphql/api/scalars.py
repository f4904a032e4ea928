"""The contract's scalars: moments with an offset, days, and exact amounts."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson
import strawberry
from graphql import ValueNode, value_from_ast_untyped
from strawberry.types.scalar import ScalarDefinition

from osit_graphql.domain.errors import BadInput

MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
AMOUNT = re.compile(r"-?\d{1,15}(\.\d{1,15})?")
YEARS = range(1900, 2200)
JSON = orjson.OPT_UTC_Z
"""How orjson writes answers: plans leave it moments that are in UTC already."""


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


def read_moment(value: Any) -> datetime:
    """Read RFC 3339 with an offset; years 1900 to 2199, so that any time zone can show it."""
    if isinstance(value, str) and MOMENT.fullmatch(value):
        try:
            moment = datetime.fromisoformat(value.upper())
        except ValueError:
            moment = None
        if moment is not None and moment.year in YEARS:
            return moment.astimezone(UTC)
    raise BadInput("A moment is written 2026-11-23T14:30:00+01:00, with its offset, from 1900 to 2199.")


def write_moment(value: datetime) -> str:
    """Write it in UTC."""
    return orjson.dumps(value.astimezone(UTC), option=JSON)[1:-1].decode()  # isoformat takes twice as long


def read_day(value: Any) -> date:
    """Read YYYY-MM-DD; years 1900 to 2199."""
    if isinstance(value, str) and DAY.fullmatch(value):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = None
        if day is not None and day.year in YEARS:
            return day
    raise BadInput("A day is written 2026-11-23, from 1900 to 2199.")


def read_amount(value: Any) -> Decimal:
    """Read a decimal from its digits, never from a binary float."""
    if type(value) is int and abs(value) < 10**15:
        return Decimal(value)
    if isinstance(value, str) and AMOUNT.fullmatch(value):
        return Decimal(value)
    raise BadInput('A decimal is written as a string, "1234.50".')


def _literal(read: Any) -> Any:
    def parse(node: ValueNode, _variables: Any = None) -> Any:
        return read(value_from_ast_untyped(node))

    return parse


def _scalar(name: str, description: str, *, read: Any, write: Any, url: str | None = None) -> ScalarDefinition:
    return strawberry.scalar(
        name=name,
        description=description,
        serialize=write,
        parse_value=read,
        parse_literal=_literal(read),
        specified_by_url=url,
    )


SCALARS: dict[object, ScalarDefinition] = {
    datetime: _scalar(
        "DateTime",
        "Date and time. Input: RFC 3339 with an offset. Output: UTC.",
        read=read_moment,
        write=PassthroughScalar(write_moment, datetime, "tzinfo", UTC),
        url="https://scalars.graphql.org/andimarek/date-time.html",
    ),
    date: _scalar("Date", "Calendar date, YYYY-MM-DD.", read=read_day, write=date.isoformat),
    Decimal: _scalar("Decimal", 'Exact decimal number as a string, "1234.50".', read=read_amount, write=str),
}
