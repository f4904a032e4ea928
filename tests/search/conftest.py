"""The desk of the small company, and how many statements it takes."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from tests.client import Api
from tests.company import Company
from tests.desk import Desk

Counting = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def desk(company: Company, api: Api) -> Desk:
    """Give its people, at work through the API."""
    return Desk(company, api)


@pytest.fixture
def counting(company: Company) -> Counting:
    """Give a block that lists the statements run inside it, those of signing in apart."""

    @contextmanager
    def block() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_: Any, __: Any, statement: str, *___: Any) -> None:
            if "osit_session" not in statement:
                seen.append(statement)

        engine = company.database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return block
