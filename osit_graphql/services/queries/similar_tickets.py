"""Likely duplicates of a ticket or of a draft, among the tickets that the viewer sees, scored 0 to 1.

Two tickets are similar when they share rare words (docs/decisions/0011). Rarity is computed from the tickets that the
viewer sees around the same time, so that no score reveals anything about tickets that they don't see.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Double,
    Integer,
    Select,
    String,
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

from osit_graphql.db import statements, visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Ticket, TicketDocument
from osit_graphql.db.statements import param
from osit_graphql.domain.viewer import Viewer

NEARBY_TICKETS = 150  # compared before that moment, and as many after it, with any words
RARE_WORD_TICKETS = 150  # compared for sharing a rare word, the latest ones
RARE_WORD_LOOKUPS = 4000  # at most; osit_rare chooses words that some 2,000 tickets contain
TITLE_WEIGHT = 1.5  # of a word in a title; a word in a description weighs 1
# Weights of the words' similarity: always, for the same application, for nearness in time. Their sum is 1.
WORDS_FACTOR, APPLICATION_FACTOR, TIME_FACTOR = 0.5, 0.3, 0.2
TIME_HALF_LIFE_DAYS = 30.0
# Share of the score for outages: the same application within hours, described in other words.
OUTAGE_SHARE, OUTAGE_HALF_LIFE_HOURS = 0.3, 6.0
MIN_SCORE = 0.1  # below it, two tickets share common words only


@dataclass(frozen=True)
class Draft:
    """The text of a ticket, or of one being typed. `at`: its opening; `key`: its id, None when it has none yet."""

    title: str
    description: str
    application_id: int | None
    at: datetime
    key: int | None = None

    @property
    def values(self) -> dict[str, Any]:
        """The draft as the parameters of its statements."""
        return {**asdict(self), "key": self.key or 0}


@dataclass(frozen=True)
class Similarity:
    """A ticket's id, and its score as a duplicate."""

    ticket_id: int
    score: float


async def get_draft(session: Session, viewer: Viewer, ticket_id: int) -> Draft | None:
    """Return a ticket as a draft; None when it is absent or not visible."""
    columns = (Ticket.title, Ticket.description, Ticket.application_id, Ticket.opened_at)

    def build(viewer: Viewer) -> Select[Any]:
        return visibility.tickets(viewer, *columns).where(Ticket.id == param("id"))

    rows = await statements.fetch_as(session, viewer, "draft", build, {"id": ticket_id})
    if not rows:
        return None
    [row] = rows
    return Draft(row.title, row.description, row.application_id, row.opened_at, ticket_id)


async def find_similar(session: Session, viewer: Viewer, draft: Draft, first: int) -> list[Similarity]:
    """Return the likeliest duplicates, best first; fewer than `first` when fewer score enough."""
    values = {**draft.values, "first": first}
    [row] = await statements.fetch(session, "rare words", _select_rare_words, values)
    has_rare_words, has_application = row.words is not None, draft.application_id is not None

    def build(any_viewer: Viewer) -> Select[Any]:
        return _scored(any_viewer, has_rare_words=has_rare_words, has_application=has_application)

    key = ("similar tickets", has_rare_words, has_application)
    rows = await statements.fetch_as(session, viewer, key, build, {**values, "rare_words": row.words})
    return [Similarity(row.id, round(min(row.score, 1.0), 3)) for row in rows]


def _select_rare_words() -> Select[Any]:
    return select(cast(func.osit_rare(_vector()), Text).label("words"))


def _vector() -> ColumnElement[Any]:
    return func.osit_draft(param("title", String), param("description", String))


def _select_tickets(viewer: Viewer) -> Select[Any]:
    """Start a SELECT of visible tickets with the words of title and description."""
    words = func.ts_filter(TicketDocument.document, literal_column("'{a,b}'::\"char\"[]")).label("words")
    columns = (Ticket.id, Ticket.application_id, Ticket.opened_at, words)
    return visibility.join_documents(viewer, visibility.tickets(viewer, *columns))


def _nearby(viewer: Viewer) -> CTE:
    """Return the tickets around the draft's moment: several people report the same outage at once."""
    moment = param("at", Ticket.updated_at.type)
    after = _select_tickets(viewer).where(Ticket.updated_at >= moment).order_by(Ticket.updated_at, Ticket.id)
    before = _select_tickets(viewer).where(Ticket.updated_at < moment)
    before = before.order_by(desc(Ticket.updated_at), desc(Ticket.id))
    sides = (side.limit(NEARBY_TICKETS).subquery() for side in (after, before))
    return union_all(*(select(side) for side in sides)).cte("nearby")


def _words(vector: ColumnElement[Any], name: str) -> Any:
    """Return the words of a vector as a table."""
    return func.unnest(vector).table_valued("lexeme", "positions", "weights", name=name)


def _weight(word: Any) -> ColumnElement[float]:
    return case((literal("A") == any_(word.c.weights), TITLE_WEIGHT), else_=1.0)


