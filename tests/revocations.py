"""In every test, a transaction that revokes a permission must drop the cached viewers.

One that writes credentials must lock those of the person before.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from osit_graphql.db.engine import Session, Transaction
from tests.superuser import Superuser

REVOKING = re.compile(r"\s*(UPDATE|DELETE FROM) (person|session_token|api_token)\b|SELECT osit_change_password\(")
WRITES_CREDENTIALS = re.compile(
    r"\s*(INSERT INTO (session_token|api_token)\b"
    r"|UPDATE person SET .*\b(password_hash|active)=|SELECT osit_change_password\()"
)
LOCKS_CREDENTIALS = re.compile(r"SELECT pg_advisory_xact_lock\([^()]+, ")  # two keys


class _Watched(Session):
    """A session that records its writes to tables with permissions, and those of credentials before their lock."""

    __slots__ = ("locked", "unlocked_write", "wrote")

    async def _send(self, method: Any, query: str, *arguments: Any, **options: Any) -> Any:
        self.wrote = getattr(self, "wrote", False) or REVOKING.match(query) is not None
        self.locked = getattr(self, "locked", False) or LOCKS_CREDENTIALS.match(query) is not None
        if not self.locked and WRITES_CREDENTIALS.match(query):
            self.unlocked_write = query
        return await super()._send(method, query, *arguments, **options)


@pytest.fixture(autouse=True, scope="session")
def every_revocation_is_counted() -> Iterator[None]:
    """Check revocations during the test session."""
    leave = Transaction._leave

    async def check(self: Transaction, *, commit: bool) -> None:
        session: Any = self._session
        if not isinstance(self._database, Superuser):
            unlocked = getattr(session, "unlocked_write", None)
            assert unlocked is None, f"a service that writes credentials calls lock_credentials before: {unlocked}"
            assert session.revokes or not getattr(session, "wrote", False), (
                "a service that takes a permission away calls Session.revoke_cached_viewers"
            )
        await leave(self, commit=commit)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("osit_graphql.db.engine.Session", _Watched)
        patch.setattr(Transaction, "_leave", check)
        yield
