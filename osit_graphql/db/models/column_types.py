"""Declarative base, column types, CHECK constraints, and the key by which names are compared."""

import unicodedata
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Dialect, MetaData, Numeric, Text, TypeDecorator
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import UserDefinedType

from osit_graphql.domain.enums import (
    ActivityKind,
    ChangeSource,
    Criticality,
    Decision,
    DirectoryChangeKind,
    DirectoryObject,
    Priority,
    Role,
    Severity,
    Status,
)

E = TypeVar("E", bound=StrEnum)


def name_key(name: str) -> str:
    """Fold case and accents: the key for sorting, comparing and uniqueness of names."""
    decomposed = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold().strip()


class Word(TypeDecorator[E], Generic[E]):
    """An enumeration stored as text: native enumerations are not leakproof, hence slow under row-level security."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[E]) -> None:
        super().__init__()
        self.words = words
        self._members = {str(word): word for word in words}  # a dictionary is twenty times as fast as the enumeration

    def process_bind_param(self, value: E | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return the text to store."""
        return None if value is None else str(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> E | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return the member."""
        return None if value is None else self._members[value]


class TransactionId(UserDefinedType[int]):
    """PostgreSQL's `xid8`: the transaction that wrote a row."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return the SQL type."""
        return "xid8"


class Base(DeclarativeBase):
    """Declarative base with a naming convention for constraints."""

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
        DirectoryChangeKind: Word(DirectoryChangeKind),
        ChangeSource: Word(ChangeSource),
        DirectoryObject: Word(DirectoryObject),
    }


def is_one_of(column: str, words: type[StrEnum]) -> str:
    """Return the condition that limits a column to an enumeration."""
    listed = ", ".join(f"'{word}'" for word in words)
    return f"{column} IN ({listed})"


def one_of(column: str, words: type[StrEnum]) -> CheckConstraint:
    """Return the CHECK constraint of `is_one_of`."""
    return CheckConstraint(is_one_of(column, words), name=column)


def not_blank(column: str, limit: int) -> str:
    """Return the condition that a text is not blank and has at most `limit` characters."""
    return f"{column} ~ '[^[:space:]]' AND char_length({column}) <= {limit}"


def not_blank_check(column: str, limit: int) -> CheckConstraint:
    """Return the CHECK constraint of `not_blank`."""
    return CheckConstraint(not_blank(column, limit), name=column)


def row_check(*conditions: str) -> str:
    """Return the body of the function that a table's only CHECK constraint calls; null passes, as in any CHECK.

    PostgreSQL parses the constraints of a table again in every statement that writes it (docs/decisions/0047).
    """
    return "\nBEGIN\n    RETURN " + "\n        AND ".join(f"({each})" for each in conditions) + ";\nEND "
