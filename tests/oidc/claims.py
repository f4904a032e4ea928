"""Tokens signed by the issuer, each with one invalid claim: audience, time or kind."""

import time
from typing import Any

from tests.oidc.fake_issuer import AUDIENCE, FakeIssuer, rsa, sign_token
from tests.oidc.forgeries import Forge

ISS, AUD, SUB = "invalid_claim iss", "invalid_claim aud", "no subject is like this"
KIND = "no access token"
PAYLOAD = "the payload is not JSON"
LIFE = "a longer life than OSIT_OIDC_MAX_AGE"
CLIENT = "several clients, or one that is none"
FOREVER = 10**18


def with_claims(**claims: Any) -> Forge:
    """Return a token that claims this; `...` leaves a claim out."""
    return lambda issuer: issuer.issue(**claims)


def later(name: str, seconds: int) -> Forge:
    """Return a token whose claim is so many seconds from now."""
    return lambda issuer: issuer.issue(**{name: int(time.time()) + seconds})


def plain(**claims: Any) -> Forge:
    """Return a token whose header says no more than « JWT », with a scope unless it is said otherwise."""
    return lambda issuer: issuer.issue(header={"typ": "JWT"}, **({"scope": "openid"} | claims))


def typed(kind: str) -> Forge:
    """Return a token that says it is of another kind."""
    return lambda issuer: issuer.issue(header={"typ": kind})


def raw(claims: bytes) -> Forge:
    """Return a token whose payload is these very bytes."""
    return lambda issuer: sign_token(issuer.header, claims, rsa("one"))


def doubled(name: str, value: str) -> Forge:
    """Return a good token in which a name stands twice, the second time with the good value."""
    return lambda issuer: sign_token(issuer.header, f'{{"{name}":{value},'.encode() + _members(issuer), rsa("one"))


def _members(issuer: FakeIssuer) -> bytes:
    return issuer_json(issuer)[1:]


def issuer_json(issuer: FakeIssuer) -> bytes:
    """Return good claims as they are written."""
    written = ",".join(
        f'"{name}":{value if isinstance(value, int) else chr(34) + value + chr(34)}'
        for name, value in issuer.claims.items()
    )
    return f"{{{written}}}".encode()


CLAIMS: dict[str, tuple[str, Forge]] = {
    "another issuer": (ISS, with_claims(iss="https://evil.example")),
    "the issuer with a stroke": (ISS, lambda issuer: issuer.issue(iss=f"{issuer.url}/")),
    "the issuer in capitals": (ISS, lambda issuer: issuer.issue(iss=issuer.url.upper())),
    "a list of issuers": (ISS, lambda issuer: issuer.issue(iss=[issuer.url])),
    "no issuer": ("missing_claim iss", with_claims(iss=...)),
    "another audience": (AUD, with_claims(aud="https://other.example/api")),
    "an audience that begins so": (AUD, with_claims(aud=f"{AUDIENCE}/v2")),
    "audiences, ours not among them": (AUD, with_claims(aud=["account", "other"])),
    "no audience in a list": (AUD, with_claims(aud=[])),
    "an audience that is an object": (AUD, with_claims(aud={AUDIENCE: True})),
    "audiences that are no names": (AUD, with_claims(aud=[AUDIENCE, 1])),
    "no audience": ("missing_claim aud", with_claims(aud=...)),
    "audience null": ("missing_claim aud", with_claims(aud=None)),
    "two clients": (CLIENT, with_claims(azp="portal")),
    "a client that is a number": (CLIENT, with_claims(azp=1, client_id=...)),
    "expired": ("expired_token exp", later("exp", -31)),
    "no exp": ("missing_claim exp", with_claims(exp=...)),
    "exp null": ("exp is no moment", with_claims(exp=None)),
    "exp as a string": ("exp is no moment", lambda issuer: issuer.issue(exp=str(int(time.time()) + 300))),
    "exp as a float": ("exp is no moment", lambda issuer: issuer.issue(exp=time.time() + 300)),
    "exp true": ("exp is no moment", with_claims(exp=True)),
    "exp negative": ("exp is no moment", with_claims(exp=-1)),
    "exp huge": (LIFE, with_claims(exp=FOREVER)),
    "exp in a month": (LIFE, later("exp", 30 * 86_400)),
    "exp in more digits than a number has": (PAYLOAD, raw(b'{"exp":' + b"9" * 5000 + b"}")),
    "exp infinite": ("exp is no moment", raw(b'{"exp":1e999}')),
    "exp that is no number": (PAYLOAD, raw(b'{"exp":NaN}')),
    "not yet": ("invalid_claim nbf", later("nbf", 60)),
    "nbf as a string": ("nbf is no moment", with_claims(nbf="0")),
    "nbf null": ("nbf is no moment", with_claims(nbf=None)),
    "issued tomorrow": ("invalid_claim iat", later("iat", 86_400)),
    "issued the day before yesterday": (LIFE, later("iat", -2 * 86_400)),
    "no iat": ("missing_claim iat", with_claims(iat=...)),
    "no subject": ("missing_claim sub", with_claims(sub=...)),
    "an empty subject": ("invalid_claim sub", with_claims(sub="")),
    "a subject that is a number": ("invalid_claim sub", with_claims(sub=1)),
    "a subject that is a list": ("invalid_claim sub", with_claims(sub=["a"])),
    "a subject with NUL": (SUB, with_claims(sub="a\0b")),
    "a subject of two lines": (SUB, with_claims(sub="a\nb")),
    "a subject beyond ASCII": (SUB, with_claims(sub="é")),
    "a subject without end": ("a subject has 1 to 255 characters", with_claims(sub="s" * 256)),
    "an ID token, with its nonce": (KIND, plain(nonce="n")),
    "an ID token, with its at_hash": (KIND, plain(at_hash="h")),
    "an ID token, with neither": (KIND, plain(scope=...)),
    "an ID token of Keycloak's": (KIND, plain(typ="ID")),
    "a refresh token of Keycloak's": (KIND, plain(typ="Refresh")),
    "a logout token": (KIND, typed("logout+jwt")),
    "a security event": (KIND, typed("secevent+jwt")),
    "a proof of possession": (KIND, typed("dpop+jwt")),
    "an access token that claims to be an ID token": (KIND, with_claims(typ="ID")),
    "a token bound to a key": ("bound to a key, so that it takes more than bearing it", with_claims(cnf={"jkt": "x"})),
    "a claim that stands twice": (PAYLOAD, doubled("sub", '"somebody-else"')),
    "an audience that stands twice": (PAYLOAD, doubled("aud", '"other"')),
    "a name twice, inside": (PAYLOAD, raw(b'{"a":{"b":1,"b":2}}')),
    "a payload that is a list": ("the payload is not a JSON object", raw(b"[]")),
    "a payload that is no JSON": (PAYLOAD, raw(b"sub=operator")),
    "a payload that is a token": (
        PAYLOAD,
        lambda issuer: sign_token(issuer.header, issuer.issue().encode(), rsa("one")),
    ),
    "a deep payload": (PAYLOAD, raw(b"[" * 4000)),
    "a payload of bad UTF-8": (PAYLOAD, raw(b'{"sub":"\xff"}')),
}
