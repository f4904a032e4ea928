"""The desk of the small company; here every statement is compared."""

from collections.abc import Iterator

import pytest

from tests.client import Api
from tests.company import Company
from tests.desk import Desk
from tests.sampling import everything_compared


@pytest.fixture
def desk(company: Company, api: Api) -> Desk:
    """Provide the company's people, who act through the API."""
    return Desk(company, api)


@pytest.fixture(autouse=True)
def every_execution_is_compared() -> Iterator[None]:
    with everything_compared():
        yield
