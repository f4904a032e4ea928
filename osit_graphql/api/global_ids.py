"""Opaque global IDs: a row's number that a multiplication scrambles, or the encoded key of a recurrence.

Clients cannot count scrambled IDs, and a mistyped one is refused: of all 64-bit numbers, one in 65,536 unscrambles to a
row number below 2^48. A recurrence has no row: its ID contains its period, group and filter, and their digest, so that
`node` can compute it again. The last character of a prefix is the version of the encoding.
"""

import base64
import binascii
import hashlib
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any

import orjson

from osit_graphql.api.row_fields import TextLookup
from osit_graphql.api.scalars import DATE_YEARS
from osit_graphql.domain.date_range import Period
from osit_graphql.domain.errors import BadInput
from osit_graphql.domain.user_errors import Path
from osit_graphql.services.queries.ticket_filter import MAX_LIST_LENGTH
from osit_graphql.services.reports.request import Dimension, Group, ReportFilter, ReportRequest

MASK = 2**64 - 1
MAX_ROW_ID = 2**48
DIGITS = 16
MAX_CACHED_IDS = 10_000  # of one kind, and of those that clients sent: some 2 MB


class Kind(StrEnum):
    """The kinds of objects that have a global ID; the value is the ID's prefix."""

    TICKET = "tkt1"
    ACTIVITY = "act1"
    USER = "usr1"
    SERVICE = "svc1"
    APPLICATION = "app1"
    SITE = "sit1"
    CAUSE = "cau1"
    MEETING = "mtg1"
    API_TOKEN = "tok1"  # noqa: S105 - a prefix, not a secret
    VIEWER = "vwr1"  # with the row number of the person; clients store objects by ID, and a viewer is no `User`
    DIRECTORY_CHANGE = "chg1"


# One odd multiplier for each kind, so that no ID of one kind has the digits of another's; its inverse decodes them.
# Clients store IDs: prefixes and multipliers never change. A new kind's is the last one plus 0xD1B54A32D192ED02.
FACTORS = {
    Kind.TICKET: 0x9E3779B97F4A7C15,
    Kind.ACTIVITY: 0x6FECC3EC50DD6917,
    Kind.USER: 0x41A20E1F22705619,
    Kind.SERVICE: 0x13575851F403431B,
    Kind.APPLICATION: 0xE50CA284C596301D,
    Kind.SITE: 0xB6C1ECB797291D1F,
    Kind.CAUSE: 0x887736EA68BC0A21,
    Kind.MEETING: 0x5A2C811D3A4EF723,
    Kind.API_TOKEN: 0x2BE1CB500BE1E425,
    Kind.VIEWER: 0xFD971582DD74D127,
    Kind.DIRECTORY_CHANGE: 0xCF4C5FB5AF07BE29,
}
INVERSES = {kind: pow(factor, -1, 2**64) for kind, factor in FACTORS.items()}
LIMITS = dict.fromkeys(Kind, MAX_ROW_ID) | {Kind.TICKET: 2**31}  # a ticket's number is an Int
KINDS_BY_PREFIX = {str(kind): kind for kind in Kind}

RECURRENCE_PREFIX = "rec1_"
RECURRENCE_DIGEST_BYTES = 6
# Recurrence IDs contain positions in these two: append only.
RECURRENCE_DIMENSIONS = (Dimension.APPLICATION, Dimension.SERVICE, Dimension.SITE, Dimension.CAUSE, Dimension.MONTH)
RECURRENCE_FILTER_FIELDS = ("application_ids", "service_ids", "site_ids", "cause_ids")
PLACES = {place for place, name in enumerate(RECURRENCE_DIMENSIONS) if name is not Dimension.MONTH}
NOT_AN_ID = "This is not an id."
WRONG_KIND = "This is an id of something else."


class EncodedIds(TextLookup):
    """The IDs of a kind by row number; encoded at first use, and cached."""

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self._prefix, self._factor = f"{kind}_", FACTORS[kind]

    def __missing__(self, row_id: int) -> str:
        if len(self) >= MAX_CACHED_IDS:
            self.clear()
        text = self[row_id] = f"{self._prefix}{row_id * self._factor & MASK:016x}"
        return text


@cache
def encoded_ids(kind: Kind) -> EncodedIds:
    """Return the IDs of a kind."""
    return EncodedIds(kind)


def encode(kind: Kind, row_id: int) -> str:
    """Return the ID of a row."""
    return encoded_ids(kind)[row_id]


