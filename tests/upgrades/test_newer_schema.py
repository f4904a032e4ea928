"""An old process on a newer schema serves while that schema allows it."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from osit_graphql.db.engine import Database
from osit_graphql.db.schema import migrate, version
from osit_graphql.domain.errors import SetupError
from osit_graphql.server.bootstrap import open_database
from osit_graphql.server.database_urls import DatabaseUrls
from osit_graphql.settings import Settings
from tests.client import Api
from tests.company import Company
from tests.superuser import Superuser, as_superuser

TITLES = "{ openTickets { nodes { title } } }"


async def _set_revision(database: Superuser, revision: str, serves: str) -> None:
    async with database.transaction() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
        await session.execute(text(f"COMMENT ON TABLE alembic_version IS '{serves}'"))


@pytest.fixture
async def newer(database: Database) -> AsyncIterator[Superuser]:
    """Provide the tests' database, whose revision a test may change."""
    yield as_superuser(database)
    await _set_revision(as_superuser(database), version.head(), version.head())


async def _start(settings: Settings, database: Database) -> None:
    url = database.url.render_as_string(hide_password=False)
    async with open_database(settings, DatabaseUrls(url)):
        pass


async def test_a_newer_schema_that_serves_this_version(
    newer: Superuser, company: Company, database: Database, api: Api, settings: Settings
) -> None:
    await company.ticket("Écran noir")
    await _set_revision(newer, "9999", version.head())
    ready = await api.http.get("/readyz")
    assert (ready.status_code, ready.json()["checks"]["migrations"]) == (200, True)
    assert await api.read(company.tokens["manager"], TITLES) == {"openTickets": {"nodes": [{"title": "Écran noir"}]}}
    await _start(settings, database)


async def test_a_newer_schema_that_no_longer_serves_this_version(
    newer: Superuser, company: Company, database: Database, api: Api, settings: Settings
) -> None:
    await _set_revision(newer, "9999", "9998")
    ready = await api.http.get("/readyz")
    assert (ready.status_code, ready.json()["checks"]["migrations"]) == (503, False)
    # Requests are still answered; the load balancer stops sending them.
    assert await api.read(company.tokens["manager"], TITLES) == {"openTickets": {"nodes": []}}
    with pytest.raises(
        SetupError, match="The database is at revision 9999 of a newer version of OSIT, which this version can't serve"
    ):
        await _start(settings, database)


async def test_an_older_schema(newer: Superuser, database: Database, api: Api, settings: Settings) -> None:
    await _set_revision(newer, "0015", "0015")
    assert (await api.http.get("/readyz")).status_code == 503
    with pytest.raises(SetupError, match="run `osit migrate` first"):
        await _start(settings, database)


async def test_an_old_version_does_not_migrate_a_newer_schema(newer: Superuser, owner_url: str) -> None:
    await _set_revision(newer, "9999", version.head())
    owner = Database(owner_url, pool_size=1)
    with pytest.raises(SetupError, match="The database is at revision 9999 of a newer version of OSIT"):
        await migrate.migrate(owner)
    await owner.close()
