"""Tokens with one fault each: in their form, algorithm, key or header."""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256

from tests.oidc.fake_issuer import FakeIssuer, Key, curve, encode, rsa, sign_token

Forge = Callable[[FakeIssuer], str]
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def headed(key: Key | None = None, algorithm: str = "RS256", **members: Any) -> Forge:
    """Return a forgery with these members added to the header or replaced; `...` omits a member."""

    def forge(issuer: FakeIssuer) -> str:
        header = {name: value for name, value in (issuer.header | members).items() if value is not ...}
        return sign_token(header, issuer.claims, key or rsa("one"), algorithm)

    return forge


def raw(header: bytes) -> Forge:
    """Return a forgery with these bytes as its header."""
    return lambda issuer: sign_token(header, issuer.claims, rsa("one"))


def cut(change: Callable[[str, str, str], str]) -> Forge:
    """Return a valid token, changed after it was signed."""
    return lambda issuer: change(*issuer.issue().split("."))


def keyed(secret: Callable[[Key], bytes]) -> Forge:
    """Return a token signed with an HMAC that uses public data of the issuer's key as its secret."""

    def forge(issuer: FakeIssuer) -> str:
        signed = f"{encode(issuer.header | {'alg': 'HS256'})}.{encode(issuer.claims)}"
        return f"{signed}.{encode(hmac.digest(secret(rsa('one')), signed.encode(), hashlib.sha256))}"

    return forge


def unsigned(algorithm: str) -> Forge:
    """Return a token with this algorithm and four letters as its signature."""
    return lambda issuer: f"{encode(issuer.header | {'alg': algorithm})}.{encode(issuer.claims)}.AAAA"


def sign_in_der(issuer: FakeIssuer) -> str:
    """Sign with the elliptic-curve key, and encode the signature in DER instead of JWS's form."""
    signed = f"{encode({'alg': 'ES256', 'kid': 'curve'})}.{encode(issuer.claims)}"
    return f"{signed}.{encode(curve('curve').private_key.sign(signed.encode(), ECDSA(SHA256())))}"  # type: ignore[union-attr]  # it was generated


def flip(signature: str) -> str:
    """Change one bit of a signature."""
    return BASE64[BASE64.index(signature[0]) ^ 1] + signature[1:]


def respell(signature: str) -> str:
    """Encode the same bytes differently: the last base64 character has unused bits."""
    return signature[:-1] + BASE64[BASE64.index(signature[-1]) ^ 1]


SIGNATURE = "the signature does not match the key"
UNLISTED = "an algorithm that is not listed"
UNKNOWN = "a key that the issuer does not have"
EXTENSION = "an unsupported extension"
SEGMENTS = "not three segments"
HEADER = "the header is not JSON"
NONE = encode({"alg": "none"})
MINE = rsa("mine").as_dict()
NESTED = b'{"alg":"RS256","x":' + b"[" * 5000 + b"]" * 5000 + b"}"

