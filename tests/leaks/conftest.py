"""A company where everything sings, on a stage of its own."""

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
    """Give the company to a whole module, set once: its tests only read, or reckon with what the others did."""
    generous = settings.model_copy(update={"budget_points": 10**9, "budget_rate": 10**9, "max_cost": 10**7})
    async with Api(generous, migrated) as api:
        yield await set_stage(migrated, admin, api)


@pytest.fixture
def desk(company: Company, api: Api) -> Desk:
    """Give the small company's people, at work through the API."""
    return Desk(company, api)
