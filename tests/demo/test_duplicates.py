"""Similar tickets in the demo company: the search finds the duplicates that its people reported."""

import tomllib
from pathlib import Path

from osit_graphql.db.engine import Database
from osit_graphql.domain.enums import Role
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.queries import similar_tickets, tickets

PAIRS = tomllib.loads(Path(__file__).with_name("duplicates.toml").read_text(encoding="utf-8"))["pair"]
LEAST_FOUND = 27  # of the 30 pairs, among the first five; docs/decisions/0011 has the figure of the day


async def test_the_demo_companys_duplicates_are_found(demo_database: Database) -> None:
    """By the number of the pairs whose other ticket is among the first five, as the desk sees them."""
    desk = Viewer(0, frozenset({Role.OPERATOR}))
    missed = []
    async with demo_database.reading(desk) as session:
        for pair in PAIRS:
            keys = (pair["ticket"], pair["of"])
            rows = await tickets.by_ids(session, desk, keys, ("title",))
            assert [rows[key].title for key in keys] == [pair["title"], pair["its_title"]]
            draft = await similar_tickets.get_draft(session, desk, keys[0])
            assert draft is not None
            likely = await similar_tickets.find_similar(session, desk, draft, 5)
            if keys[1] not in {like.ticket_id for like in likely}:
                missed.append(keys)
    assert len(PAIRS) == 30
    assert len(PAIRS) - len(missed) >= LEAST_FOUND, missed