def _candidates(viewer: Viewer, nearby: CTE, *, has_rare_words: bool) -> CTE:
    """Return the tickets to compare: the nearby ones, and the latest ones that share a rare word."""
    if not has_rare_words:
        return nearby
    matches = visibility.matches_search(viewer, cast(param("rare_words", Text), TSQUERY), RARE_WORD_LOOKUPS)
    sharing = _select_tickets(viewer).where(matches).order_by(desc(Ticket.id)).limit(RARE_WORD_TICKETS).subquery()
    elsewhere = select(sharing).where(sharing.c.id.not_in(select(nearby.c.id)))
    return union_all(select(nearby), elsewhere).cte("candidate")


def _scored(viewer: Viewer, *, has_rare_words: bool, has_application: bool) -> Select[Any]:
    nearby = _nearby(viewer)
    rarities, unseen_rarity = _rarities(nearby)
    draft_words = _draft_words(rarities, unseen_rarity)
    candidates = _candidates(viewer, nearby, has_rare_words=has_rare_words)
    compared = _compared(candidates, draft_words, rarities, unseen_rarity)
    score = _score(compared, has_application=has_application).label("score")
    scored = select(compared.c.id, score).subquery()
    likely = select(scored).where(scored.c.score >= MIN_SCORE)
    return likely.order_by(scored.c.score.desc(), scored.c.id.desc()).limit(param("first", Integer))


def _rarities(nearby: CTE) -> tuple[CTE, ColumnElement[float]]:
    """Return the rarity of each word in the nearby tickets, and the rarity of a word in none of them."""
    word = _words(nearby.c.words, "nearby_word")
    size = cast(select(func.count()).select_from(nearby).scalar_subquery(), Double)

    def rarity(tickets: ColumnElement[Any]) -> ColumnElement[float]:
        return func.sqrt(func.ln(1.0 + (size + 1.0) / (tickets + 0.5)), type_=Double)

    rarities = (
        select(word.c.lexeme, rarity(cast(func.count(), Double)).label("rarity"))
        .select_from(nearby.join(word, true()))
        .group_by(word.c.lexeme)
        .cte("rarities")
    )
    unseen = select(rarity(literal(0.0, Double)).label("rarity")).cte("unseen")
    return rarities, select(unseen.c.rarity).scalar_subquery()


def _draft_words(rarities: CTE, unseen_rarity: ColumnElement[float]) -> CTE:
    """Return the draft's words and their weights."""
    word = _words(_vector(), "draft_word")
    weight = _weight(word) * func.coalesce(rarities.c.rarity, unseen_rarity, type_=Double)
    joined = word.outerjoin(rarities, rarities.c.lexeme == word.c.lexeme)
    return select(word.c.lexeme, weight.label("weight")).select_from(joined).cte("draft_words")


def _compared(candidates: CTE, draft_words: CTE, rarities: CTE, unseen_rarity: ColumnElement[float]) -> Any:
    """Return the candidates with the cosine similarity of their words and the draft's."""
    word = _words(candidates.c.words, "candidate_word")
    columns = (candidates.c.id, candidates.c.application_id, candidates.c.opened_at)
    # OFFSET 0: every word in one table first. PostgreSQL can't estimate their number, and would scan the rarities once
    # per candidate.
    other = (
        select(*columns, word.c.lexeme, _weight(word).label("weight"))
        .select_from(candidates.join(word, true()))
        .where(candidates.c.id != param("key", Integer))
        .offset(0)
        .subquery()
    )
    theirs = (other.c.weight * func.coalesce(rarities.c.rarity, unseen_rarity, type_=Double)).label("theirs")
    joined = other.outerjoin(rarities, rarities.c.lexeme == other.c.lexeme)
    joined = joined.outerjoin(draft_words, draft_words.c.lexeme == other.c.lexeme)
    words = select(other, draft_words.c.weight.label("ours"), theirs).select_from(joined).offset(0).subquery()
    draft_length = select(func.sum(draft_words.c.weight * draft_words.c.weight)).scalar_subquery()
    lengths = func.sqrt(draft_length * func.sum(words.c.theirs * words.c.theirs), type_=Double)
    keys = (words.c.id, words.c.application_id, words.c.opened_at)
    return (
        select(*keys, (func.sum(words.c.ours * words.c.theirs, type_=Double) / lengths).label("cosine"))
        .group_by(*keys)
        .having(func.count(words.c.ours) > 0)
        .subquery()
    )


def _score(compared: Any, *, has_application: bool) -> ColumnElement[float]:
    """Return the score: the words' similarity, weighted by application and time, combined with the outage score."""
    hours = (
        cast(func.abs(func.extract("epoch", compared.c.opened_at - param("at", Ticket.opened_at.type))), Double)
        / 3600.0
    )
    same_application: ColumnElement[float] = literal(0.5, Double)
    if has_application:
        same_application = case((compared.c.application_id == param("application_id"), 1.0), else_=0.0)
    nearness = TIME_FACTOR / (1.0 + hours / 24.0 / TIME_HALF_LIFE_DAYS)
    words = compared.c.cosine * (WORDS_FACTOR + APPLICATION_FACTOR * same_application + nearness)
    quadratic = hours * hours / OUTAGE_HALF_LIFE_HOURS / OUTAGE_HALF_LIFE_HOURS
    outage = same_application * func.least(1.0, 5.0 * compared.c.cosine) / (1.0 + quadratic)
    score: ColumnElement[float] = (1 - OUTAGE_SHARE) * words + OUTAGE_SHARE * outage
    return score
