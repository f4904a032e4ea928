"""Tokens signed by the issuer, each with one invalid claim: audience, time or kind."""

import time
from typing import Any

from tests.oidc.fake_issuer import AUDIENCE, FakeIssuer, rsa, sign_token
from tests.oidc.forgeries import Forge

ISS, AUD, SUB = "invalid_claim iss", "invalid_claim aud", "the subject is not printable ASCII"
KIND = "not an access token"
PAYLOAD = "the payload is not JSON"
LIFE = "a lifetime longer than OSIT_OIDC_MAX_AGE"
CLIENT = "several clients, or an invalid one"
FOREVER = 10**18


def with_claims(**claims: Any) -> Forge:
    """Return a token with these claims; `...` omits a claim."""
    return lambda issuer: issuer.issue(**claims)


def later(name: str, seconds: int) -> Forge:
    """Return a token with a time claim this many seconds from now."""
    return lambda issuer: issuer.issue(**{name: int(time.time()) + seconds})


def plain(**claims: Any) -> Forge:
    """Return a token with the generic type « JWT » and, by default, a scope."""
    return lambda issuer: issuer.issue(header={"typ": "JWT"}, **({"scope": "openid"} | claims))


def typed(kind: str) -> Forge:
    """Return a token with this type in its header."""
    return lambda issuer: issuer.issue(header={"typ": kind})


def raw(claims: bytes) -> Forge:
    """Return a token with these bytes as its payload."""
    return lambda issuer: sign_token(issuer.header, claims, rsa("one"))


def doubled(name: str, value: str) -> Forge:
    """Return a token with a duplicate claim: first this value, then the valid one."""
    return lambda issuer: sign_token(issuer.header, f'{{"{name}":{value},'.encode() + _members(issuer), rsa("one"))


def _members(issuer: FakeIssuer) -> bytes:
    return issuer_json(issuer)[1:]


def issuer_json(issuer: FakeIssuer) -> bytes:
    """Return valid claims as JSON."""
    written = ",".join(
        f'"{name}":{value if isinstance(value, int) else chr(34) + value + chr(34)}'
        for name, value in issuer.claims.items()
    )
    return f"{{{written}}}".encode()


CLAIMS: dict[str, tuple[str, Forge]] = {
    "another issuer": (ISS, with_claims(iss="https://evil.example")),
    "the issuer with a trailing slash": (ISS, lambda issuer: issuer.issue(iss=f"{issuer.url}/")),
    "the issuer in capitals": (ISS, lambda issuer: issuer.issue(iss=issuer.url.upper())),
    "a list of issuers": (ISS, lambda issuer: issuer.issue(iss=[issuer.url])),
    "no issuer": ("missing_claim iss", with_claims(iss=...)),
    "another audience": (AUD, with_claims(aud="https://other.example/api")),
    "an audience with a suffix": (AUD, with_claims(aud=f"{AUDIENCE}/v2")),
    "several other audiences": (AUD, with_claims(aud=["account", "other"])),
    "an empty list of audiences": (AUD, with_claims(aud=[])),
    "an audience that is an object": (AUD, with_claims(aud={AUDIENCE: True})),
    "a number among the audiences": (AUD, with_claims(aud=[AUDIENCE, 1])),
    "no audience": ("missing_claim aud", with_claims(aud=...)),
    "audience null": ("missing_claim aud", with_claims(aud=None)),
    "two clients": (CLIENT, with_claims(azp="portal")),
    "a client that is a number": (CLIENT, with_claims(azp=1, client_id=...)),
    "expired": ("expired_token exp", later("exp", -31)),
    "no exp": ("missing_claim exp", with_claims(exp=...)),
    "exp null": ("exp is not a time in seconds", with_claims(exp=None)),
    "exp as a string": ("exp is not a time in seconds", lambda issuer: issuer.issue(exp=str(int(time.time()) + 300))),
    "exp as a float": ("exp is not a time in seconds", lambda issuer: issuer.issue(exp=time.time() + 300)),
    "exp true": ("exp is not a time in seconds", with_claims(exp=True)),
    "exp negative": ("exp is not a time in seconds", with_claims(exp=-1)),
    "exp huge": (LIFE, with_claims(exp=FOREVER)),
    "exp in a month": (LIFE, later("exp", 30 * 86_400)),
    "exp of 5,000 digits": (PAYLOAD, raw(b'{"exp":' + b"9" * 5000 + b"}")),
    "exp infinite": ("exp is not a time in seconds", raw(b'{"exp":1e999}')),
    "exp NaN": (PAYLOAD, raw(b'{"exp":NaN}')),
    "not valid before the next minute": ("invalid_claim nbf", later("nbf", 60)),
    "nbf as a string": ("nbf is not a time in seconds", with_claims(nbf="0")),
    "nbf null": ("nbf is not a time in seconds", with_claims(nbf=None)),
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
    "a subject of 256 characters": ("a subject has 1 to 255 characters", with_claims(sub="s" * 256)),
    "an ID token with a nonce": (KIND, plain(nonce="n")),
    "an ID token with an at_hash": (KIND, plain(at_hash="h")),
    "an ID token without a scope": (KIND, plain(scope=...)),
    "an ID token of Keycloak": (KIND, plain(typ="ID")),
    "a refresh token of Keycloak": (KIND, plain(typ="Refresh")),
    "a logout token": (KIND, typed("logout+jwt")),
    "a security event": (KIND, typed("secevent+jwt")),
    "a proof of possession": (KIND, typed("dpop+jwt")),
    "an access token that claims to be an ID token": (KIND, with_claims(typ="ID")),
    "a token bound to a key": ("bound to a key, which OSIT does not check", with_claims(cnf={"jkt": "x"})),
    "a duplicate claim": (PAYLOAD, doubled("sub", '"somebody-else"')),
    "a duplicate audience": (PAYLOAD, doubled("aud", '"other"')),
    "a duplicate name in an object": (PAYLOAD, raw(b'{"a":{"b":1,"b":2}}')),
    "a payload that is a list": ("the payload is not a JSON object", raw(b"[]")),
    "a payload that is not JSON": (PAYLOAD, raw(b"sub=operator")),
    "a payload that is a token": (
        PAYLOAD,
        lambda issuer: sign_token(issuer.header, issuer.issue().encode(), rsa("one")),
    ),
    "a deeply nested payload": (PAYLOAD, raw(b"[" * 4000)),
    "a payload of invalid UTF-8": (PAYLOAD, raw(b'{"sub":"\xff"}')),
}
