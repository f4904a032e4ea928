"""The one issuer whose tokens are believed, as the settings describe it."""

from osit_graphql.services.auth.oidc.config import Asserted, Terms, read_terms
from osit_graphql.settings import Settings


class Issuer:
    """What is demanded of its tokens, and what verifies them: loaded only where the settings name an issuer."""

    def __init__(self, terms: Terms) -> None:
        from osit_graphql.services.auth.oidc.verification import Verifier  # noqa: PLC0415 - its libraries are slow to load

        self.terms = terms
        self._verifier = Verifier(terms)

    @classmethod
    def named_by(cls, settings: Settings) -> "Issuer | None":
        """Return it, None when the settings name none; it is not asked anything before a token comes."""
        terms = read_terms(settings)
        return None if terms is None else cls(terms)

    async def verify(self, token: str) -> Asserted:
        """Return what it asserts by this token; raise `Rejected` or `IssuerAway`, as `Verifier` does."""
        return await self._verifier.verify(token)


def is_jwt(token: str) -> bool:
    """Whether it has the form of an issuer's token rather than of ours, in which no point ever stands."""
    return "." in token
