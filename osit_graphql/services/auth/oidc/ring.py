"""The issuer's keys, kept for a while: fresh for ten minutes, looked for again when a token names another."""

import asyncio
from datetime import datetime, timedelta

import structlog

from osit_graphql.domain import clock
from osit_graphql.domain.errors import IssuerAway
from osit_graphql.services.auth.oidc.discovery import fetch_keys
from osit_graphql.services.auth.oidc.jwks import PublicKey, pick
from osit_graphql.services.auth.oidc.strict_json import Rejected

FRESH = timedelta(minutes=10)
STALE = timedelta(hours=1)  # how long keys serve when the issuer doesn't answer
PAUSE = timedelta(seconds=15)  # after a failure, before the next try
LOOKING = timedelta(minutes=1)  # between two searches for keys that tokens name: whoever sends them may invent names

log = structlog.get_logger()


class KeyRing:
    """One issuer's keys. Nothing is fetched before a token needs it: the API starts without its issuer."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._keys: tuple[PublicKey, ...] = ()
        self._fetched: datetime | None = None
        self._failed: datetime | None = None
        self._looked: datetime | None = None
        self._turn = asyncio.Lock()

    async def find(self, kid: str | None, algorithm: str) -> PublicKey | None:
        """Return the key of this name, None if the issuer has none; raise `IssuerAway` when that can't be known."""
        if not _within(self._fetched, FRESH):
            await self._freshen()
        key = pick(self._keys, kid, algorithm)
        if key is None:
            await self._look()
            key = pick(self._keys, kid, algorithm)
        if key is None and _within(self._failed, LOOKING):
            raise IssuerAway  # a key made since may well be its own
        return key

    async def _freshen(self) -> None:
        async with self._turn:
            if _within(self._fetched, FRESH):
                return  # another request saw to it
            answered = not _within(self._failed, PAUSE) and await self._fetch()
            if not answered and not _within(self._fetched, STALE):
                raise IssuerAway

    async def _look(self) -> None:
        async with self._turn:
            if _within(self._looked, LOOKING):
                return  # a moment ago, by this request or while it waited for another
            try:
                await self._fetch()
            finally:
                self._looked = clock.now()

    async def _fetch(self) -> bool:
        """Take the issuer's keys in the place of those held; False, and those stay, when it can't be asked."""
        try:
            self._keys = await fetch_keys(self._issuer)
        except Rejected as rejected:
            self._failed = clock.now()
            log.warning("issuer_unusable", issuer=self._issuer, reason=rejected.reason)
            return False
        self._fetched, self._failed = clock.now(), None
        return True


def _within(moment: datetime | None, span: timedelta) -> bool:
    """Whether it is less than this ago; a clock that was set back makes nothing young."""
    return moment is not None and timedelta() <= clock.now() - moment < span
