"""Validation of inputs: it collects all user errors, then refuses the input with all of them."""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import Any, Final, Literal

from sqlalchemy import select

from osit_graphql.db import statements
from osit_graphql.db.engine import Session
from osit_graphql.db.statements import NO_VALUES, Statement, param
from osit_graphql.domain.errors import Refused
from osit_graphql.domain.user_errors import (
    INVISIBLE_CHARACTERS,
    UNSTORABLE_CHARACTERS,
    Inactive,
    Negative,
    NotAnEmail,
    NotFound,
    Path,
    Required,
    TooLong,
    TooManyDecimals,
    UnreadableText,
    UserError,
)

MONEY_LIMIT = Decimal(10**10)
CENT = Decimal("0.01")
LINE_BREAKS = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
BRAILLE_BLANK = "\u2800"


class Absent(Enum):
    """The type of `ABSENT`."""

    ABSENT = "ABSENT"


# An absent argument: an update leaves its column unchanged, while null clears it.
ABSENT: Final = Absent.ABSENT
AbsentType = Literal[Absent.ABSENT]


def at(name: str) -> Path:
    """Return the path of an argument inside `input`."""
    return ("input", name)


def is_blank(text: str) -> bool:
    """Whether the text prints nothing: it is white space, or has characters without a glyph."""
    return not (text[:1].isascii() and text[:1].isalnum()) and all(
        letter.isspace() or letter == BRAILLE_BLANK or unicodedata.category(letter) in {"Cf", "Cc", "Zs"}
        for letter in INVISIBLE_CHARACTERS.sub("", text)
    )


def normalize_line_breaks(text: str) -> str:
    """Return the text with LF for every line break: CR, CRLF, and those of word processors and of Unicode."""
    return LINE_BREAKS.sub("\n", text)


class InputValidator:
    """Validates the arguments of an input; `check` refuses the input if there is any user error."""

    def __init__(self) -> None:
        self.user_errors: list[UserError] = []

    def add(self, *errors: UserError) -> None:
        """Add user errors."""
        self.user_errors.extend(errors)

    def check(self) -> None:
        """Raise `Refused` with all user errors, if there are any."""
        if self.user_errors:
            raise Refused(*self.user_errors)

    def text(self, value: str | None, path: Path, *, limit: int, required: bool = True) -> str | None:
        """Return the trimmed text with LF line breaks, or None if it is blank, which is an error if it is required."""
        trimmed = (value or "").strip()
        if not trimmed.isprintable():
            trimmed = normalize_line_breaks(trimmed)
        if is_blank(trimmed):
            if required:
                self.add(Required(path))
            return None
        if len(trimmed) > limit:
            self.add(TooLong(path, limit))
        elif not trimmed.isprintable() and UNSTORABLE_CHARACTERS.search(trimmed):
            self.add(UnreadableText(path))
        return trimmed

    def email(self, value: str | None, path: Path, *, required: bool = True) -> str | None:
        """Return an email address in lower case; only its form is checked."""
        address = self.text(value, path, limit=254, required=required)
        if address is None:
            return None
        name, separator, domain = address.rpartition("@")
        if not separator or not name or not domain or any(letter.isspace() for letter in address):
            self.add(NotAnEmail(path))
        return address.lower()

    def money(self, value: Decimal | None, path: Path) -> Decimal | None:
        """Return an amount with two decimals; it must not be negative."""
        if value is None:
            return None
        if not value.is_finite() or abs(value) >= MONEY_LIMIT or value != value.quantize(CENT):
            self.add(TooManyDecimals(path))
            return None
        if value < 0:
            self.add(Negative(path))
        return value.quantize(CENT)

    async def references(
        self, session: Session, named: Mapping[str, tuple[Any, int | None]], *, also: Mapping[str, Any] = NO_VALUES
    ) -> dict[str, Any]:
        """Add an error for each absent or inactive row; one statement reads all. Keys are argument names.

        `also` names columns of some of these rows; their values are returned.
        """
        keys = {name: key for name, (_, key) in named.items() if key is not None}
        if not keys:
            return {}
        tables = tuple([(name, named[name][0]) for name in keys])

        def build() -> Statement:
            columns = [(name, table, table.active) for name, table in tables]
            columns += [(name, named[name][0], column) for name, column in also.items()]
            lookups = (select(column).where(table.id == param(name)) for name, table, column in columns)
            return select(*(lookup.scalar_subquery().label(f"look_{place}") for place, lookup in enumerate(lookups)))

        [row] = await statements.fetch(session, ("references", tables, *also.items()), build, keys)
        for name, active in zip(keys, row, strict=False):
            if active is None:
                self.add(NotFound(at(name)))
            elif not active:
                self.add(Inactive(at(name)))
        return dict(zip(also, row[len(keys) :], strict=True))
