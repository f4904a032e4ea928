"""A migrated PostgreSQL database for every test, emptied before each, and the API on it, in process.

The embedded PostgreSQL 18, or the server that OSIT_TEST_DATABASE_URL names (a superuser's URL).
"""

import gc
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as drawing
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from osit_graphql.api.schema import build_schema
from osit_graphql.db.engine import Database
from osit_graphql.db.schema.migrate import migrate
from osit_graphql.embedded_postgres import EmbeddedServer
from osit_graphql.settings import Settings
from tests.client import Api
from tests.company import Company, create_company
from tests.demo_server import demo_server
from tests.emptying import empty
from tests.executor.comparison import every_serializer_is_compared
from tests.protection import PROTECTION, RLS, VISIBILITY
from tests.revocations import every_revocation_is_counted
from tests.rls.single_protection import without_visibility
from tests.scheduling import pytest_xdist_make_scheduler
from tests.statement_comparison import every_statement_is_compared
from tests.superuser import OWNER, SERVING, Superuser, make_roles, register_superuser

__all__ = [
    "every_revocation_is_counted",
    "every_serializer_is_compared",
    "every_statement_is_compared",
    "pytest_xdist_make_scheduler",
]

# The time of an example depends on the machine.
drawing.register_profile("osit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
drawing.load_profile("osit")


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """Provide a superuser's URL."""
    if url := os.environ.get("OSIT_TEST_DATABASE_URL"):
        yield url
        return
    directory = Path(tempfile.mkdtemp(prefix="osit-tests-"))
    try:
        with EmbeddedServer.start(directory, durable=False) as server:
            yield server.admin_url()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
async def admin(server_url: str, worker_id: str) -> AsyncIterator[Superuser]:
    """Provide the database of this worker, as its superuser."""
    name = f"osit_test_{worker_id}_{os.getpid()}"
    server = create_async_engine(server_url, isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        await connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        await make_roles(connection)
        await connection.execute(text(f"CREATE DATABASE {name} OWNER {OWNER}"))
    database = Superuser(make_url(server_url).set(database=name).render_as_string(hide_password=False), pool_size=2)
    register_superuser(database)
    yield database
    await database.close()
    async with server.connect() as connection:
        await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    await server.dispose()


@pytest.fixture(scope="session")
def owner_url(admin: Superuser) -> str:
    """Provide the URL of this worker's database, as the role that owns it."""
    return admin.url.set(username=OWNER).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def database_url(admin: Superuser) -> str:
    """Provide the URL of this worker's database, as the role that the API runs as."""
    return admin.url.set(username=SERVING).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
async def migrated(database_url: str, owner_url: str, admin: Superuser) -> AsyncIterator[Database]:
    """Provide the migrated database of this worker, with the protection that OSIT_TEST_PROTECTION names."""
    owner = Database(owner_url, pool_size=1)
    await migrate(owner, serving=database_url)
    await owner.close()
    superuser_url = admin.url.render_as_string(hide_password=False)
    database = Database(superuser_url if PROTECTION == VISIBILITY else database_url)  # no policy applies to a superuser
    patch = pytest.MonkeyPatch()
    if PROTECTION == RLS:
        without_visibility(patch)
    yield database
    patch.undo()
    await database.close()


@pytest.fixture
async def database(migrated: Database, admin: Superuser) -> Database:
    """Provide the database of this worker, emptied."""
    await empty(admin)
    return migrated


@pytest.fixture(scope="session")
def settings() -> Settings:
    """Provide the default settings with higher limits: tests send more than one principal may."""
    limits = {"max_cost": 10_000_000, "budget_points": 1_000_000_000, "max_requests": 1_000, "max_requests_each": 1_000}
    return Settings(_env_file=None).model_copy(update=limits)


@pytest.fixture
async def company(database: Database) -> Company:
    """Provide a small company with people of each role, signed in."""
    return await create_company(database)


@pytest.fixture
async def api(database: Database, settings: Settings) -> AsyncIterator[Api]:
    """Provide the application over HTTP, in process."""
    async with Api(settings, database) as api:
        yield api


@pytest.fixture(scope="session")
def demo_address() -> Iterator[str]:
    """Provide the address of the demo company, served by `osit demo` on an embedded database of its own."""
    with demo_server() as address:
        yield address


@pytest.fixture(autouse=True, scope="session")
def schemas() -> Iterator[None]:
    """Build the schema once for the same limits: each new one parses, validates and plans every document again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("osit_graphql.server.app.build_schema", cache(build_schema))
        yield


@pytest.fixture(autouse=True)
def collect_coroutines(request: pytest.FixtureRequest) -> Iterator[None]:
    """Collect coroutines that a test leaves unawaited within that test, not in a later one."""
    yield
    marks = request.node.iter_markers("filterwarnings")
    if any("never awaited" in message for mark in marks for message in mark.args):
        gc.collect()
