"""Validation of an issuer's documents: its name, a safe key address, keys that verify signatures."""

import pytest

from osit_graphql.services.auth.oidc.discovery import fetch_key_set
from osit_graphql.services.auth.oidc.jwks import read_keys
from osit_graphql.services.auth.oidc.strict_json import Rejected
from tests.oidc.fake_issuer import FakeIssuer, curve, rsa

NAME, ADDRESS = "its configuration names another issuer", "its configuration has no safe address for its keys"
BAD_DOCUMENTS = {
    "the document of another issuer": (NAME, {"issuer": "https://other.example"}),
    "no issuer": (NAME, {"issuer": None}),
    "no keys": (ADDRESS, {"jwks_uri": None}),
    "keys without TLS": (ADDRESS, {"jwks_uri": "http://keys.example/keys"}),
    "keys in a file": (ADDRESS, {"jwks_uri": "file:///etc/passwd"}),
    "keys at an impossible address": (ADDRESS, {"jwks_uri": "https://[::1/keys"}),
    "keys at an impossible port": ("it does not answer (InvalidURL)", {"jwks_uri": "https://keys.example:port/keys"}),
}


async def refuse(issuer: FakeIssuer) -> str:
    """Fetch the issuer's keys; return the reason of the refusal."""
    with pytest.raises(Rejected) as rejected:
        read_keys(await fetch_key_set(issuer.url))
    return rejected.value.reason


@pytest.mark.parametrize(("reason", "configuration"), BAD_DOCUMENTS.values(), ids=BAD_DOCUMENTS)
async def test_an_untrustworthy_configuration_is_refused(
    issuer: FakeIssuer, reason: str, configuration: dict[str, object]
) -> None:
    issuer.configuration = configuration
    assert await refuse(issuer) == reason
    assert issuer.key_fetches == 0


BODIES = {
    "not JSON": (200, b"<html>", "its document is not JSON"),
    "a duplicate name": (200, b'{"issuer":1,"issuer":2}', "its document is not JSON"),
    "a list": (200, b"[]", "its document is not a JSON object"),
    "a long document": (200, b'{"a":"' + b"x" * 600_000 + b'"}', "its document is too long"),
    "a redirect": (302, None, "it answers 302"),
    "not found": (404, None, "it answers 404"),
}


@pytest.mark.parametrize(("status", "body", "reason"), BODIES.values(), ids=BODIES)
async def test_an_unreadable_document_is_refused(
    issuer: FakeIssuer, status: int, body: bytes | None, reason: str
) -> None:
    issuer.status, issuer.body = status, body
    assert await refuse(issuer) == reason


async def test_an_unreachable_issuer_is_reported() -> None:
    assert await refuse(FakeIssuer(url="http://127.0.0.1:1")) == "it does not answer (ConnectError)"


NO_KEY = "its key set has no key that verifies a signature"
WEAK = {
    "an empty set": [],
    "for other uses": [
        rsa("one").as_dict() | {"use": "enc"},
        rsa("one").as_dict() | {"use": "sig", "key_ops": ["sign"]},
    ],
    "a private key": [rsa("one").as_dict(private=True)],
    "a secret": [{"kty": "oct", "k": "AAAA", "kid": "one"}],
    "invalid keys": ["one", {"kty": "RSA"}, {"kty": "RSA", "n": "~", "e": "AQAB"}, {"kty": "EC", "crv": "P-1"}],
    "invalid keys of their type": [{"kty": ["RSA"]}, {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"}],
    "a key of 1,024 bits": [{"kty": "RSA", "kid": "one", "e": "AQAB", "n": "v" * 170 + "w"}],
}


@pytest.mark.filterwarnings("ignore:Key size should be")
@pytest.mark.parametrize("published", WEAK.values(), ids=WEAK)
async def test_a_key_set_without_usable_keys_is_refused(issuer: FakeIssuer, published: list[object]) -> None:
    issuer.published = published
    assert await refuse(issuer) == NO_KEY


async def test_a_key_set_of_more_than_100_keys_is_refused(issuer: FakeIssuer) -> None:
    issuer.published = [rsa("one")] * 101
    assert await refuse(issuer) == "its key set is not a list of at most 100 keys"


async def test_unusable_keys_beside_usable_ones_are_skipped(issuer: FakeIssuer) -> None:
    issuer.published = [{"kty": "AKP", "kid": "new"}, curve("curve"), {"kty": "RSA", "n": "~", "e": "~"}, rsa("one")]
    assert [key.kid for key in read_keys(await fetch_key_set(issuer.url))] == ["curve", "one"]
