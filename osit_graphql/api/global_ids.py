"""Opaque ids: the kind, then the row's number scrambled by a permutation of its own; checked when they come back.

Scrambling keeps clients from reading or counting them, and makes a mistyped id a malformed one: of all numbers of 64
bits, one in 65,536 unscrambles to a row number below 2^48. The first digit of a prefix is the codec's version.
"""

from enum import StrEnum
from functools import cache

from osit_graphql.api.row_fields import TextLookup
from osit_graphql.domain.errors import BadInput
from osit_graphql.domain.user_errors import Path

MASK = 2**64 - 1
LARGEST = 2**48
DIGITS = 16
ROOM = 10_000
"""Ids of one kind that are remembered, and of those that came back: some 2 MB."""


class Kind(StrEnum):
    """What an id can be of, by its prefix."""

    TICKET = "tkt1"
    ACTIVITY = "act1"
    USER = "usr1"
    SERVICE = "svc1"
    APPLICATION = "app1"
    SITE = "sit1"
    CAUSE = "cau1"
    MEETING = "mtg1"
    API_TOKEN = "tok1"  # noqa: S105 - what ids of tokens begin with


# One odd multiplier for each kind, so that the digits of one are no id of another; its inverse reads them back. Clients
# keep ids: prefixes and multipliers never change. That of a new kind is the last one plus 0xD1B54A32D192ED02.
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
}
INVERSES = {kind: pow(factor, -1, 2**64) for kind, factor in FACTORS.items()}
LIMITS = dict.fromkeys(Kind, LARGEST) | {Kind.TICKET: 2**31}  # a ticket's number is an Int
KINDS = {str(kind): kind for kind in Kind}


class Encoded(TextLookup):
    """The ids of a kind by their rows' numbers: written when first asked for, then remembered, up to `ROOM`."""

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self._prefix, self._factor = f"{kind}_", FACTORS[kind]

    def __missing__(self, key: int) -> str:
        if len(self) >= ROOM:
            self.clear()
        text = self[key] = f"{self._prefix}{key * self._factor & MASK:016x}"
        return text


@cache
def encoded(kind: Kind) -> Encoded:
    """Return the ids of a kind."""
    return Encoded(kind)


def encode(kind: Kind, key: int) -> str:
    """Return the id of a row."""
    return encoded(kind)[key]


class Parsed(dict[str, tuple[Kind, int]]):
    """What ids are of, by their texts: read when they first come back, then remembered, up to `ROOM`."""

    def __missing__(self, text: str) -> tuple[Kind, int]:
        prefix, _, digits = text.partition("_")
        kind = KINDS.get(prefix)
        if kind is None or len(digits) != DIGITS or not set(digits) <= set("0123456789abcdef"):
            raise ValueError(text)
        key = int(digits, 16) * INVERSES[kind] & MASK
        if not 0 < key < LIMITS[kind]:
            raise ValueError(text)
        if len(self) >= ROOM:
            self.clear()
        found = self[text] = (kind, key)
        return found


_parsed = Parsed()


def parse(text: str, argument: Path) -> tuple[Kind, int]:
    """Return what an id is of, and which; or refuse it."""
    try:
        return _parsed[text]
    except ValueError:
        raise BadInput("This is not an id.", argument=argument) from None


def decode(kind: Kind, text: str, argument: Path) -> int:
    """Return the row that an id of this kind is of, or refuse it."""
    found, key = parse(text, argument)
    if found is not kind:
        raise BadInput("This is an id of something else.", argument=argument)
    return key


def decode_optional(kind: Kind, text: str | None, argument: Path) -> int | None:
    """Decode an id that need not be there."""
    return None if text is None else decode(kind, text, argument)
