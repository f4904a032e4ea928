"""Keeping the search's index up: what writers leave in its list is put in its place by nobody whom somebody waits for.

PostgreSQL has whoever fills the list do it, a tenth of a second and more for one comment in some dozens; done every
second it is less work in all, and no search goes through a long list (migration 0018).
"""

from sqlalchemy import text

from osit_graphql.db.engine import Database
from osit_graphql.domain.viewer import System
from osit_graphql.services import background_jobs

PAUSE = 1.0  # seconds between two tidyings of a serving process
TIDY = text("SELECT osit_tidy_search()")


async def tidy(database: Database) -> int:
    """Put the words in their place; return how many pages of the list they took: none while another does it."""
    async with database.transaction(System.HEALTH) as session:
        return int((await session.execute(TIDY)).scalar_one())


async def keep_tidying(database: Database) -> None:
    """Tidy every second, until cancelled; without it only the one who fills the list waits."""
    await background_jobs.repeat(tidy, database, pause=PAUSE, undone="search index not tidied")
