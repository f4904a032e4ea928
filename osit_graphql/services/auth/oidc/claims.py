"""What a verified token claims, held against what is demanded: by whom, for whom, until when, to open what."""

from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry

from osit_graphql.domain import clock
from osit_graphql.services.auth.oidc.config import SUBJECT_LIMIT, Asserted, Terms
from osit_graphql.services.auth.oidc.strict_json import Members, Rejected

LEEWAY = 30  # seconds that two clocks may differ by
MOMENTS = ("exp", "iat", "nbf")
CLIENTS = ("azp", "client_id")
ACCESS_TOKEN = {"at+jwt", "application/at+jwt"}  # RFC 9068
ANY_TOKEN = {None, "jwt", "application/jwt"}
SCOPES = ("scope", "scp")
OF_ID_TOKENS = {"nonce", "at_hash", "c_hash", "s_hash"}


def check(claims: Members, kind: str | None, terms: Terms) -> Asserted:
    """Return what it asserts; raise `Rejected` for whatever is wrong. `kind` is the header's `typ`."""
    _check_times(claims, terms)
    if not is_access_token(claims, kind):
        raise Rejected("no access token")
    if "cnf" in claims:
        raise Rejected("bound to a key, so that it takes more than bearing it")
    _check_client(claims, terms)
    return Asserted(_read_subject(claims), _read_groups(claims, terms))


def _check_times(claims: Members, terms: Terms) -> None:
    """Whole seconds, and not many of them: a token that is good for years is as good as a password."""
    now = int(clock.now().timestamp())
    for name in MOMENTS:
        if name in claims and not (type(claims[name]) is int and claims[name] >= 0):
            raise Rejected(f"{name} is no moment")
    demanded = JWTClaimsRegistry(
        now=now,
        leeway=LEEWAY,
        iss={"essential": True, "value": terms.issuer},
        aud={"essential": True, "value": terms.audience},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        demanded.validate(claims)
    except JoseError as error:
        raise Rejected(f"{error.error} {getattr(error, 'claim', '')}".strip()) from None
    if claims["iat"] < now - terms.max_age - LEEWAY or claims["exp"] > now + terms.max_age + LEEWAY:
        raise Rejected("a longer life than OSIT_OIDC_MAX_AGE")


def is_access_token(claims: Members, kind: str | None) -> bool:
    """Whether it says that it is one: a token that only tells a client who signed in opens nothing.

    RFC 9068 says so in the header. Where the issuer says only « JWT » there, Keycloak says it in a claim `typ`; of any
    other a scope is asked, and nothing that only stands in an ID token.
    """
    said = None if kind is None else kind.lower()
    if claims.get("typ", "Bearer") != "Bearer" or said not in ACCESS_TOKEN | ANY_TOKEN:
        return False
    if said in ACCESS_TOKEN or "typ" in claims:
        return True
    return any(isinstance(claims.get(name), str) for name in SCOPES) and OF_ID_TOKENS.isdisjoint(claims)


def _check_client(claims: Members, terms: Terms) -> None:
    """For which client it was made: one, and one of those listed if any are."""
    named = {name: claims[name] for name in CLIENTS if name in claims}
    if not all(isinstance(client, str) for client in named.values()) or len(set(named.values())) > 1:
        raise Rejected("several clients, or one that is none")
    if terms.clients and terms.clients.isdisjoint(named.values()):
        raise Rejected("a client that is not listed")


def _read_subject(claims: Members) -> str:
    subject = claims["sub"]
    if not (isinstance(subject, str) and subject.isascii() and subject.isprintable()):
        raise Rejected("no subject is like this")
    if not 1 <= len(subject) <= SUBJECT_LIMIT:
        raise Rejected("a subject has 1 to 255 characters")
    return subject


def _read_groups(claims: Members, terms: Terms) -> frozenset[str]:
    said = [] if terms.roles is None else claims.get(terms.groups_claim, [])
    if not isinstance(said, list) or not all(isinstance(group, str) for group in said):
        raise Rejected("its groups are no list of names")
    return frozenset(said)
