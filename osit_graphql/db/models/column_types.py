"""What the tables are made of: column types, constraints by name, and the key that names are compared by."""

import unicodedata
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    MetaData,
    Numeric,
    Text,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import UserDefinedType

from osit_graphql.domain.enums import ActivityKind, Criticality, Decision, Priority, Role, Severity, Status

E = TypeVar("E", bound=StrEnum)


def name_key(name: str) -> str:
    """Fold case and accents: what names are sorted, compared and kept unique by."""
    decomposed = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold().strip()


class Word(TypeDecorator[E], Generic[E]):
    """An enumeration as text: native enumerations are not leakproof, 27 to 57 times slower behind row security."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[E]) -> None:
        super().__init__()
        self.words = words
        self._members = {str(word): word for word in words}  # asking the enumeration takes twenty times as long

    def process_bind_param(self, value: E | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Store the word."""
        return None if value is None else str(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> E | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Give the member back."""
        return None if value is None else self._members[value]


class TransactionId(UserDefinedType[int]):
    """PostgreSQL's `xid8`: which transaction wrote a row."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Name the type."""
        return "xid8"


class Base(DeclarativeBase):
    """Names constraints the same way everywhere, so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "pk": "%(table_name)s_pkey",
            "fk": "%(table_name)s_%(column_0_name)s_fkey",
            "uq": "%(table_name)s_%(column_0_name)s_key",
            "ck": "%(table_name)s_%(constraint_name)s_check",
            "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own name
        str: Text(),
        datetime: DateTime(timezone=True),
        Decimal: Numeric(12, 2),
        int: BigInteger(),
        Role: Word(Role),
        Status: Word(Status),
        Severity: Word(Severity),
        Criticality: Word(Criticality),
        Priority: Word(Priority),
        Decision: Word(Decision),
        ActivityKind: Word(ActivityKind),
    }


def one_of(column: str, words: type[StrEnum]) -> CheckConstraint:
    """Keep a column to an enumeration."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def written(column: str, limit: int) -> CheckConstraint:
    """Keep a text neither blank nor beyond its limit, in characters."""
    return CheckConstraint(f"{column} ~ '[^[:space:]]' AND char_length({column}) <= {limit}", name=column)
