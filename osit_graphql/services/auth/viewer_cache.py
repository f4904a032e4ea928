"""Whose token it is, remembered for a moment, so that a request need not ask PostgreSQL who it comes from.

What this process takes away holds at its next request: what is remembered is dropped when a transaction that may have
been a revocation is over. What another process takes away holds within two seconds (`KEPT`, and the request under
way). A token that is nobody's is looked up each time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from osit_graphql.db.engine import Database
from osit_graphql.domain import clock
from osit_graphql.domain.viewer import System, Viewer
from osit_graphql.services.auth import api_tokens, sessions
from osit_graphql.services.auth.opaque_tokens import TOKEN, digest

KEPT: Final = timedelta(seconds=1.5)
ROOM: Final = 10_000
"""How many tokens are remembered; then all are forgotten, which costs each one statement."""


@dataclass(frozen=True, slots=True)
class _Known:
    viewer: Viewer
    since: datetime  # before the database was asked: what was taken away later may not be seen in it
    until: datetime


class ViewerCache:
    """Finds out whose tokens are, in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[bytes, _Known] = {}  # by digest, so that no secret is kept
        self._generation = database.revocation_count

    async def viewer_of(self, token: str) -> Viewer | None:
        """Return whom the request comes from, with their roles; None when the token is dead or nobody's."""
        key = digest(token)
        if (known := self.recall(key)) is not None:
            return known
        now, generation = clock.now(), self._generation
        viewer = await self._look_up(token)
        # A revocation that was committed meanwhile may have come after what was read.
        if viewer is not None and generation == self._database.revocation_count:
            if len(self._known) >= ROOM:
                self._known.clear()
            self._known[key] = _Known(viewer, now, now + KEPT)
        return viewer

    def recall(self, key: bytes) -> Viewer | None:
        """Return whose the token of this digest is if that is remembered, without asking anybody."""
        if self._generation != self._database.revocation_count:  # something may have been taken away since
            self._known.clear()
            self._generation = self._database.revocation_count
        known, now = self._known.get(key), clock.now()
        return known.viewer if known is not None and known.since <= now < known.until else None

    async def _look_up(self, token: str) -> Viewer | None:
        if token.startswith(TOKEN):
            return await api_tokens.viewer_of(self._database, token)
        async with self._database.reading(System.SIGN_IN) as session:
            return await sessions.viewer_of(session, token)
