"""In every test of the suite, a statement kept for its shape is compared with one built for this very viewer."""

import re
from collections.abc import Hashable, Iterator
from typing import Any

import pytest

from osit_graphql.db import statements
from osit_graphql.db.engine import Session
from osit_graphql.db.statements import ASKER, SERVICE, Build, Statement, Values
from osit_graphql.domain.viewer import Viewer

seen = statements.seen


def told(statement: Statement, values: Values) -> str:
    """Return a statement with its values written where they go."""
    arguments = statement.arguments(values)
    return re.sub(r"\$(\d+)", lambda place: repr(arguments[int(place[1]) - 1]), statement.text)


async def compared(session: Session, viewer: Viewer, shape: Hashable, build: Build, values: Values) -> list[Any]:
    """Ask, once what is kept has been seen to be what the law says of whoever asks now."""
    assert session.sync_connection is not None
    dialect = session.sync_connection.dialect
    key = (shape, viewer.permission_key)
    kept = statements.recall(key, lambda: build(statements.parameterized(viewer)), dialect)
    anew = statements.compile_statement(build(viewer), dialect)
    whose = {**values, ASKER: viewer.user_id, SERVICE: viewer.service_id}
    assert told(kept, whose) == told(anew, values)
    return await seen(session, viewer, shape, build, values)


@pytest.fixture(autouse=True, scope="session")
def every_statement_is_compared() -> Iterator[None]:
    """Put the comparison in place for the whole session."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statements, "seen", compared)
        yield
