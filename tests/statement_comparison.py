"""Compares cached statements with ones that are compiled for the present viewer, on a sample of the suite.

`tests/sampling.py` chooses it: all in `tests/spec`, elsewhere the first executions of each cache key.
"""

import re
from collections.abc import Callable, Hashable, Iterator
from typing import Any

import pytest

from osit_graphql.db import statements
from osit_graphql.db.engine import Session
from osit_graphql.db.statements import VIEWER_ID, VIEWER_SERVICE_ID, Build, CompiledStatement, Values
from osit_graphql.domain.viewer import Viewer
from tests.sampling import Sample

fetch_as, fetch = statements.fetch_as, statements.fetch
_sample = Sample()


def written_out(statement: CompiledStatement, values: Values) -> str:
    """Return the text of a statement with values in place of parameters."""
    arguments = statement.arguments(values)
    return re.sub(r"\$(\d+)", lambda place: repr(arguments[int(place[1]) - 1]), statement.text)


async def fetch_compared_as(
    session: Session, viewer: Viewer, cache_key: Hashable, build: Build, values: Values
) -> list[Any]:
    """Compare the cached statement with a new one for this viewer, then fetch."""
    key = (cache_key, viewer.permission_key)
    if not _sample.takes(key, (viewer, repr(values))):
        return await fetch_as(session, viewer, cache_key, build, values)
    cached = statements.get_or_compile(key, lambda: build(statements.parameterized(viewer)))
    fresh = statements.compile_statement(build(viewer))
    viewer_values = {**values, VIEWER_ID: viewer.user_id, VIEWER_SERVICE_ID: viewer.service_id}
    assert written_out(cached, viewer_values) == written_out(fresh, values)
    return await fetch_as(session, viewer, cache_key, build, values)


async def fetch_compared(
    session: Session, cache_key: Hashable, build: Callable[[], Any], values: Values = statements.NO_VALUES
) -> list[Any]:
    """Compare the cached statement with a new one, on a sample, then fetch."""
    if _sample.takes(cache_key, repr(values)):
        cached, fresh = statements.get_or_compile(cache_key, build), statements.compile_statement(build())
        assert written_out(cached, values) == written_out(fresh, values)
    return await fetch(session, cache_key, build, values)


@pytest.fixture(autouse=True, scope="session")
def every_statement_is_compared() -> Iterator[None]:
    """Compare statements during the test session."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statements, "fetch_as", fetch_compared_as)
        patch.setattr(statements, "fetch", fetch_compared)
        yield
