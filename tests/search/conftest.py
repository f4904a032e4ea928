"""Fixtures: the desk of the small company, and a log of its statements."""

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
    """Return the desk, which acts through the API."""
    return Desk(company, api)


@pytest.fixture
def counting(company: Company) -> Counting:
    """Return a context manager that logs the statements of its block, without those of sign-ins."""
    return lambda: logged_statements(company.database)
