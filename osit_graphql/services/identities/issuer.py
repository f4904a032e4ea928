"""The one issuer whose tokens are believed, as the settings describe it."""

from osit_graphql.services.identities.claims import Asserted, Terms, check, read_terms
from osit_graphql.services.identities.notation import Rejected
from osit_graphql.services.identities.ring import KeyRing
from osit_graphql.services.identities.tokens import open_sealed, read_header
from osit_graphql.settings import Settings


class Issuer:
    """Verifies tokens. It keeps public keys and no token: what was good a second ago is looked at again."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self._ring = KeyRing(terms.issuer)

    @classmethod
    def named_by(cls, settings: Settings) -> "Issuer | None":
        """Return it, None when the settings name none; it is not asked anything before a token comes."""
        terms = read_terms(settings)
        return None if terms is None else cls(terms)

    async def verify(self, token: str) -> Asserted:
        """Return what the issuer asserts by this token.

        Raise `Rejected` when the token is not good, `IssuerAway` when the keys that would tell can't be had. What
        anybody can forge is looked at first, so that it costs neither a fetch nor a signature.
        """
        header = read_header(token, self.terms.algorithms)
        key = await self._ring.find(header.kid, header.algorithm)
        if key is None:
            raise Rejected("a key that the issuer does not have")
        return check(open_sealed(token, header, key), header.type, self.terms)