FORM: dict[str, tuple[str, Forge]] = {
    "one segment and a dot": (SEGMENTS, lambda _: "a."),
    "two segments": (SEGMENTS, cut(lambda h, p, _: f"{h}.{p}")),
    "four segments": (SEGMENTS, cut(lambda h, p, s: f"{h}.{p}.{s}.{s}")),
    "five segments: an encrypted token": (SEGMENTS, cut(lambda h, p, s: f"{h}.{p}.{s}.{s}.{s}")),
    "only dots": (SEGMENTS, lambda _: ".."),
    "no payload": (SEGMENTS, cut(lambda h, _, s: f"{h}..{s}")),
    "no signature": (SEGMENTS, cut(lambda h, p, _: f"{h}.{p}.")),
    "alg none without a signature": (SEGMENTS, lambda issuer: f"{NONE}.{encode(issuer.claims)}."),
    "NUL inside": (SEGMENTS, cut(lambda h, p, s: f"{h}.{p}\0.{s}")),
    "a space inside": (SEGMENTS, cut(lambda h, p, s: f"{h}.{p} .{s}")),
    "padding": (SEGMENTS, cut(lambda h, p, s: f"{h}.{p}.{s}==")),
    "the other base64": (SEGMENTS, cut(lambda h, p, s: f"{h}.{p}.+/{s}")),
    "characters outside base64": (SEGMENTS, cut(lambda h, p, s: f"{h}.{p}.~{s}")),
    "1 MB": ("too long", cut(lambda h, p, s: f"{h}.{p}{'A' * 1_000_000}.{s}")),
    "more than 8 KiB, correctly signed": ("too long", lambda issuer: issuer.issue(padding="x" * 7000)),
    "a truncated signature": (SIGNATURE, cut(lambda h, p, s: f"{h}.{p}.{s[:-4]}")),
    "a longer signature": (SIGNATURE, cut(lambda h, p, s: f"{h}.{p}.{s}AAAA")),
    "a signature with one bit changed": (SIGNATURE, cut(lambda h, p, s: f"{h}.{p}.{flip(s)}")),
    "a signature in another encoding": (SIGNATURE, cut(lambda h, p, s: f"{h}.{p}.{respell(s)}")),
    "a header of an impossible length": ("the header is not base64url", cut(lambda _, p, s: f"A.{p}.{s}")),
    "the payload of another token": (SIGNATURE, lambda issuer: swap(issuer, 1)),
    "the header of another token": (SIGNATURE, lambda issuer: swap(issuer, 0)),
    "a header that is not JSON": (HEADER, raw(b"alg: RS256")),
    "a header that is a list": ("the header is not a JSON object", raw(b'[{"alg":"RS256"}]')),
    "a header of invalid UTF-8": (HEADER, raw(b'{"alg":"RS256","kid":"\xff"}')),
    "a header with two alg": (HEADER, raw(b'{"alg":"none","alg":"RS256","kid":"one"}')),
    "a header with NaN": (HEADER, raw(b'{"alg":"RS256","kid":"one","x":NaN}')),
    "a nested header of over 8 KiB": ("too long", raw(NESTED)),
    "a nested header within 8 KiB": (HEADER, raw(b'{"alg":"RS256","x":' + b"[" * 4000)),
}
ALGORITHM: dict[str, tuple[str, Forge]] = {
    **{f"alg {name}": (UNLISTED, unsigned(name)) for name in ("none", "None", "NONE", "nOnE", "")},
    "HS256 under the public key's PEM": (UNLISTED, keyed(lambda key: key.as_pem())),
    "HS256 under the public key's JWK": (UNLISTED, keyed(lambda key: json.dumps(key.as_dict()).encode())),
    "HS256 under the modulus": (UNLISTED, keyed(lambda key: str(key.as_dict()["n"]).encode())),
    "RS384, correctly signed, not listed": (UNLISTED, headed(algorithm="RS384", alg="RS384")),
    "PS256, correctly signed, not listed": (UNLISTED, headed(algorithm="PS256", alg="PS256")),
    "no alg": (UNLISTED, headed(alg=...)),
    "a list of alg": (UNLISTED, headed(alg=["RS256"])),
    "alg null": (UNLISTED, headed(alg=None)),
    "rs256": (UNLISTED, headed(alg="rs256")),
    "RS256 signed as RS512": (SIGNATURE, headed(algorithm="RS512")),
    "RS256 signed as PS256": (SIGNATURE, headed(algorithm="PS256")),
    "ES256 for the RSA key": (UNKNOWN, headed(curve("curve"), "ES256", alg="ES256")),
    "RS256 for the elliptic-curve key": (UNKNOWN, headed(kid="curve")),
    "ES256 with a signature in DER": (SIGNATURE, sign_in_der),
    "ES256 with a signature of zeros": (
        SIGNATURE,
        lambda issuer: f"{encode({'alg': 'ES256', 'kid': 'curve'})}.{encode(issuer.claims)}.{encode(bytes(64))}",
    ),
    "ES256 on another curve": (UNKNOWN, headed(curve("wide", "P-384"), "ES384", alg="ES256", kid="wide")),
}
KEY: dict[str, tuple[str, Forge]] = {
    "a foreign key under a known kid": (SIGNATURE, headed(rsa("mine"))),
    "the key with another kid": (SIGNATURE, headed(rsa("two"))),
    "an unknown kid": (UNKNOWN, headed(rsa("mine"), kid="mine")),
    "no kid among several keys": (UNKNOWN, headed(kid=...)),
    "a kid that is a path": (UNKNOWN, headed(kid="../../../../../dev/null")),
    "a kid that is SQL": (UNKNOWN, headed(kid="one' OR '1'='1")),
    "a kid that is an address": (UNKNOWN, headed(kid="http://127.0.0.1:1/keys#one")),
    "a kid with NUL": (UNKNOWN, headed(kid="one\0")),
    "a kid that is a number": ("an invalid kid", headed(kid=1)),
    "a kid that is a list": ("an invalid kid", headed(kid=["one"])),
    "a kid of 257 characters": ("an invalid kid", headed(kid="o" * 257)),
    "a key for encryption": (UNKNOWN, headed(rsa("hidden"), kid="hidden")),
    "a key for another algorithm": (UNKNOWN, headed(rsa("pss"), kid="pss")),
    "its own key in jwk": (SIGNATURE, headed(rsa("mine"), jwk=MINE)),
    "its own key in jwk, with its kid": (UNKNOWN, headed(rsa("mine"), kid="mine", jwk=MINE)),
    "its own key at jku": (SIGNATURE, headed(rsa("mine"), jku="http://127.0.0.1:1/keys")),
    "its own key at x5u": (SIGNATURE, headed(rsa("mine"), x5u="http://127.0.0.1:1/chain.pem")),
    "its own key in x5c": (SIGNATURE, headed(rsa("mine"), x5c=["MIIB"])),
    "crit with an unknown extension": (EXTENSION, headed(crit=["lunar"], lunar=True)),
    "crit with an absent extension": (EXTENSION, headed(crit=["lunar"])),
    "crit with a known member": (EXTENSION, headed(crit=["kid"])),
    "an empty crit": (EXTENSION, headed(crit=[])),
    "crit that is not a list": (EXTENSION, headed(crit="kid")),
    "b64 false": (EXTENSION, headed(b64=False, crit=["b64"])),
    "b64 false without crit": (EXTENSION, headed(b64=False)),
    "enc": (EXTENSION, headed(enc="A128GCM")),
    "zip": (EXTENSION, headed(zip="DEF")),
    "typ that is a number": ("an invalid typ", headed(typ=1)),
}


def swap(issuer: FakeIssuer, place: int) -> str:
    """Replace a segment of a valid token by that of another."""
    mine, other = issuer.issue().split("."), issuer.issue(header={"x": 1}, sub="somebody-else").split(".")
    mine[place] = other[place]
    return ".".join(mine)
