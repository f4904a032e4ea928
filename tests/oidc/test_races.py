"""Issue 17, line 2: a token of the issuer creates nothing from a person who changed meanwhile."""

import asyncio

import pytest
from sqlalchemy import func, select

from osit_graphql.db.models import ApiToken
from osit_graphql.domain.enums import Role
from osit_graphql.services.directory.people import PersonInput, update_person
from tests.auth.people import CREATE
from tests.client import Api
from tests.company import Company
from tests.directory.test_races import delayed_commit, wait_until_blocked
from tests.oidc.fake_issuer import FakeIssuer
from tests.superuser import as_superuser

PROGRAM = {"name": "a program", "scopes": ["READ_TICKETS"]}


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (PersonInput(active=False), ["UNAUTHENTICATED"]),
        (PersonInput(roles=[Role.REQUESTER]), ["FORBIDDEN"]),
        (PersonInput(name="Renamed"), []),
    ],
)
async def test_line_2_no_api_token_is_created_from_a_changed_person(
    linked_company: Company, issuer: FakeIssuer, api: Api, change: PersonInput, codes: list[str]
) -> None:
    company = linked_company
    async with delayed_commit(company, update_person, company.viewers["admin"], company.keys["operator"], change):
        request = asyncio.create_task(api.ask(issuer.issue(), CREATE, {"input": PROGRAM}))
        await wait_until_blocked(company, request)
    assert (await request).codes == codes
    async with as_superuser(company.database).reading() as session:
        assert await session.scalar(select(func.count()).select_from(ApiToken)) == (0 if codes else 1)
