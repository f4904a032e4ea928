"""A recurrence's id: its group, its period and its filter, written down whole, so that `node` can ask again.

Like other ids it is opaque and checked: a digest of what it says comes first.
"""

import base64
import binascii
import hashlib
from datetime import date
from typing import Any

import orjson

from osit_graphql.domain.date_range import Period
from osit_graphql.domain.errors import BadInput
from osit_graphql.domain.user_errors import Path
from osit_graphql.services.queries.ticket_filter import VALUES
from osit_graphql.services.reports.request import Dimension, Group, Question, ReportFilter

PREFIX = "rec1_"
DIGEST = 6  # bytes
# An id keeps places in these two: they never change, and what is new comes last.
WORDS = (Dimension.APPLICATION, Dimension.SERVICE, Dimension.SITE, Dimension.CAUSE, Dimension.MONTH)
LISTS = ("application_ids", "service_ids", "site_ids", "cause_ids")
LARGEST = 2**48


def encode(question: Question, group: Group) -> str:
    """Return the id of a group of a question."""
    said = [
        question.period.start.toordinal(),
        question.period.end.toordinal(),
        [WORDS.index(word) for word in question.group_by],
        list(group),
        [getattr(question.narrowed, name) for name in LISTS],
    ]
    written = orjson.dumps(said)
    return PREFIX + base64.urlsafe_b64encode(_digest(written) + written).rstrip(b"=").decode()


def is_one(text: str) -> bool:
    """Whether an id claims to be a recurrence's."""
    return text.startswith(PREFIX)


def decode(text: str, argument: Path) -> tuple[Question, Group]:
    """Return the question and the group, or refuse it."""
    encoded = text.removeprefix(PREFIX)
    try:
        raw = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
        return _read(orjson.loads(_checked(raw)))
    except (binascii.Error, ValueError, TypeError, IndexError, OverflowError) as error:
        raise BadInput("This is not an id.", argument=argument) from error


def _read(said: Any) -> tuple[Question, Group]:
    start, end, words, group, lists = said
    period = Period(date.fromordinal(start), date.fromordinal(end))
    group_by = tuple(WORDS[place] for place in words)
    narrowed = ReportFilter(
        **{name: None if keys is None else _keys(keys) for name, keys in zip(LISTS, lists, strict=True)}
    )
    if len(group) != len(group_by) or Dimension.MONTH in group_by or period.end < period.start:
        raise ValueError("not a recurrence")
    return Question(period, group_by, narrowed), _keys(group)


def _checked(raw: bytes) -> bytes:
    digest, written = raw[:DIGEST], raw[DIGEST:]
    if digest != _digest(written):
        raise ValueError("not written here")
    return written


def _keys(values: list[Any]) -> tuple[int, ...]:
    if len(values) > VALUES or not all(type(value) is int and 0 < value < LARGEST for value in values):
        raise ValueError("not row numbers")
    return tuple(values)


def _digest(written: bytes) -> bytes:
    return hashlib.blake2s(written, digest_size=DIGEST).digest()
