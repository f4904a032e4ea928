"""Likely duplicates of a ticket, or of one that is being typed: among what the viewer sees, scored 0 to 1.

Two tickets resemble each other by the rarer words that they share (docs/decisions/0011). How rare a word is, is read
off the tickets that the viewer sees around that time, so that nobody's score tells of what they don't see.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Double,
    Select,
    Text,
    any_,
    case,
    cast,
    desc,
    func,
    literal,
    literal_column,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from osit_graphql.db import visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Ticket, TicketDocument
from osit_graphql.domain.viewer import Viewer

AROUND = 150  # how many tickets before that moment, and as many after it, are looked at whatever they say
RARE = 150  # how many that share a rare word with it, the latest
LOOKED_UP = 4000  # of so many; osit_rare chooses words that some 2,000 tickets say
TITLED = 1.5  # what a word in a title weighs, one in a description weighing 1
# What the likeness of the words is multiplied by: itself, more for the same application, more when near in time.
WORDS, APPLICATION, TIME = 0.5, 0.3, 0.2
FORGOTTEN = 30.0  # days after which nearness counts for half
# And of the whole, what is for an outage: the same application within hours, told in other words.
OUTAGE, HOURS = 0.3, 6.0
LEAST = 0.1  # below, two tickets have little but common words in common


@dataclass(frozen=True)
class Draft:
    """What a ticket says, or will say; `at`: when it was opened; `key`: its own, None when it isn't yet."""

    title: str
    description: str
    application_id: int | None
    at: datetime
    key: int | None = None


@dataclass(frozen=True)
class Similarity:
    """A ticket's number, and how much it looks like a duplicate."""

    ticket_id: int
    score: float


async def drafted(session: Session, viewer: Viewer, ticket_id: int) -> Draft | None:
    """Return what a ticket says, None when it is absent or not visible."""
    columns = (Ticket.title, Ticket.description, Ticket.application_id, Ticket.opened_at)
    row = (await session.execute(visibility.tickets(viewer, *columns).where(Ticket.id == ticket_id))).one_or_none()
    return None if row is None else Draft(row.title, row.description, row.application_id, row.opened_at, ticket_id)


async def likenesses(session: Session, viewer: Viewer, draft: Draft, first: int) -> list[Similarity]:
    """Return the likeliest duplicates, best first; fewer than asked when fewer look alike."""
    rare = await session.scalar(select(cast(func.osit_rare(_vector(draft)), Text)))
    rows = await session.execute(_scored(viewer, draft, rare, first))
    return [Similarity(row.id, round(min(row.score, 1.0), 3)) for row in rows]


def _vector(draft: Draft) -> ColumnElement[Any]:
    return func.osit_draft(draft.title, draft.description)


def _started(viewer: Viewer) -> Select[Any]:
    """Start a SELECT of what tickets say in title and description."""
    said = func.ts_filter(TicketDocument.document, literal_column("'{a,b}'::\"char\"[]")).label("said")
    columns = (Ticket.id, Ticket.application_id, Ticket.opened_at, said)
    return visibility.with_documents(viewer, visibility.tickets(viewer, *columns))


def _around(viewer: Viewer, moment: datetime) -> CTE:
    """Return what happened around a moment: an outage is reported by several people at once."""
    after = _started(viewer).where(Ticket.updated_at >= moment).order_by(Ticket.updated_at, Ticket.id)
    before = _started(viewer).where(Ticket.updated_at < moment).order_by(desc(Ticket.updated_at), desc(Ticket.id))
    windows = (window.limit(AROUND).subquery() for window in (after, before))
    return union_all(*(select(window) for window in windows)).cte("around")


def _said(vector: ColumnElement[Any], name: str) -> Any:
    """Return the words of a vector as a table."""
    return func.unnest(vector).table_valued("lexeme", "positions", "weights", name=name)


def _weight(said: Any) -> ColumnElement[float]:
    return case((literal("A") == any_(said.c.weights), TITLED), else_=1.0)


def _candidates(viewer: Viewer, around: CTE, rare: str | None) -> CTE:
    """Return what is compared: what is around, and the latest that share something rare, whenever it was."""
    if rare is None:
        return around
    matching = visibility.answering(viewer, cast(rare, TSQUERY), LOOKED_UP)
    found = _started(viewer).where(matching).order_by(desc(Ticket.id)).limit(RARE).subquery()
    elsewhere = select(found).where(found.c.id.not_in(select(around.c.id)))
    return union_all(select(around), elsewhere).cte("candidate")


