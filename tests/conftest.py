"""A real PostgreSQL for every test, built by the migrations, emptied before each; and the API on it, in process.

The embedded PostgreSQL 18, or the server that OSIT_TEST_DATABASE_URL names (a superuser's URL).
"""

import gc
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings as drawing
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from osit_graphql.db.engine import Database
from osit_graphql.db.models import Base
from osit_graphql.db.schema.migrate import migrate
from osit_graphql.embedded_postgres import EmbeddedServer
from osit_graphql.settings import Settings
from tests.behind import OWNER, SERVING, Behind, know, make_roles
from tests.client import Api
from tests.company import Company, found
from tests.executor.comparison import every_serializer_is_compared
from tests.revocations import every_revocation_is_counted
from tests.rls.removed import without_first
from tests.shapes import every_statement_is_compared
from tests.walls import FIRST, SECOND, STANDING

__all__ = ["every_revocation_is_counted", "every_serializer_is_compared", "every_statement_is_compared"]

drawing.register_profile("osit", deadline=None)  # what an example takes is the machine's affair
drawing.load_profile("osit")

EMPTYING = (
    "SET session_replication_role = replica",  # the guards of history refuse even this
    f"TRUNCATE {', '.join(table.name for table in Base.metadata.sorted_tables)} RESTART IDENTITY",
    "SET session_replication_role = DEFAULT",
)


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """Give a superuser's URL."""
    if given := os.environ.get("OSIT_TEST_DATABASE_URL"):
        yield given
        return
    directory = Path(tempfile.mkdtemp(prefix="osit-tests-"))
    try:
        with EmbeddedServer.start(directory, durable=False) as server:
            yield server.admin_url()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
async def admin(server_url: str, worker_id: str) -> AsyncIterator[Behind]:
    """Give a database of this worker's own, as its superuser."""
    name = f"osit_test_{worker_id}_{os.getpid()}"
    server = create_async_engine(server_url, isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        await connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        await make_roles(connection)
        await connection.execute(text(f"CREATE DATABASE {name} OWNER {OWNER}"))
    database = Behind(make_url(server_url).set(database=name).render_as_string(hide_password=False), pool_size=2)
    know(database)
    yield database
    await database.close()
    async with server.connect() as connection:
        await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    await server.dispose()


@pytest.fixture(scope="session")
def owner_url(admin: Behind) -> str:
    """Give the URL of this worker's database, as the role that owns it."""
    return admin.url.set(username=OWNER).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def database_url(admin: Behind) -> str:
    """Give the URL of this worker's database, as the role that the API runs as."""
    return admin.url.set(username=SERVING).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
async def migrated(database_url: str, owner_url: str, admin: Behind) -> AsyncIterator[Database]:
    """Give this worker's database, at this code's revision, behind both walls; or behind the one that is asked for."""
    owner = Database(owner_url, pool_size=1)
    await migrate(owner, serving=database_url)
    await owner.close()
    whole = admin.url.render_as_string(hide_password=False)
    database = Database(whole if STANDING == FIRST else database_url)  # no policy holds a superuser
    patch = pytest.MonkeyPatch()
    if STANDING == SECOND:
        without_first(patch)
    yield database
    patch.undo()
    await database.close()


@pytest.fixture
async def database(migrated: Database, admin: Behind) -> Database:
    """Give it empty."""
    async with admin.transaction() as connection:
        for statement in EMPTYING:
            await connection.execute(text(statement))
    return migrated


@pytest.fixture(scope="session")
def settings() -> Settings:
    """Give the defaults, but for what one request and one principal may ask for: tests ask for everything at once."""
    room = {"max_cost": 10_000_000, "budget_points": 1_000_000_000, "max_requests": 1_000, "max_requests_each": 1_000}
    return Settings(_env_file=None).model_copy(update=room)


@pytest.fixture
async def company(database: Database) -> Company:
    """Give a small company: two services, somebody of each role, signed in."""
    return await found(database)


@pytest.fixture
async def api(database: Database, settings: Settings) -> AsyncIterator[Api]:
    """Give the whole application, over HTTP, in process."""
    async with Api(settings, database) as api:
        yield api


@pytest.fixture(autouse=True)
def swept(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let the test that leaves coroutines behind, and says so, see them collected: not whichever comes after it."""
    yield
    marks = request.node.iter_markers("filterwarnings")
    if any("never awaited" in told for mark in marks for told in mark.args):
        gc.collect()
