"""What is demanded of an issuer's tokens, and what one of them asserts."""

from dataclasses import dataclass

from osit_graphql.domain.enums import Role
from osit_graphql.settings import Settings

SUBJECT_LIMIT = 255  # OpenID Connect Core 2


@dataclass(frozen=True)
class Terms:
    """What the settings demand of a token, and how they read its groups."""

    issuer: str
    audience: str
    algorithms: tuple[str, ...]
    clients: frozenset[str]
    max_age: int
    groups_claim: str
    roles: dict[str, Role] | None


@dataclass(frozen=True)
class Asserted:
    """What the issuer says of whoever bears the token; `groups` is empty unless they are asked for."""

    subject: str
    groups: frozenset[str]


def read_terms(settings: Settings) -> Terms | None:
    """Return what is demanded; None when no issuer is trusted."""
    if settings.oidc_issuer is None or settings.oidc_audience is None:
        return None
    return Terms(
        issuer=settings.oidc_issuer,
        audience=settings.oidc_audience,
        algorithms=tuple(settings.oidc_algorithms.split(",")),
        clients=frozenset(settings.oidc_clients.split(",") if settings.oidc_clients else ()),
        max_age=settings.oidc_max_age,
        groups_claim=settings.oidc_groups_claim,
        roles=settings.oidc_roles,
    )
