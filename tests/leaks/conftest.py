"""Fixtures: a company with a canary in every text, and a small company."""

from collections.abc import AsyncIterator

import pytest

from osit_graphql.db.engine import Database
from osit_graphql.settings import Settings
from tests.client import Api
from tests.company import Company
from tests.desk import Desk
from tests.leaks.stage import Stage, set_stage
from tests.superuser import Superuser


@pytest.fixture(scope="module")
async def stage(migrated: Database, admin: Superuser, settings: Settings) -> AsyncIterator[Stage]:
    """Return the company, created once per module: its tests only read, or allow for changes of other tests."""
    generous = settings.model_copy(update={"budget_points": 10**9, "budget_rate": 10**9, "max_cost": 10**7})
    async with Api(generous, migrated) as api:
        yield await set_stage(migrated, admin, api)


@pytest.fixture
def desk(company: Company, api: Api) -> Desk:
    """Return the small company's people, who act through the API."""
    return Desk(company, api)
