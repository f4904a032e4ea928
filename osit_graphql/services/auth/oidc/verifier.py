"""Verifies a token: its form, the issuer's key, the signature, the claims."""

from collections import OrderedDict

from osit_graphql.services.auth.oidc.claims import TokenClaims, check_claims
from osit_graphql.services.auth.oidc.jwks import KeySet
from osit_graphql.services.auth.oidc.jwt import read_header, verify_signature
from osit_graphql.services.auth.oidc.strict_json import Rejected
from osit_graphql.services.auth.opaque_tokens import digest
from osit_graphql.settings import Settings

MAX_SEEN_TOKENS = 10_000


class Issuer:
    """The trusted issuer. It caches public keys and no tokens: every token is verified each time."""

    def __init__(self, url: str, settings: Settings) -> None:
        self.url = url
        self.settings = settings
        self._keys = KeySet(url)
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    def sees_first(self, token: str) -> bool:
        """Whether this process sees the token for the first time, as far as it remembers; only digests are kept."""
        key = digest(token)
        if key in self._seen:
            return False
        self._seen[key] = None
        if len(self._seen) > MAX_SEEN_TOKENS:
            self._seen.popitem(last=False)
        return True

    async def verify(self, token: str) -> TokenClaims:
        """Return the token's claims.

        Raises `Rejected` for an invalid token, `IssuerAway` when the issuer's keys are unavailable. The cheap checks
        come first, so that a forged token costs neither a fetch nor a signature check.
        """
        header = read_header(token, self.settings.oidc_algorithms)
        key = await self._keys.find(header.kid, header.algorithm)
        if key is None:
            raise Rejected("a key that the issuer does not have")
        return check_claims(verify_signature(token, header, key), header.type, self.settings)
