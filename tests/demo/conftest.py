"""The demo company, filled once for all these tests, on a Wednesday in the middle of the afternoon."""

from collections.abc import AsyncIterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from osit_graphql import demo
from osit_graphql.database import Database
from osit_graphql.migration import migrate
from osit_graphql.settings import Settings
from tests.client import Api
from tests.conftest import ROLE

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 6, 17, 15, 20, tzinfo=PARIS)


@pytest.fixture(scope="session")
async def filled(admin: Database, worker_id: str) -> AsyncIterator[Database]:
    """Give the demo company; nobody writes into it."""
    name = f"osit_demo_{worker_id}"
    server = create_async_engine(admin.engine.url, isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        await connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        await connection.execute(text(f"CREATE DATABASE {name} OWNER {ROLE}"))
    url = admin.engine.url.set(username=ROLE, database=name)
    database = Database(url.render_as_string(hide_password=False), pool=2)
    await migrate(database)
    await demo.fill(database, zone=PARIS, today=NOW.date(), now=NOW)
    yield database
    await database.close()
    async with server.connect() as connection:
        await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    await server.dispose()


@pytest.fixture(scope="session")
async def served(filled: Database) -> AsyncIterator[Api]:
    """Give the API on the demo company."""
    async with Api(Settings(_env_file=None), filled) as api:
        yield api
