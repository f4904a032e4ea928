"""Checks a verified token's claims: issuer, audience, lifetime, token type, client."""

from dataclasses import dataclass

from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry

from osit_graphql.domain import clock
from osit_graphql.services.auth.oidc.identity_links import SUBJECT_LIMIT
from osit_graphql.services.auth.oidc.strict_json import Members, Rejected
from osit_graphql.settings import Settings

CLOCK_LEEWAY_S = 30
TIME_CLAIMS = ("exp", "iat", "nbf")
CLIENT_CLAIMS = ("azp", "client_id")
ACCESS_TOKEN_TYPES = {"at+jwt", "application/at+jwt"}  # RFC 9068
GENERIC_TYPES = {None, "jwt", "application/jwt"}
SCOPE_CLAIMS = ("scope", "scp")
ID_TOKEN_CLAIMS = {"nonce", "at_hash", "c_hash", "s_hash"}


@dataclass(frozen=True)
class TokenClaims:
    """The claims of a verified token; `groups` is empty unless the settings map groups to roles."""

    subject: str
    groups: frozenset[str]


def check_claims(claims: Members, header_type: str | None, settings: Settings) -> TokenClaims:
    """Return the token's subject and groups; raises `Rejected`. `header_type` is the header's `typ`."""
    _check_times(claims, settings)
    if not is_access_token(claims, header_type):
        raise Rejected("not an access token")
    if "cnf" in claims:
        raise Rejected("bound to a key, which OSIT does not check")
    _check_client(claims, settings)
    return TokenClaims(_read_subject(claims), _read_groups(claims, settings))


def _check_times(claims: Members, settings: Settings) -> None:
    """Check the standard claims and the lifetime: a token valid for years would be as good as a password."""
    now = int(clock.now().timestamp())
    if settings.oidc_issuer is None or settings.oidc_audience is None:
        raise AssertionError("tokens are verified only for an issuer and an audience")
    for name in TIME_CLAIMS:
        if name in claims and not (type(claims[name]) is int and claims[name] >= 0):
            raise Rejected(f"{name} is not a time in seconds")
    registry = JWTClaimsRegistry(
        now=now,
        leeway=CLOCK_LEEWAY_S,
        iss={"essential": True, "value": settings.oidc_issuer},
        aud={"essential": True, "value": settings.oidc_audience},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        registry.validate(claims)
    except JoseError as error:
        raise Rejected(f"{error.error} {getattr(error, 'claim', '')}".strip()) from None
    earliest, latest = now - settings.oidc_max_age - CLOCK_LEEWAY_S, now + settings.oidc_max_age + CLOCK_LEEWAY_S
    if claims["iat"] < earliest or claims["exp"] > latest:
        raise Rejected("a lifetime longer than OSIT_OIDC_MAX_AGE")


def is_access_token(claims: Members, header_type: str | None) -> bool:
    """Whether it is an access token: an ID token, which tells a client who signed in, is refused.

    RFC 9068 marks access tokens in the header. Without that mark, Keycloak has a claim `typ`; other tokens need a
    scope and must have no claim that only ID tokens have.
    """
    type_ = None if header_type is None else header_type.lower()
    if claims.get("typ", "Bearer") != "Bearer" or type_ not in ACCESS_TOKEN_TYPES | GENERIC_TYPES:
        return False
    if type_ in ACCESS_TOKEN_TYPES or "typ" in claims:
        return True
    return any(isinstance(claims.get(name), str) for name in SCOPE_CLAIMS) and ID_TOKEN_CLAIMS.isdisjoint(claims)


def _check_client(claims: Members, settings: Settings) -> None:
    """Check that the token is for one client, and for one of the settings' clients if there are any."""
    clients = {name: claims[name] for name in CLIENT_CLAIMS if name in claims}
    if not all(isinstance(client, str) for client in clients.values()) or len(set(clients.values())) > 1:
        raise Rejected("several clients, or an invalid one")
    if settings.oidc_clients and set(settings.oidc_clients).isdisjoint(clients.values()):
        raise Rejected("a client that is not listed")


def _read_subject(claims: Members) -> str:
    subject = claims["sub"]
    if not (isinstance(subject, str) and subject.isascii() and subject.isprintable()):
        raise Rejected("the subject is not printable ASCII")
    if not 1 <= len(subject) <= SUBJECT_LIMIT:
        raise Rejected("a subject has 1 to 255 characters")
    return subject


def _read_groups(claims: Members, settings: Settings) -> frozenset[str]:
    groups = [] if settings.oidc_roles is None else claims.get(settings.oidc_groups_claim, [])
    if not isinstance(groups, list) or not all(isinstance(group, str) for group in groups):
        raise Rejected("the groups are not a list of strings")
    return frozenset(groups)
