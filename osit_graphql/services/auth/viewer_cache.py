"""Caches the viewer of a token for a moment, so that not every request queries PostgreSQL for it.

A revocation made by this process applies to its next request; one made elsewhere within two seconds: `VIEWER_TTL` and
the request in progress. Unknown tokens are not cached.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from osit_graphql.db.engine import Database
from osit_graphql.domain import clock
from osit_graphql.domain.viewer import System, Viewer
from osit_graphql.services.auth import api_tokens, sessions
from osit_graphql.services.auth.opaque_tokens import API_TOKEN_PREFIX, digest

VIEWER_TTL: Final = timedelta(seconds=1.5)
MAX_CACHED_VIEWERS: Final = 10_000
"""When the cache is full, it is cleared, which costs each token one statement."""


@dataclass(frozen=True, slots=True)
class _Entry:
    viewer: Viewer
    since: datetime  # before the database query, which may miss a later revocation
    until: datetime


class ViewerCache:
    """The viewers of tokens of one database, by the tokens' digest."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._entries: dict[bytes, _Entry] = {}
        self._revocations = database.revocation_count

    async def get_or_load(self, token: str) -> Viewer | None:
        """Return the viewer of a token, with their roles; None when the token is unknown or expired."""
        key = digest(token)
        if (cached := self.get(key)) is not None:
            return cached
        now, revocations = clock.now(), self._revocations
        viewer = await self._load(token)
        # If a revocation was committed meanwhile, the loaded viewer may be out of date.
        if viewer is not None and revocations == self._database.revocation_count:
            if len(self._entries) >= MAX_CACHED_VIEWERS:
                self._entries.clear()
            self._entries[key] = _Entry(viewer, now, now + VIEWER_TTL)
        return viewer

    def get(self, token_digest: bytes) -> Viewer | None:
        """Return the cached viewer of the token with this digest."""
        if self._revocations != self._database.revocation_count:
            self._entries.clear()
            self._revocations = self._database.revocation_count
        entry, now = self._entries.get(token_digest), clock.now()
        return entry.viewer if entry is not None and entry.since <= now < entry.until else None

    async def _load(self, token: str) -> Viewer | None:
        if token.startswith(API_TOKEN_PREFIX):
            return await api_tokens.get_viewer(self._database, token)
        async with self._database.reading(System.SIGN_IN) as session:
            return await sessions.get_viewer(session, token)
