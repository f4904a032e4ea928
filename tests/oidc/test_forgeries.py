"""B1: only the issuer's valid tokens for this API are accepted; each forgery is refused for its own reason."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from osit_graphql.db.engine import Database
from osit_graphql.domain.errors import NotLinked
from osit_graphql.services.auth.oidc import load_issuer
from osit_graphql.services.auth.oidc.strict_json import Rejected
from osit_graphql.services.auth.oidc.verifier import Issuer
from osit_graphql.settings import Settings
from tests.client import Api
from tests.company import Company
from tests.oidc.claims import CLAIMS
from tests.oidc.fake_issuer import AUDIENCE, FakeIssuer, curve, rsa, running_issuer, sign_token
from tests.oidc.forgeries import ALGORITHM, FORM, KEY, Forge
from tests.oidc.viewer_queries import read_refusal, read_viewer

FORGERIES = FORM | ALGORITHM | KEY | CLAIMS


def publish(issuer: FakeIssuer) -> FakeIssuer:
    """Let it have a key of each sort: another like the first, two on curves, one to encrypt with, one for PSS alone."""
    others: tuple[dict[str, Any], ...] = ({"use": "enc"}, {"alg": "PS256"})
    hidden, pss = ({**rsa(kid).as_dict(), **other} for kid, other in zip(("hidden", "pss"), others, strict=True))
    issuer.published += [rsa("two"), curve("curve"), curve("wide", "P-384"), hidden, pss]
    return issuer


@pytest.fixture
def issuer(issuer: FakeIssuer) -> FakeIssuer:
    return publish(issuer)


@dataclass(frozen=True)
class Gate:
    """An issuer, the API that trusts it, and the part of it that says why a token is refused."""

    issuer: FakeIssuer
    trusted: Issuer
    api: Api


@pytest.fixture(scope="module")
async def gate(migrated: Database) -> AsyncIterator[Gate]:
    """Give one for all forgeries: none is let in, so that none needs anybody to be linked."""
    with running_issuer() as issuer:
        settings = Settings(_env_file=None, oidc_issuer=publish(issuer).url, oidc_audience=AUDIENCE)
        trusted = load_issuer(settings)
        assert trusted is not None
        async with Api(settings, migrated) as api:
            yield Gate(issuer, trusted, api)


def test_they_are_many() -> None:
    assert len(FORGERIES) == len(FORM) + len(ALGORITHM) + len(KEY) + len(CLAIMS) > 100


@pytest.mark.parametrize(("reason", "forge"), FORGERIES.values(), ids=FORGERIES)
async def test_it_is_refused(gate: Gate, reason: str, forge: Forge) -> None:
    token = forge(gate.issuer)
    with pytest.raises(Rejected) as rejected:
        await gate.trusted.verify(token)
    assert rejected.value.reason == reason
    assert await read_refusal(gate.api, token) == (401, "UNAUTHENTICATED", "Sign in first.")


async def test_what_is_good_gets_as_far_as_the_link(gate: Gate) -> None:
    assert (await read_refusal(gate.api, gate.issuer.issue(sub="nobody")))[2] == NotLinked.sentence


GOOD = {
    "as the issuer makes them": lambda issuer: issuer.issue(),
    "without a type, with a scope": lambda issuer: issuer.issue(header={"typ": ...}, scope="openid"),
    "of Keycloak": lambda issuer: issuer.issue(header={"typ": "JWT"}, typ="Bearer", nonce="n", azp="desk"),
    "of Entra": lambda issuer: issuer.issue(header={"typ": "JWT", "x5t": "t"}, scp="access", client_id=..., azp="app"),
    "by the full name of its type": lambda issuer: issuer.issue(header={"typ": "application/at+jwt"}),
    "for several audiences": lambda issuer: issuer.issue(aud=["account", AUDIENCE]),
    "half a minute too late": lambda issuer: issuer.issue(exp=issuer.claims["iat"] - 25),
    "half a minute too soon": lambda issuer: issuer.issue(nbf=issuer.claims["iat"] + 25, iat=issuer.claims["iat"] + 25),
    "under another of its keys": lambda issuer: issuer.issue(key=rsa("two"), header={"kid": "two"}),
    "with headers that choose nothing": lambda issuer: issuer.issue(header={"jku": "http://127.0.0.1:1", "lunar": 1}),
    "on a curve": lambda issuer: sign_token(
        issuer.header | {"alg": "ES256", "kid": "curve"}, issuer.claims, curve("curve"), "ES256"
    ),
}


@pytest.mark.parametrize("make", GOOD.values(), ids=GOOD)
async def test_a_good_one_is_let_in(linked_company: Company, issuer: FakeIssuer, api: Api, make: Forge) -> None:
    assert await read_viewer(api, make(issuer)) == ("operator@example.com", ["OPERATOR"])


async def test_nothing_that_a_token_names_is_fetched(linked_company: Company, issuer: FakeIssuer, api: Api) -> None:
    mine = rsa("mine").as_dict()
    issuer.published.append(mine)  # so that following `jku` to this very issuer would find it
    await read_viewer(api, issuer.issue())
    issuer.published.remove(mine)
    for member in ({"jku": f"{issuer.url}/keys"}, {"x5u": f"{issuer.url}/keys"}):
        issuer.key_fetches = 0
        token = sign_token(issuer.header | member, issuer.claims, rsa("mine"))
        assert (await read_refusal(api, token))[1] == "UNAUTHENTICATED"
        assert issuer.key_fetches == 0
