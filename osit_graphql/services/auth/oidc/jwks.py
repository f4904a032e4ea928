"""An issuer's public keys: read from its JSON Web Key Set, cached, and fetched again for an unknown key id."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from osit_graphql.domain import clock
from osit_graphql.domain.errors import IssuerAway
from osit_graphql.services.auth.oidc.discovery import fetch_key_set
from osit_graphql.services.auth.oidc.strict_json import Members, Rejected

PublicKey = RSAKey | ECKey

KEY_TYPES: dict[str, type[RSAKey] | type[ECKey]] = {"RSA": RSAKey, "EC": ECKey}
CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
MIN_RSA_BITS = 2048
MAX_KEYS = 100
KEYS_TTL = timedelta(minutes=10)
STALE_KEYS_TTL = timedelta(hours=1)  # while the issuer doesn't answer
RETRY_INTERVAL = timedelta(seconds=15)  # after a failed fetch
UNKNOWN_KEY_INTERVAL = timedelta(minutes=1)  # between fetches for unknown key IDs, which any client can invent
log = structlog.get_logger()


class KeySet:
    """The cached keys of one issuer. The first token fetches them: the API starts without its issuer."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._keys: tuple[PublicKey, ...] = ()
        self._fetched_at: datetime | None = None
        self._failed_at: datetime | None = None
        self._searched_at: datetime | None = None
        self._lock = asyncio.Lock()

    async def find(self, kid: str | None, algorithm: str) -> PublicKey | None:
        """Return the key with this id, None if the issuer has none; raises `IssuerAway` when that is unknown."""
        if not _is_within(self._fetched_at, KEYS_TTL):
            await self._refresh()
        key = pick_key(self._keys, kid, algorithm)
        if key is None:
            await self._search()
            key = pick_key(self._keys, kid, algorithm)
        if key is None and _is_within(self._failed_at, UNKNOWN_KEY_INTERVAL):
            raise IssuerAway  # it may be a new key of the issuer
        return key

    async def _refresh(self) -> None:
        async with self._lock:
            if _is_within(self._fetched_at, KEYS_TTL):
                return  # fetched for another request meanwhile
            fetched = not _is_within(self._failed_at, RETRY_INTERVAL) and await self._fetch()
            if not fetched and not _is_within(self._fetched_at, STALE_KEYS_TTL):
                raise IssuerAway

    async def _search(self) -> None:
        async with self._lock:
            if _is_within(self._searched_at, UNKNOWN_KEY_INTERVAL):
                return
            try:
                await self._fetch()
            finally:
                self._searched_at = clock.now()

    async def _fetch(self) -> bool:
        """Replace the cached keys; return False, and leave them, when the fetch fails."""
        try:
            self._keys = read_keys(await fetch_key_set(self._issuer))
        except Rejected as rejected:
            self._failed_at = clock.now()
            log.warning("issuer_unusable", issuer=self._issuer, reason=rejected.reason)
            return False
        self._fetched_at, self._failed_at = clock.now(), None
        return True


def _is_within(moment: datetime | None, duration: timedelta) -> bool:
    """Whether a moment is less than this long ago; False for a moment in the future (the clock was set back)."""
    return moment is not None and timedelta() <= clock.now() - moment < duration


def read_keys(document: Members) -> tuple[PublicKey, ...]:
    """Return the keys of a set that verify signatures; raises `Rejected` when there is none.

    Keys of another type or use, weak keys, unreadable keys and private keys are skipped: a published private key is
    compromised.
    """
    members = document.get("keys")
    if not isinstance(members, list) or len(members) > MAX_KEYS:
        raise Rejected("its key set is not a list of at most 100 keys")
    keys = tuple(key for key in map(_read_key, members) if key is not None)
    if not keys:
        raise Rejected("its key set has no key that verifies a signature")
    return keys


def _read_key(members: Any) -> PublicKey | None:
    if not isinstance(members, dict) or members.get("use", "sig") != "sig" or "verify" not in _operations(members):
        return None
    key_type = KEY_TYPES.get(str(members.get("kty")))
    if key_type is None or "d" in members:
        return None
    try:
        key = key_type.import_key(members)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return None if isinstance(key, RSAKey) and key.raw_value.key_size < MIN_RSA_BITS else key


def _operations(members: Members) -> list[Any]:
    operations = members.get("key_ops", ["verify"])
    return operations if isinstance(operations, list) else []


def pick_key(keys: tuple[PublicKey, ...], kid: str | None, algorithm: str) -> PublicKey | None:
    """Return the key with this id for this algorithm; without an id, the only key for the algorithm."""
    usable = [key for key in keys if _supports(key, algorithm)]
    if kid is None:
        return usable[0] if len(usable) == 1 else None
    return next((key for key in usable if key.kid == kid), None)


def _supports(key: PublicKey, algorithm: str) -> bool:
    if key.alg not in {None, algorithm}:
        return False
    if isinstance(key, ECKey):
        return CURVES.get(algorithm) == key.curve_name
    return algorithm.startswith(("RS", "PS"))
