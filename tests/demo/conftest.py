"""Fixtures: a database with the demo company, seeded once on a Wednesday afternoon, and the API on it."""

from collections.abc import AsyncIterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from osit_graphql import demo
from osit_graphql.db.engine import Database
from osit_graphql.db.schema.migrate import migrate
from osit_graphql.settings import Settings
from tests.client import Api
from tests.superuser import OWNER, SERVING, Superuser, register_superuser

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 6, 17, 15, 20, tzinfo=PARIS)


@pytest.fixture(scope="session")
async def demo_database(admin: Database, worker_id: str) -> AsyncIterator[Database]:
    """Provide a database with the demo company; no test writes to it."""
    name = f"osit_demo_{worker_id}"
    server = create_async_engine(admin.url, isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        await connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        await connection.execute(text(f"CREATE DATABASE {name} OWNER {OWNER}"))
    url = admin.url.set(database=name)
    register_superuser(behind := Superuser(url.render_as_string(hide_password=False), pool_size=2))
    owner = Database(url.set(username=OWNER).render_as_string(hide_password=False), pool_size=1)
    database = Database(url.set(username=SERVING).render_as_string(hide_password=False), pool_size=2)
    await migrate(owner, serving=database.url.render_as_string(hide_password=False))
    await owner.close()
    await demo.fill(database, zone=PARIS, today=NOW.date(), now=NOW)
    yield database
    await database.close()
    await behind.close()
    async with server.connect() as connection:
        await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    await server.dispose()


@pytest.fixture(scope="session")
async def demo_api(demo_database: Database) -> AsyncIterator[Api]:
    """Provide the API on that database."""
    async with Api(Settings(_env_file=None), demo_database) as api:
        yield api
