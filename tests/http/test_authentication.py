"""Authentication: an invalid token is 401 before execution; `signIn` needs no token."""

import httpx
import pytest

from tests.http.exchange import JSON, ask, codes
from tests.http.schema import CURSED, DEAD, LIVE, SECRET, UNLUCKY

FRAGMENT = "mutation { ...F } fragment F on Mutation { signIn }"


@pytest.mark.parametrize("accept", [JSON, "application/graphql-response+json"])
@pytest.mark.parametrize("authorization", [f"Bearer {DEAD}", "Bearer", "Bearer ", "Basic dXNlcg==", "", "nonsense"])
async def test_an_invalid_token_is_401(client: httpx.AsyncClient, authorization: str, accept: str) -> None:
    response = await ask(client, "{ hello }", authorization=authorization, accept=accept)
    assert (response.status_code, codes(response)) == (401, ["UNAUTHENTICATED"])
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert "data" not in response.json()


@pytest.mark.parametrize("authorization", [f"Bearer {LIVE}", f"bearer  {LIVE} "])
async def test_a_valid_token_is_accepted(client: httpx.AsyncClient, authorization: str) -> None:
    assert (await ask(client, "{ number }", authorization=authorization)).json() == {"data": {"number": 1}}


@pytest.mark.parametrize("authorization", [f"Bearer {DEAD}", "Basic dXNlcg==", ""])
async def test_sign_in_with_an_invalid_token_is_anonymous(client: httpx.AsyncClient, authorization: str) -> None:
    response = await ask(client, "mutation { token: signIn }", authorization=authorization)
    assert (response.status_code, response.json()) == (200, {"data": {"token": "token for None"}})


@pytest.mark.parametrize("query", ["mutation { signIn write }", "mutation { a: signIn b: signIn }", FRAGMENT])
async def test_sign_in_with_other_fields_needs_a_valid_token(client: httpx.AsyncClient, query: str) -> None:
    response = await ask(client, query, authorization=f"Bearer {DEAD}")
    assert (response.status_code, codes(response)) == (401, ["UNAUTHENTICATED"])


async def test_validation_comes_before_authentication(client: httpx.AsyncClient) -> None:
    response = await ask(client, "{ nope }", authorization=f"Bearer {DEAD}")
    assert codes(response) == ["GRAPHQL_VALIDATION_FAILED"]


async def test_unavailable_authentication_is_503(client: httpx.AsyncClient) -> None:
    response = await ask(client, "{ hello }", authorization=f"Bearer {UNLUCKY}")
    assert (response.status_code, codes(response)) == (503, ["UNAVAILABLE"])
    assert response.headers["Retry-After"] == "1"


async def test_an_error_of_authentication_is_masked(client: httpx.AsyncClient) -> None:
    response = await ask(client, "{ hello }", authorization=f"Bearer {CURSED}")
    assert (response.status_code, codes(response)) == (500, ["INTERNAL_SERVER_ERROR"])
    assert SECRET not in response.text
