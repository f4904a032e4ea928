"""From a token to what its issuer asserts by it: its form, a key of the issuer's, the signature, the claims."""

from osit_graphql.services.auth.oidc.claims import check
from osit_graphql.services.auth.oidc.config import Asserted, Terms
from osit_graphql.services.auth.oidc.jwt import open_sealed, read_header
from osit_graphql.services.auth.oidc.ring import KeyRing
from osit_graphql.services.auth.oidc.strict_json import Rejected


class Verifier:
    """Verifies an issuer's tokens. It keeps public keys and no token: what was good a second ago is looked at again."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._ring = KeyRing(terms.issuer)

    async def verify(self, token: str) -> Asserted:
        """Return what the issuer asserts by this token.

        Raise `Rejected` when the token is not good, `IssuerAway` when the keys that would tell can't be had. What
        anybody can forge is looked at first, so that it costs neither a fetch nor a signature.
        """
        header = read_header(token, self._terms.algorithms)
        key = await self._ring.find(header.kid, header.algorithm)
        if key is None:
            raise Rejected("a key that the issuer does not have")
        return check(open_sealed(token, header, key), header.type, self._terms)