class DecodedIds(dict[str, tuple[Kind, int]]):
    """Kinds and row numbers by ID; decoded at first use, and cached."""

    def __missing__(self, text: str) -> tuple[Kind, int]:
        prefix, _, digits = text.partition("_")
        kind = KINDS_BY_PREFIX.get(prefix)
        if kind is None or len(digits) != DIGITS or not set(digits) <= set("0123456789abcdef"):
            raise ValueError(text)
        row_id = int(digits, 16) * INVERSES[kind] & MASK
        if not 0 < row_id < LIMITS[kind]:
            raise ValueError(text)
        if len(self) >= MAX_CACHED_IDS:
            self.clear()
        decoded = self[text] = (kind, row_id)
        return decoded


_decoded_ids = DecodedIds()


def parse(text: str, argument: Path) -> tuple[Kind, int]:
    """Return the kind and the row number of an ID. Raises `BadInput`."""
    try:
        return _decoded_ids[text]
    except ValueError:
        raise BadInput(NOT_AN_ID, argument=argument) from None


def decode(kind: Kind, text: str, argument: Path) -> int:
    """Return the row number of an ID of this kind. Raises `BadInput`."""
    actual_kind, row_id = parse(text, argument)
    if actual_kind is not kind:
        raise BadInput(WRONG_KIND, argument=argument)
    return row_id


def decode_optional(kind: Kind, text: str | None, argument: Path) -> int | None:
    """Return the row number of an ID, None for None. Raises `BadInput`."""
    return None if text is None else decode(kind, text, argument)


def encode_recurrence(request: ReportRequest, group: Group) -> str:
    """Return the ID of a group in a report of recurrences."""
    content = orjson.dumps(
        [
            request.period.start.toordinal(),
            request.period.end.toordinal(),
            [RECURRENCE_DIMENSIONS.index(dimension) for dimension in request.group_by],
            list(group),
            [getattr(request.filter, name) for name in RECURRENCE_FILTER_FIELDS],
        ]
    )
    return RECURRENCE_PREFIX + base64.urlsafe_b64encode(_digest(content) + content).rstrip(b"=").decode()


def is_recurrence_id(text: str) -> bool:
    """Whether an ID has the prefix of recurrences."""
    return text.startswith(RECURRENCE_PREFIX)


def decode_recurrence(text: str, argument: Path) -> tuple[ReportRequest, Group]:
    """Return the report's question and the group. Raises `BadInput`."""
    encoded = text.removeprefix(RECURRENCE_PREFIX)
    try:
        raw = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
        digest, content = raw[:RECURRENCE_DIGEST_BYTES], raw[RECURRENCE_DIGEST_BYTES:]
        if digest != _digest(content):
            raise ValueError("the digest does not match")  # noqa: TRY301 - one answer to every malformed ID
        return _read_recurrence(orjson.loads(content))
    except (binascii.Error, ValueError, TypeError, IndexError, OverflowError) as error:
        raise BadInput(NOT_AN_ID, argument=argument) from error


def _read_recurrence(content: Any) -> tuple[ReportRequest, Group]:
    start, end, dimensions, group, filter_values = content
    period = Period(date.fromordinal(start), date.fromordinal(end))
    if not (all(type(index) is int for index in dimensions) and list(dimensions) == sorted(set(dimensions) & PLACES)):
        raise ValueError("not dimensions in their order, each once")
    group_by = tuple(RECURRENCE_DIMENSIONS[index] for index in dimensions)
    named_values = zip(RECURRENCE_FILTER_FIELDS, filter_values, strict=True)
    narrowed = ReportFilter(**{name: None if ids is None else _row_ids(ids) for name, ids in named_values})
    years = {period.start.year, period.end.year}
    if len(group) != len(group_by) or period.end < period.start or not years <= set(DATE_YEARS):
        raise ValueError("not a recurrence")
    return ReportRequest(period, group_by, narrowed), _row_ids(group)


def _row_ids(values: list[Any]) -> tuple[int, ...]:
    if len(values) > MAX_LIST_LENGTH or not all(type(value) is int and 0 < value < MAX_ROW_ID for value in values):
        raise ValueError("not row numbers")
    return tuple(values)


def _digest(content: bytes) -> bytes:
    return hashlib.blake2s(content, digest_size=RECURRENCE_DIGEST_BYTES).digest()
