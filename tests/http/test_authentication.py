"""A token that is presented but dead is 401 before anything runs; signing in needs none."""

import httpx
import pytest

from tests.http.exchange import JSON, ask, codes
from tests.http.schema import CURSED, DEAD, LIVE, SECRET, UNLUCKY

FRAGMENT = "mutation { ...F } fragment F on Mutation { signIn }"


@pytest.mark.parametrize("accept", [JSON, "application/graphql-response+json"])
@pytest.mark.parametrize("authorization", [f"Bearer {DEAD}", "Bearer", "Bearer ", "Basic dXNlcg==", "", "nonsense"])
async def test_a_dead_token_is_401(client: httpx.AsyncClient, authorization: str, accept: str) -> None:
    response = await ask(client, "{ hello }", authorization=authorization, accept=accept)
    assert (response.status_code, codes(response)) == (401, ["UNAUTHENTICATED"])
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert "data" not in response.json()


@pytest.mark.parametrize("authorization", [f"Bearer {LIVE}", f"bearer  {LIVE} "])
async def test_a_live_token_is_let_in(client: httpx.AsyncClient, authorization: str) -> None:
    assert (await ask(client, "{ number }", authorization=authorization)).json() == {"data": {"number": 1}}


@pytest.mark.parametrize("authorization", [f"Bearer {DEAD}", "Basic dXNlcg==", ""])
async def test_signing_in_passes_with_a_dead_token_as_nobody(client: httpx.AsyncClient, authorization: str) -> None:
    response = await ask(client, "mutation { token: signIn }", authorization=authorization)
    assert (response.status_code, response.json()) == (200, {"data": {"token": "token for None"}})


@pytest.mark.parametrize("query", ["mutation { signIn write }", "mutation { a: signIn b: signIn }", FRAGMENT])
async def test_signing_in_carries_nothing_else_past_a_dead_token(client: httpx.AsyncClient, query: str) -> None:
    response = await ask(client, query, authorization=f"Bearer {DEAD}")
    assert (response.status_code, codes(response)) == (401, ["UNAUTHENTICATED"])


async def test_what_cannot_run_is_said_before_who_asks(client: httpx.AsyncClient) -> None:
    response = await ask(client, "{ nope }", authorization=f"Bearer {DEAD}")
    assert codes(response) == ["GRAPHQL_VALIDATION_FAILED"]


async def test_a_service_that_cannot_tell_who_asks_says_try_again(client: httpx.AsyncClient) -> None:
    response = await ask(client, "{ hello }", authorization=f"Bearer {UNLUCKY}")
    assert (response.status_code, codes(response)) == (503, ["UNAVAILABLE"])
    assert response.headers["Retry-After"] == "1"


async def test_a_fault_while_finding_out_who_asks_is_masked(client: httpx.AsyncClient) -> None:
    response = await ask(client, "{ hello }", authorization=f"Bearer {CURSED}")
    assert (response.status_code, codes(response)) == (500, ["INTERNAL_SERVER_ERROR"])
    assert SECRET not in response.text
