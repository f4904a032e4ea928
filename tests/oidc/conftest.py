"""Fixtures: a trusted issuer, and the operator linked to one of its subjects."""

from collections.abc import AsyncIterator, Iterator

import pytest

from osit_graphql.db.engine import Database
from osit_graphql.domain.viewer import System
from osit_graphql.services.auth import oidc
from osit_graphql.settings import Settings
from tests.client import Api
from tests.company import Company
from tests.oidc.fake_issuer import AUDIENCE, SUBJECT, FakeIssuer, running_issuer


@pytest.fixture
def issuer() -> Iterator[FakeIssuer]:
    with running_issuer() as issuer:
        yield issuer


@pytest.fixture
def issuer_settings(issuer: FakeIssuer) -> Settings:
    return Settings(_env_file=None, oidc_issuer=issuer.url, oidc_audience=AUDIENCE)


@pytest.fixture
async def linked_company(company: Company, issuer: FakeIssuer) -> Company:
    """Return the company, with its operator linked to the subject of the issuer's tokens."""
    async with company.database.transaction(System.DIRECTORY) as session:
        await oidc.link(session, company.keys["operator"], issuer.url, SUBJECT)
    return company


@pytest.fixture
async def api(database: Database, issuer_settings: Settings) -> AsyncIterator[Api]:
    async with Api(issuer_settings, database) as api:
        yield api
