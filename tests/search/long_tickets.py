"""Tickets with many comments, and the oracle of their search: all texts in one document."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from osit_graphql.db.engine import Database, Session
from tests.company import Company
from tests.superuser import as_superuser

SAY = text(
    "INSERT INTO activity (ticket_id, version, kind, author_id, created_at, comment, internal)"
    " SELECT :ticket, 1, 'COMMENT', :author, now(), comment, internal"
    " FROM unnest(CAST(:comments AS text[]), CAST(:internals AS boolean[])) AS said (comment, internal)"
)
PARTS = text("SELECT count(DISTINCT part) FROM ticket_document_part WHERE ticket_id = :ticket")
WHOLE_DOCUMENT = (
    "CREATE AGGREGATE pg_temp.whole (tsvector) (SFUNC = public.osit_append, STYPE = tsvector, INITCOND = '')"
)
WRONG_DOCUMENTS = text("""
SELECT ticket_id, 0 AS part, internal FROM ticket_document WHERE document <> osit_document(ticket_id, internal)
UNION ALL
SELECT ticket_id, 0, internal
FROM ticket_document FULL JOIN (SELECT * FROM ticket_document_part WHERE part = 0) AS first USING (ticket_id, internal)
WHERE long AND (ticket_document.document, ticket_document.superseded)
    IS DISTINCT FROM (first.document, first.superseded)
UNION ALL
SELECT ticket_id, part, internal FROM ticket_document_part AS here
WHERE part > 0 AND document IS DISTINCT FROM coalesce((
    SELECT pg_temp.whole(osit_piece(comment, 'C') ORDER BY id) FROM activity
    WHERE activity.ticket_id = here.ticket_id AND comment IS NOT NULL AND (here.internal OR NOT activity.internal)
        AND id >= first_activity_id AND NOT EXISTS (SELECT FROM ticket_document_part AS later
            WHERE later.ticket_id = here.ticket_id AND part > here.part AND id >= later.first_activity_id)
), '')
""")
READERS = text("""
SELECT DISTINCT count(*) FILTER (WHERE NOT internal), count(*) FILTER (WHERE NOT superseded)
FROM (SELECT ticket_id, NULL AS part, internal, superseded FROM ticket_document
    UNION ALL SELECT ticket_id, part, internal, superseded FROM ticket_document_part) AS each GROUP BY ticket_id, part
""")
MATCHES = text("""
SELECT ticket.id FROM ticket WHERE osit_append(osit_head(id, title, description), coalesce(
    (SELECT pg_temp.whole(osit_piece(comment, 'C') ORDER BY id) FROM activity
    WHERE ticket_id = ticket.id AND comment IS NOT NULL AND (:internals OR NOT internal)), '')) @@ osit_query(:search)
""")


async def say(company: Company, ticket: int, comments: Sequence[str], internal: Sequence[int] = ()) -> None:
    """Insert comments; `internal`: the places of internal ones."""
    internals = [place in internal for place in range(len(comments))]
    values = {"ticket": ticket, "author": company.keys["operator"], "comments": list(comments), "internals": internals}
    async with as_superuser(company.database).transaction() as session:
        await session.execute(SAY, values)


async def count_parts(database: Database, ticket: int) -> int:
    """Return the number of a ticket's parts: 0 if it has one document."""
    async with as_superuser(database).reading() as session:
        return int(await session.scalar(PARTS, {"ticket": ticket}) or 0)


async def wrong_documents(session: Session) -> list[Any]:
    """Return the documents and parts that differ from recomputed ones; each kind of reader has one of each."""
    await session.execute(text(WHOLE_DOCUMENT))
    wrong = (await session.execute(WRONG_DOCUMENTS)).all()
    assert {tuple(row) for row in (await session.execute(READERS)).all()} <= {(1, 1)}
    await session.execute(text("DROP AGGREGATE pg_temp.whole (tsvector)"))
    return list(wrong)


async def matching_tickets(database: Database, search: str, *, internals: bool) -> set[int]:
    """Return the tickets whose texts match as one document."""
    async with as_superuser(database).transaction() as session:
        await session.execute(text(WHOLE_DOCUMENT))
        matches = set(await session.scalars(MATCHES, {"search": search, "internals": internals}))
        await session.execute(text("DROP AGGREGATE pg_temp.whole (tsvector)"))
    return matches