def _scored(viewer: Viewer, draft: Draft, rare: str | None, first: int) -> Select[Any]:
    around = _around(viewer, draft.at)
    heard, unheard = _rarities(around)
    asked = _asked(draft, heard, unheard)
    compared = _compared(draft, _candidates(viewer, around, rare), asked, heard, unheard)
    score = _score(draft, compared).label("score")
    scored = select(compared.c.id, score).subquery()
    best = select(scored).where(scored.c.score >= LEAST)
    return best.order_by(scored.c.score.desc(), scored.c.id.desc()).limit(first)


def _rarities(around: CTE) -> tuple[CTE, ColumnElement[float]]:
    """Return how rare each word is around that moment, and how rare one is that nobody said."""
    word = _said(around.c.said, "heard_word")
    size = cast(select(func.count()).select_from(around).scalar_subquery(), Double)

    def rarity(tickets: ColumnElement[Any]) -> ColumnElement[float]:
        return func.sqrt(func.ln(1.0 + (size + 1.0) / (tickets + 0.5)), type_=Double)

    heard = (
        select(word.c.lexeme, rarity(cast(func.count(), Double)).label("rarity"))
        .select_from(around.join(word, true()))
        .group_by(word.c.lexeme)
        .cte("heard")
    )
    unheard = select(rarity(literal(0.0, Double)).label("rarity")).cte("unheard")
    return heard, select(unheard.c.rarity).scalar_subquery()


def _asked(draft: Draft, heard: CTE, unheard: ColumnElement[float]) -> CTE:
    """Return the draft's words and what each weighs."""
    word = _said(_vector(draft), "asked_word")
    weight = _weight(word) * func.coalesce(heard.c.rarity, unheard, type_=Double)
    joined = word.outerjoin(heard, heard.c.lexeme == word.c.lexeme)
    return select(word.c.lexeme, weight.label("weight")).select_from(joined).cte("asked")


def _compared(draft: Draft, candidate: CTE, asked: CTE, heard: CTE, unheard: ColumnElement[float]) -> Any:
    """Return the candidates with the share of their words that they have in common: the cosine of the two."""
    word = _said(candidate.c.said, "their_word")
    columns = (candidate.c.id, candidate.c.application_id, candidate.c.opened_at)
    # OFFSET 0: every word in one table first. PostgreSQL can't know how many there are, and would go through what was
    # heard once for each candidate.
    other = (
        select(*columns, word.c.lexeme, _weight(word).label("weight"))
        .select_from(candidate.join(word, true()))
        .where(candidate.c.id != (draft.key or 0))
        .offset(0)
        .subquery()
    )
    theirs = (other.c.weight * func.coalesce(heard.c.rarity, unheard, type_=Double)).label("theirs")
    words = (
        select(other, asked.c.weight.label("ours"), theirs)
        .select_from(
            other.outerjoin(heard, heard.c.lexeme == other.c.lexeme).outerjoin(asked, asked.c.lexeme == other.c.lexeme)
        )
        .offset(0)
        .subquery()
    )
    length = select(func.sum(asked.c.weight * asked.c.weight)).scalar_subquery()
    lengths = func.sqrt(length * func.sum(words.c.theirs * words.c.theirs), type_=Double)
    keys = (words.c.id, words.c.application_id, words.c.opened_at)
    return (
        select(*keys, (func.sum(words.c.ours * words.c.theirs, type_=Double) / lengths).label("shared"))
        .group_by(*keys)
        .having(func.count(words.c.ours) > 0)
        .subquery()
    )


def _score(draft: Draft, compared: Any) -> ColumnElement[float]:
    """Weigh the words shared with the application and the time: the same one and the same moment make it whole."""
    hours = cast(func.abs(func.extract("epoch", compared.c.opened_at - draft.at)), Double) / 3600.0
    same: ColumnElement[float] = literal(0.5, Double)
    if draft.application_id is not None:
        same = case((compared.c.application_id == draft.application_id, 1.0), else_=0.0)
    words = compared.c.shared * (WORDS + APPLICATION * same + TIME / (1.0 + hours / 24.0 / FORGOTTEN))
    outage = same * func.least(1.0, 5.0 * compared.c.shared) / (1.0 + hours * hours / HOURS / HOURS)
    score: ColumnElement[float] = (1 - OUTAGE) * words + OUTAGE * outage
    return score
