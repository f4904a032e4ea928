"""In every test, a transaction that revokes a permission must drop the cached viewers."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from osit_graphql.db.engine import Session, Transaction
from tests.superuser import Superuser

REVOKING = re.compile(r"\s*(UPDATE|DELETE FROM) (person|session_token|api_token)\b|SELECT osit_change_password\(")


class _Watched(Session):
    """A session that records whether it wrote to a table with permissions."""

    __slots__ = ("wrote",)

    async def _send(self, method: Any, query: str, *arguments: Any, **options: Any) -> Any:
        self.wrote = getattr(self, "wrote", False) or REVOKING.match(query) is not None
        return await super()._send(method, query, *arguments, **options)


@pytest.fixture(autouse=True, scope="session")
def every_revocation_is_counted() -> Iterator[None]:
    """Check revocations during the test session."""
    leave = Transaction._leave

    async def check(self: Transaction, *, commit: bool) -> None:
        session: Any = self._session
        if getattr(session, "wrote", False) and not isinstance(self._database, Superuser):
            assert session.revokes, "a service that takes a permission away calls Session.revoke_cached_viewers"
        await leave(self, commit=commit)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("osit_graphql.db.engine.Session", _Watched)
        patch.setattr(Transaction, "_leave", check)
        yield
