"""The functions that look credentials up return rows to the sign-in only, not even to an ADMIN.

They run as the tables' owner: a resolver that could call them would find any person.
"""

from typing import Any

import pytest
from sqlalchemy import text

from osit_graphql.domain.viewer import Principal, System
from osit_graphql.services.auth.opaque_tokens import digest
from tests.leaks.stage import Stage

API_TOKEN_DIGEST = "SELECT digest FROM api_token WHERE person_id = :person"
LOOKUPS = {
    "osit_session": "SELECT * FROM osit_session(:session, now())",
    "osit_token": "SELECT * FROM osit_token(:token, now())",
    "osit_sign_in": "SELECT * FROM osit_sign_in(:address)",
}


@pytest.mark.parametrize("name", LOOKUPS)
async def test_only_the_sign_in_looks_up_credentials(stage: Stage, name: str) -> None:
    company = stage.company
    async with stage.admin.reading() as session:
        person = {"person": company.keys["colleague"]}
        token = await session.scalar(text(API_TOKEN_DIGEST), person)
        address = await session.scalar(text("SELECT email FROM person WHERE id = :person"), person)
    arguments: dict[str, Any] = {"session": digest(company.tokens["colleague"]), "token": token, "address": address}

    async def row_count(viewer: Principal) -> int:
        lookup = text(LOOKUPS[name])
        async with company.database.reading(viewer) as session:
            return len((await session.execute(lookup, {key: arguments[key] for key in lookup._bindparams})).all())

    assert await row_count(System.SIGN_IN) == 1, "the person exists"
    for viewer in (*company.viewers.values(), *(job for job in System if job is not System.SIGN_IN)):
        assert await row_count(viewer) == 0, viewer
