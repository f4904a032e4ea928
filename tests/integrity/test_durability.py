"""Production refuses a PostgreSQL whose settings could lose acknowledged writes."""

import pytest
from sqlalchemy import text

from osit_graphql.db.engine import Database
from osit_graphql.domain.errors import SetupError
from osit_graphql.domain.viewer import System
from osit_graphql.server.production_checks import check_durability, find_unsafe_settings
from osit_graphql.settings import Settings
from tests.superuser import Superuser

ROLE = "ALTER ROLE CURRENT_USER IN DATABASE {} {} synchronous_commit"


async def test_unsafe_settings_are_refused_in_production(admin: Superuser) -> None:
    name = admin.url.database
    settings = Settings(_env_file=None, environment="production")
    async with admin.transaction() as connection:
        await connection.execute(text(ROLE.format(name, "SET") + " = off"))
    unsafe = Database(admin.url.render_as_string(hide_password=False), pool_size=1)
    try:
        async with unsafe.reading(System.HEALTH) as session:
            assert "synchronous_commit" in await find_unsafe_settings(session)
        with pytest.raises(SetupError, match="synchronous_commit"):
            await check_durability(settings, unsafe)
        await check_durability(Settings(_env_file=None), unsafe)
    finally:
        await unsafe.close()
        async with admin.transaction() as connection:
            await connection.execute(text(ROLE.format(name, "RESET")))
