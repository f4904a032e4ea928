"""A ticket matches its title, and any part of its title or description, as a search."""

import os
from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from osit_graphql.db.engine import Database
from osit_graphql.domain.errors import BadInput
from osit_graphql.services.queries import ticket_search
from tests.search.copied_text import copied, excludes, texts
from tests.superuser import as_superuser

TEXTS = int(os.environ.get("OSIT_TEST_SEARCH_TEXTS", "2000"))
TEXTS_PER_EXAMPLE = 20
MISSED = text(
    "SELECT place FROM unnest(CAST(:titles AS text[]), CAST(:descriptions AS text[]), CAST(:searches AS text[]))"
    " WITH ORDINALITY AS copy (title, description, search, place)"
    " WHERE osit_head(0, title, description) @@ osit_query(search) IS NOT TRUE ORDER BY place"
)


@st.composite
def copies(draw: st.DrawFn) -> tuple[str, str, str]:
    """Return a title, a description, and a part of one of them."""
    title, description = draw(texts(200, 4)), draw(texts(2000, 8))
    return title, description, draw(copied(draw(st.sampled_from([title, description])), 500))


@settings(max_examples=TEXTS // TEXTS_PER_EXAMPLE, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(copies(), min_size=TEXTS_PER_EXAMPLE, max_size=TEXTS_PER_EXAMPLE))
async def test_a_ticket_matches_any_part_of_its_texts(migrated: Database, drawn: list[tuple[str, str, str]]) -> None:
    searched = []
    for title, description, part in drawn:
        for search in (title, part):
            with suppress(BadInput):  # no letter and no digit
                if not excludes(search) and (parsed := ticket_search.parse_search(search, ())) is not None:
                    searched.append((title, description, parsed))
    values = {name: [row[at] for row in searched] for at, name in enumerate(("titles", "descriptions", "searches"))}
    async with as_superuser(migrated).reading() as session:
        missed = [searched[place - 1] for place in await session.scalars(MISSED, values)]
    assert missed == []
