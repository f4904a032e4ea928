"""Words of tickets: what a search asks for, which tickets it finds, and how well each answers it.

PostgreSQL folds and stems (migration 0005); a search is websearch's: words in any order, "a phrase", -without.
"""

import re
from typing import Any

from sqlalchemy import ColumnElement, Double, case, cast, func, literal, select
from sqlalchemy.dialects.postgresql import TSQUERY

from osit_graphql.db import visibility
from osit_graphql.db.models import Ticket, TicketDocument
from osit_graphql.domain.errors import BadInput
from osit_graphql.domain.user_errors import UNSTORABLE_CHARACTERS, Path
from osit_graphql.domain.viewer import Viewer

LIMIT = 500
NUMBER = re.compile(r"\s*#?\s*([0-9]{1,10})\s*")


def read(text: str, path: Path, limit: int = LIMIT) -> str | None:
    """Return what is looked for; None when nothing was typed: a search that is blank is as if absent."""
    tidy = UNSTORABLE_CHARACTERS.sub(" ", text).strip()
    if len(tidy) > limit:
        raise BadInput("A text to search for has at most {limit} characters.", argument=path, limit=limit)
    return tidy or None


def found(viewer: Viewer, text: str) -> ColumnElement[bool]:
    """Return which tickets answer it, by what the viewer may read of them."""
    return visibility.answering(viewer, _query(text))


def relevance(text: str) -> ColumnElement[float]:
    """Return how well a ticket beside its document answers: 0 to 1, and 1 more for the ticket whose number it is.

    A word in the title is above any number of it in the description, and these above any in comments. It depends on
    nothing but the ticket's own words, so that pages stay where they are while others write.
    """
    return _with_number(cast(func.ts_rank(TicketDocument.document, _any(text)), Double), Ticket.id, text)


def best(viewer: Viewer, text: str) -> Any:
    """Return the tickets that answer it as a table, with how well they do: `id`, `relevance`."""
    found = visibility.ranked(viewer, _query(text), _any(text))
    return select(found.c.id, _with_number(found.c.rank, found.c.id, text).label("relevance")).subquery("best")


def _with_number(rank: ColumnElement[float], ticket_id: Any, text: str) -> ColumnElement[float]:
    number = NUMBER.fullmatch(text)
    return rank if number is None else rank + case((ticket_id == int(number[1]), literal(1.0, Double)), else_=0.0)


def _any(text: str) -> ColumnElement[Any]:
    return select(func.osit_any(func.osit_query(text), type_=TSQUERY)).scalar_subquery()


def _query(text: str) -> ColumnElement[Any]:
    # A sub-select is worked out once a statement; a bare function of a parameter, for each row of a generic plan.
    return select(func.osit_query(text, type_=TSQUERY)).scalar_subquery()
