"""An embedded PostgreSQL for a measurement, with the small company of the tests."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from osit_graphql.db.engine import Database
from osit_graphql.embedded_postgres import EmbeddedServer
from osit_graphql.server.bootstrap import migrate
from osit_graphql.server.database_urls import DatabaseUrls
from tests.company import Company, create_company
from tests.superuser import Superuser, register_superuser


@contextmanager
def scratch(name: str) -> Iterator[Path]:
    """Create a directory and delete it afterwards."""
    place = Path(tempfile.mkdtemp(prefix=f"osit-{name}-"))
    place.chmod(0o711)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def embedded_server(name: str) -> Iterator[EmbeddedServer]:
    """Run a PostgreSQL in a temporary directory; main thread only."""
    with scratch(name) as place, EmbeddedServer.start(place / "data", durable=False) as server:
        yield server


@asynccontextmanager
async def small_company(server: EmbeddedServer, *, pool: int = 10) -> AsyncIterator[Company]:
    """Give the company in a migrated database, with visibility and row-level security."""
    await migrate(DatabaseUrls(server.api_url, server.url, server.admin_url()))
    admin = Superuser(server.admin_url("osit"), pool_size=1)
    register_superuser(admin)
    database = Database(server.api_url, pool_size=pool)
    try:
        yield await create_company(database)
    finally:
        await database.close()
        await admin.close()
