"""The demo company's history is sealed like anybody's."""

from osit_graphql.db.engine import Database
from osit_graphql.services import audit


async def test_the_demo_companys_history_is_what_was_written(filled: Database) -> None:
    slices = await audit.list_slices(filled)
    [part] = [part async for part in audit.verify(filled, slices)]
    assert part.differences == []
    assert part.seals > part.tickets > 0
