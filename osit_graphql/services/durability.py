"""Whether PostgreSQL keeps what it has acknowledged: settings that trade it for speed are told, or refused."""

import structlog
from sqlalchemy import text

from osit_graphql.db.engine import Database
from osit_graphql.domain.errors import SetupError
from osit_graphql.domain.viewer import System
from osit_graphql.settings import Settings

# What is acknowledged must have reached the disk, whole; `local` waits for this server's own disk, which is enough.
RISKS = text("""
    SELECT name FROM pg_settings
    WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off' ORDER BY name
""")
log = structlog.get_logger(__name__)


async def find_risks(database: Database) -> list[str]:
    """Return which settings of PostgreSQL could lose what was acknowledged."""
    async with database.reading(System.HEALTH) as session:
        return list((await session.execute(RISKS)).scalars())


async def check(settings: Settings, database: Database) -> None:
    """Raise `SetupError` in production when a crash could lose acknowledged work; warn in development."""
    if not (risks := await find_risks(database)):
        return
    if not settings.development:
        named = ", ".join(risks)
        raise SetupError(f"PostgreSQL has {named} off: what it acknowledges could be lost. Turn it on in production.")
    log.warning("a crash can lose acknowledged work", off=risks)
