"""The settings' requirements for tokens, and the claims of a verified token."""

from dataclasses import dataclass

from osit_graphql.domain.enums import Role
from osit_graphql.settings import Settings

SUBJECT_LIMIT = 255  # OpenID Connect Core 2


@dataclass(frozen=True)
class TokenPolicy:
    """The requirements for a token, and the mapping of its groups to roles."""

    issuer: str
    audience: str
    algorithms: tuple[str, ...]
    clients: frozenset[str]
    max_age: int
    groups_claim: str
    roles: dict[str, Role] | None


@dataclass(frozen=True)
class TokenClaims:
    """The claims of a verified token; `groups` is empty unless the settings map groups to roles."""

    subject: str
    groups: frozenset[str]


def read_policy(settings: Settings) -> TokenPolicy | None:
    """Return the requirements; None when the settings name no issuer."""
    if settings.oidc_issuer is None or settings.oidc_audience is None:
        return None
    return TokenPolicy(
        issuer=settings.oidc_issuer,
        audience=settings.oidc_audience,
        algorithms=tuple(settings.oidc_algorithms.split(",")),
        clients=frozenset(settings.oidc_clients.split(",") if settings.oidc_clients else ()),
        max_age=settings.oidc_max_age,
        groups_claim=settings.oidc_groups_claim,
        roles=settings.oidc_roles,
    )
