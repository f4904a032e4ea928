"""The small company, with inactive entries of two kinds."""

import pytest
from sqlalchemy import insert

from osit_graphql.api import global_ids
from osit_graphql.db.models import Service, Site, name_key
from tests.company import KINDS, Company
from tests.superuser import as_superuser


@pytest.fixture
async def company(company: Company) -> Company:
    async with as_superuser(company.database).transaction() as session:
        for table, name in ((Site, "Closed site"), (Service, "Closed service")):
            row = {"name": name, "name_key": name_key(name), "active": False}
            key = (await session.execute(insert(table).values(row).returning(table.id))).scalar_one()
            company.keys[name], company.ids[name] = key, global_ids.encode(KINDS[table], key)
    return company
