"""Full-text search of tickets: parsing, matching and ranking.

PostgreSQL normalizes texts and searches alike (docs/decisions/0041). The syntax: words in any order, "a phrase",
-without, this or that.
"""

import re
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Double, Select, String, case, func, literal, literal_column, select
from sqlalchemy.dialects.postgresql import TSQUERY

from osit_graphql.db import visibility
from osit_graphql.db.models import Ticket
from osit_graphql.db.statements import param
from osit_graphql.domain.errors import BadInput
from osit_graphql.domain.user_errors import INVISIBLE_CHARACTERS, UNSTORABLE_CHARACTERS, Path
from osit_graphql.domain.viewer import Viewer

MAX_SEARCH_LENGTH = 500
TEXT_PARAM, NUMBER_PARAM = "search", "search_number"
ORDINAL_SIGNS = "ºª"  # letters for Unicode, blanks for the search: nº1234
TICKET_NUMBER = re.compile(r"\s*#?\s*([0-9]{1,10})\s*")


def parse_search(text: str, path: Path, limit: int = MAX_SEARCH_LENGTH) -> str | None:
    """Return the search text without control characters; None when it is blank.

    Raises `BadInput` if it has no letter and no digit: no text contains such a search.
    """
    parsed = parse_text(text, path, limit)
    if parsed is not None and not any(letter.isalnum() and letter not in ORDINAL_SIGNS for letter in parsed):
        raise BadInput("A text to search for has a letter or a digit.", argument=path)
    return parsed


def parse_text(text: str, path: Path, limit: int) -> str | None:
    """Return a text to compare with others, without control characters; None when it is blank."""
    parsed = UNSTORABLE_CHARACTERS.sub(" ", text).strip()
    if len(parsed) > limit:
        raise BadInput("A text to search for has at most {limit} characters.", argument=path, limit=limit)
    return parsed if INVISIBLE_CHARACTERS.sub("", parsed).strip() else None


def ticket_number(text: str) -> int | None:
    """Return the ticket number that a search text is, if it is one."""
    number = TICKET_NUMBER.fullmatch(text)
    return None if number is None else int(number[1])


def matches(viewer: Viewer, text: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition for tickets that match, by the texts that the viewer may read."""
    return visibility.matches_search(viewer, _query(text))


def relevance(text: str) -> ColumnElement[float]:
    """Return the relevance of a match, in a SELECT that joins `join_ranked`: 0 to 1, plus 1 for the ticket's number.

    A word in the title outranks any number of them in the description, and those outrank comments. The rank depends
    on the ticket's own words only, so that pages are stable while others write.
    """
    return _with_number(literal_column(f"{visibility.RANKED}.rank", Double()), Ticket.id, text)


def join_ranked(viewer: Viewer, statement: Select[Any]) -> Select[Any]:
    """Join a SELECT of visible tickets with the matches of the search and their ranks."""
    return visibility.join_ranked(statement, _ranked(viewer))


def ranked_matches(viewer: Viewer, text: str) -> Any:
    """Return the matching tickets as a table: `id`, `relevance`."""
    ranked = _ranked(viewer)
    return select(ranked.c.id, _with_number(ranked.c.rank, ranked.c.id, text).label("relevance")).subquery("best")


def _ranked(viewer: Viewer) -> Any:
    return visibility.ranked_matches(viewer, _query(_text_param()), _any_word())


def _with_number(rank: ColumnElement[float], ticket_id: Any, text: str) -> ColumnElement[float]:
    if ticket_number(text) is None:
        return rank
    return rank + case((ticket_id == param(NUMBER_PARAM, BigInteger), literal(1.0, Double)), else_=0.0)


def _text_param() -> ColumnElement[Any]:
    bind: ColumnElement[Any] = param(TEXT_PARAM, String)
    return bind


def _any_word() -> ColumnElement[Any]:
    return select(func.osit_any(func.osit_query(_text_param()), type_=TSQUERY)).scalar_subquery()


def _query(text: ColumnElement[Any]) -> ColumnElement[Any]:
    # A sub-select runs once per statement; a bare function of a parameter, once per row of a generic plan.
    return select(func.osit_query(text, type_=TSQUERY)).scalar_subquery()
