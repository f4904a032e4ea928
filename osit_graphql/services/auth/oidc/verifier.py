"""Verifies a token: its form, the issuer's key, the signature, the claims."""

from osit_graphql.services.auth.oidc.claims import TokenClaims, check_claims
from osit_graphql.services.auth.oidc.jwks import KeySet
from osit_graphql.services.auth.oidc.jwt import read_header, verify_signature
from osit_graphql.services.auth.oidc.strict_json import Rejected
from osit_graphql.settings import Settings


class Issuer:
    """The trusted issuer. It caches public keys and no tokens: every token is verified each time."""

    def __init__(self, url: str, settings: Settings) -> None:
        self.url = url
        self.settings = settings
        self._keys = KeySet(url)

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
