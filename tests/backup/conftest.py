"""A second database with another owner, to restore into."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from typer.testing import CliRunner, Result

from osit_graphql.cli import app
from osit_graphql.db.engine import Database
from tests.superuser import SERVING, Superuser

RESTORE_OWNER = "osit_test_heir"  # owner of the restored database


def plain(url: str) -> str:
    """Return a database URL without the driver, as in a configuration."""
    return url.replace("postgresql+asyncpg", "postgresql", 1)


def point_at(owner: str | None, serving: str) -> dict[str, str]:
    """Return the settings of a database."""
    return {"OSIT_DATABASE_URL": plain(serving), "OSIT_OWNER_URL": plain(owner) if owner else "", "COLUMNS": "200"}


async def run(settings: dict[str, str], *arguments: str | Path) -> Result:
    """Run the command in this process, beside this loop."""
    words = [str(each) for each in arguments]
    return await asyncio.to_thread(lambda: CliRunner().invoke(app, words, env=settings))


@pytest.fixture
def here(owner_url: str, database_url: str, database: Database) -> dict[str, str]:
    """The settings of the tests' database, emptied."""
    return point_at(owner_url, database_url)


@pytest.fixture
async def beside(server_url: str, worker_id: str, database: Database) -> AsyncIterator[Superuser]:
    """Provide an empty database with another owner, as a superuser."""
    name = f"osit_heir_{worker_id}_{os.getpid()}"
    server = create_async_engine(server_url, isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        on_duplicate = (
            "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"  # another worker created it
        )
        await connection.execute(text(f"DO $$ BEGIN CREATE ROLE {RESTORE_OWNER} LOGIN; {on_duplicate}"))
        await connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        await connection.execute(text(f"CREATE DATABASE {name} OWNER {RESTORE_OWNER}"))
        restored = Superuser(make_url(server_url).set(database=name).render_as_string(hide_password=False), pool_size=2)
        yield restored
        await restored.close()
        await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    await server.dispose()


@pytest.fixture
def there(beside: Superuser) -> dict[str, str]:
    """The settings of the second database."""
    url = beside.url
    return point_at(
        url.set(username=RESTORE_OWNER).render_as_string(hide_password=False),
        url.set(username=SERVING).render_as_string(hide_password=False),
    )
