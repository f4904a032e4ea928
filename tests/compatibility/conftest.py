"""The database of commit 0a7ae24, served by this code an hour later."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from osit_graphql.db.engine import Database
from osit_graphql.domain import clock
from osit_graphql.settings import Settings
from tests.client import Api
from tests.compatibility.records import RECORD, insert_rows, load
from tests.superuser import as_superuser


@pytest.fixture
async def upgraded(database: Database, settings: Settings) -> AsyncIterator[Api]:
    """Provide the API on the rows that 0a7ae24 wrote, its idempotency keys among them."""
    keys = [request["row"] for request in RECORD["keys"]]
    await insert_rows(as_superuser(database), {**load("0a7ae24-rows.json"), "idempotency_key": keys})
    async with Api(settings, database) as api:
        with clock.at(datetime.fromisoformat(RECORD["moment"]) + timedelta(hours=1)):
            yield api
