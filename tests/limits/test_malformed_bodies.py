"""Damaged bodies never cause an internal error; `benchmarks.security.malformed` sends thousands over the network."""

from collections import Counter

import httpx

from benchmarks.security.malformed import bodies
from osit_graphql.settings import Settings
from tests.client import Api
from tests.company import Company

NUMBER = 400


async def test_a_damaged_body_never_causes_an_internal_error(company: Company, settings: Settings) -> None:
    await company.ticket()
    statuses: Counter[int] = Counter()
    async with Api(settings.model_copy(update={"request_timeout": 600.0}), company.database) as api:
        for index, body in enumerate(bodies(NUMBER)):
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {company.tokens['operator']}"}
            accept = ("application/json", "application/graphql-response+json")[index % 2]
            response = await api.http.post("/graphql", content=body, headers=headers | {"Accept": accept})
            assert response.status_code < httpx.codes.INTERNAL_SERVER_ERROR, body
            assert "INTERNAL_SERVER_ERROR" not in response.text, body
            statuses[response.status_code] += 1
    assert {200, 400} <= statuses.keys(), "some still ran, some were refused"
