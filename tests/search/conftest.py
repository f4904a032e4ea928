"""The desk of the small company, and how many statements it takes."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.client import Api
from tests.company import Company
from tests.desk import Desk
from tests.unit.statement_log import logged_statements

Counting = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def desk(company: Company, api: Api) -> Desk:
    """Give its people, at work through the API."""
    return Desk(company, api)


@pytest.fixture
def counting(company: Company) -> Counting:
    """Give a block that lists the statements run inside it, those of signing in apart."""
    return lambda: logged_statements(company.database)
