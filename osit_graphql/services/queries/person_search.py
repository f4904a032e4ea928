"""Search for people by any part of their name, e-mail address or phone number."""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Integer, String, Text, any_, case, cast, func, select

from osit_graphql.db.models import Person
from osit_graphql.db.statements import param
from osit_graphql.domain.user_errors import Path
from osit_graphql.services.queries import ticket_search

MAX_SEARCH_LENGTH = 200
# How a cursor's scope hash divides a search: cursors outlive releases, so this never changes.
SCOPE_NUMBER = re.compile(r"(?<![\w@.])(?:\+|\()?\d[\d\s().+/-]*\d(?![\w@])")
INACTIVE_RANK = 5  # added to the rank, so that inactive people come after all active ones


@dataclass(frozen=True)
class PersonSearch:
    """A parsed search: parts of names, e-mail addresses and phone numbers."""

    text: str

    @property
    def scope(self) -> dict[str, Any]:
        """The search in a cursor's scope hash. These names never change: see `Paging`."""
        return {"words": SCOPE_NUMBER.sub(" ", self.text), "numbers": tuple(SCOPE_NUMBER.findall(self.text))}

    @property
    def values(self) -> dict[str, Any]:
        """The values of the parameters in `terms`."""
        return {"search_text": self.text}

    @property
    def terms(self) -> ColumnElement[Any]:
        """The terms that must all match, normalized by PostgreSQL like `search_text`."""
        # A sub-select runs once per statement, a bare function call once per person.
        return select(func.osit_caller(param("search_text", String), type_=ARRAY(Text))).scalar_subquery()

    @property
    def condition(self) -> ColumnElement[bool]:
        """Whether a person matches; the function uses an index that row-level security would rule out."""
        ids = select(func.osit_called(self.terms, type_=ARRAY(BigInteger))).scalar_subquery()
        return Person.id == any_(cast(ids, ARRAY(BigInteger)))

    @property
    def rank(self) -> ColumnElement[int]:
        """How well a person matches, 0 being best."""
        grade = func.osit_answers(Person.search_text, self.terms, type_=Integer)
        return func.coalesce(grade, 0, type_=Integer) + case((Person.active, 0), else_=INACTIVE_RANK)


def parse_person_search(text: str, path: Path) -> PersonSearch | None:
    """Parse a search text; None when it is blank."""
    parsed = ticket_search.parse_search(text, path, MAX_SEARCH_LENGTH)
    return None if parsed is None else PersonSearch(parsed)
