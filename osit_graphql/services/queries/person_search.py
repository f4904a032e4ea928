"""The caller on the line: somebody found by any part of their name, address or phone number, however it is written."""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Integer, Text, any_, case, cast, func, literal, select

from osit_graphql.db.models import Person
from osit_graphql.domain.user_errors import Path
from osit_graphql.services.queries import ticket_search

LIMIT = 200
# A phone number inside what was typed: digits, at least two, with what people put between them.
NUMBER = re.compile(r"(?<![\w@.])(?:\+|\()?\d[\d\s().+/-]*\d(?![\w@])")
DEACTIVATED = 5  # whoever is not there any more comes after everybody who is


@dataclass(frozen=True)
class Caller:
    """What was typed, taken apart: words, and phone numbers as they were written."""

    words: str
    numbers: tuple[str, ...]

    @property
    def scope(self) -> dict[str, Any]:
        """What a cursor holds on to: see `Paging`."""
        return {"words": self.words, "numbers": self.numbers}

    @property
    def parts(self) -> ColumnElement[Any]:
        """Every part that must be found, folded by PostgreSQL as what is kept was."""
        # In a sub-select, so that it is worked out once a statement and not for each person.
        parts = func.osit_parts(self.words, literal(list(self.numbers), ARRAY(Text)), type_=ARRAY(Text))
        return select(parts).scalar_subquery()

    @property
    def condition(self) -> ColumnElement[bool]:
        """Whether somebody answers: a function looks them up in the index, which row security keeps from us."""
        called = select(func.osit_called(self.parts, type_=ARRAY(BigInteger))).scalar_subquery()
        return Person.id == any_(cast(called, ARRAY(BigInteger)))

    @property
    def rank(self) -> ColumnElement[int]:
        """How well somebody answers, 0 the best."""
        later = case((Person.active, 0), else_=DEACTIVATED)
        return func.coalesce(self._grade, 0, type_=Integer) + later

    @property
    def _grade(self) -> ColumnElement[int]:
        return func.osit_answers(Person.search_text, self.parts, type_=Integer)


def read(text: str, path: Path) -> Caller | None:
    """Take apart what was typed; None when nothing was."""
    said = ticket_search.read(text, path, LIMIT)
    if said is None:
        return None
    return Caller(NUMBER.sub(" ", said), tuple(NUMBER.findall(said)))
