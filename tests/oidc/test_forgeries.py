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
    """Publish more keys: another RSA key, two on elliptic curves, one for encryption, one for PSS only."""
    others: tuple[dict[str, Any], ...] = ({"use": "enc"}, {"alg": "PS256"})
    hidden, pss = ({**rsa(kid).as_dict(), **other} for kid, other in zip(("hidden", "pss"), others, strict=True))
    issuer.published += [rsa("two"), curve("curve"), curve("wide", "P-384"), hidden, pss]
    return issuer


@pytest.fixture
def issuer(issuer: FakeIssuer) -> FakeIssuer:
    return publish(issuer)


@dataclass(frozen=True)
class TrustingApi:
    """An issuer, the API that trusts it, and the verifier, which has the reason of a refusal."""

    issuer: FakeIssuer
    verifier: Issuer
    api: Api


@pytest.fixture(scope="module")
async def trusting(migrated: Database) -> AsyncIterator[TrustingApi]:
    """Return one for all forgeries: none is accepted, so that no link is needed."""
    with running_issuer() as issuer:
        settings = Settings(_env_file=None, oidc_issuer=publish(issuer).url, oidc_audience=AUDIENCE)
        verifier = load_issuer(settings)
        assert verifier is not None
        async with Api(settings, migrated) as api:
            yield TrustingApi(issuer, verifier, api)


def test_there_are_over_100_forgeries() -> None:
    assert len(FORGERIES) == len(FORM) + len(ALGORITHM) + len(KEY) + len(CLAIMS) > 100


@pytest.mark.parametrize(("reason", "forge"), FORGERIES.values(), ids=FORGERIES)
async def test_each_forgery_is_refused_for_its_own_reason(trusting: TrustingApi, reason: str, forge: Forge) -> None:
    token = forge(trusting.issuer)
    with pytest.raises(Rejected) as rejected:
        await trusting.verifier.verify(token)
    assert rejected.value.reason == reason
    assert await read_refusal(trusting.api, token) == (401, "UNAUTHENTICATED", "Sign in first.")


async def test_a_valid_token_without_a_link_is_not_linked(trusting: TrustingApi) -> None:
    assert (await read_refusal(trusting.api, trusting.issuer.issue(sub="nobody")))[2] == NotLinked.sentence


VALID = {
    "with the issuer's usual claims": lambda issuer: issuer.issue(),
    "without a type, with a scope": lambda issuer: issuer.issue(header={"typ": ...}, scope="openid"),
    "of Keycloak": lambda issuer: issuer.issue(header={"typ": "JWT"}, typ="Bearer", nonce="n", azp="desk"),
    "of Entra": lambda issuer: issuer.issue(header={"typ": "JWT", "x5t": "t"}, scp="access", client_id=..., azp="app"),
    "with the full name of its media type": lambda issuer: issuer.issue(header={"typ": "application/at+jwt"}),
    "for several audiences": lambda issuer: issuer.issue(aud=["account", AUDIENCE]),
    "expired within the leeway": lambda issuer: issuer.issue(exp=issuer.claims["iat"] - 25),
    "not valid yet, within the leeway": lambda issuer: issuer.issue(
        nbf=issuer.claims["iat"] + 25, iat=issuer.claims["iat"] + 25
    ),
    "signed by another of its keys": lambda issuer: issuer.issue(key=rsa("two"), header={"kid": "two"}),
    "with headers that OSIT ignores": lambda issuer: issuer.issue(header={"jku": "http://127.0.0.1:1", "lunar": 1}),
    "signed by an elliptic-curve key": lambda issuer: sign_token(
        issuer.header | {"alg": "ES256", "kid": "curve"}, issuer.claims, curve("curve"), "ES256"
    ),
}


@pytest.mark.parametrize("make", VALID.values(), ids=VALID)
async def test_a_valid_token_of_a_linked_subject_is_accepted(
    linked_company: Company, issuer: FakeIssuer, api: Api, make: Forge
) -> None:
    assert await read_viewer(api, make(issuer)) == ("operator@example.com", ["OPERATOR"])


async def test_addresses_in_a_token_are_never_fetched(linked_company: Company, issuer: FakeIssuer, api: Api) -> None:
    mine = rsa("mine").as_dict()
    issuer.published.append(mine)  # following `jku` to this issuer would find the key
    await read_viewer(api, issuer.issue())
    issuer.published.remove(mine)
    for member in ({"jku": f"{issuer.url}/keys"}, {"x5u": f"{issuer.url}/keys"}):
        issuer.key_fetches = 0
        token = sign_token(issuer.header | member, issuer.claims, rsa("mine"))
        assert (await read_refusal(api, token))[1] == "UNAUTHENTICATED"
        assert issuer.key_fetches == 0
