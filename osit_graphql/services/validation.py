"""Checking what was filled in: everything that is wrong is found at once, then refused at once."""

import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, Literal

from sqlalchemy import select

from osit_graphql.db import statements
from osit_graphql.db.engine import Session
from osit_graphql.db.statements import Statement, param
from osit_graphql.domain.errors import Refused
from osit_graphql.domain.user_errors import (
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
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Absent(Enum):
    """The type of `ABSENT`."""

    ABSENT = "ABSENT"


# What was not said at all: an update leaves it, where null would clear it.
ABSENT: Final = Absent.ABSENT
AbsentType = Literal[Absent.ABSENT]


def at(name: str) -> Path:
    """Return the path of an argument inside `input`."""
    return ("input", name)


def is_blank(text: str) -> bool:
    """Whether nothing of it would show: white space, or characters without a glyph."""
    return not text[:1].isalnum() and all(
        letter.isspace() or unicodedata.category(letter) in {"Cf", "Cc", "Zs"} for letter in text
    )


class Form:
    """What was filled in, box by box; `check` refuses when anything is wrong."""

    def __init__(self) -> None:
        self.user_errors: list[UserError] = []

    def add(self, *errors: UserError) -> None:
        """Note what is wrong."""
        self.user_errors.extend(errors)

    def check(self) -> None:
        """Raise `Refused` with everything that was noted."""
        if self.user_errors:
            raise Refused(*self.user_errors)

    def text(self, value: str | None, path: Path, *, limit: int, required: bool = True) -> str | None:
        """Return the text trimmed, None when it is blank: which is noted where something is required."""
        trimmed = (value or "").strip()
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
        """Return an address in lower case; whether it works is for the first letter to tell."""
        address = self.text(value, path, limit=254, required=required)
        if address is None:
            return None
        name, separator, domain = address.rpartition("@")
        if not separator or not name or not domain or any(letter.isspace() for letter in address):
            self.add(NotAnEmail(path))
        return address.lower()

    def money(self, value: Decimal | None, path: Path) -> Decimal | None:
        """Return an amount in cents' precision, not negative."""
        if value is None:
            return None
        if not value.is_finite() or abs(value) >= MONEY_LIMIT or value != value.quantize(CENT):
            self.add(TooManyDecimals(path))
            return None
        if value < 0:
            self.add(Negative(path))
        return value.quantize(CENT)

    async def references(
        self, session: Session, named: Mapping[str, tuple[Any, int | None]], *, also: Mapping[str, Any] = NOTHING
    ) -> dict[str, Any]:
        """Note which of these rows are absent or inactive; one statement for all. Keys are argument names.

        `also`: a column of some of them that is wanted too; their values are returned.
        """
        keys = {name: key for name, (_, key) in named.items() if key is not None}
        if not keys:
            return {}
        tables = tuple([(name, named[name][0]) for name in keys])

        def build() -> Statement:
            columns = [*((name, table, table.active) for name, table in tables)]
            columns += [(name, named[name][0], column) for name, column in also.items()]
            looks = (select(column).where(table.id == param(name)) for name, table, column in columns)
            return select(*(look.scalar_subquery().label(f"look_{place}") for place, look in enumerate(looks)))

        [found] = await statements.fetch(session, ("references", tables, *also.items()), build, keys)
        for name, active in zip(keys, found, strict=False):
            if active is None:
                self.add(NotFound(at(name)))
            elif not active:
                self.add(Inactive(at(name)))
        return dict(zip(also, found[len(keys) :], strict=True))
