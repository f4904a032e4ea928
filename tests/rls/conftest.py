"""The incident desk of the small company."""

import pytest

from tests.client import Api
from tests.company import Company
from tests.desk import Desk


@pytest.fixture
def desk(company: Company, api: Api) -> Desk:
    """Provide the people of the company, who use the API."""
    return Desk(company, api)
