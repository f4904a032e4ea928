"""A revocation applies at the next request to its process, and within two seconds to others."""

import asyncio
import time
from typing import Any

import pytest

from tests.auth.people import CREATE, PASSWORD, REVOKE, SIGN_IN, give_passwords
from tests.auth.servers import Server, serving
from tests.client import Api
from tests.company import Company

SEEN = "{ viewer { roles user { service { name } } } tickets { totalCount } }"
UPDATE = """mutation ($id: ID!, $input: UserUpdateInput!) {
  userUpdate(id: $id, input: $input) { user { id } userErrors { code field } } }"""
CHANGE = """mutation ($new: String!) {
  viewerPasswordChange(input: {currentPassword: "correct horse", newPassword: $new}) { userErrors { code } } }"""


def seen(server: Server, token: str) -> Any:
    """Return the viewer's roles, service and number of tickets, or the error codes."""
    body = server.ask(token, SEEN)
    if "errors" in body:
        return [error["extensions"]["code"] for error in body["errors"]]
    viewer = body["data"]["viewer"]
    service = viewer["user"]["service"]
    return viewer["roles"], service and service["name"], body["data"]["tickets"]["totalCount"]


def wait_until_seen(server: Server, expected: dict[str, Any]) -> None:
    """Check that each token has its expected result on this process within two seconds."""
    until = time.monotonic() + 2
    while True:
        began = time.monotonic()  # the duration of a request does not count
        actual = {token: seen(server, token) for token in expected}
        if actual == expected:
            return
        assert began < until, (actual, expected)
        time.sleep(0.05)


def play(first: Server, second: Server, company: Company) -> None:
    """Create sessions and tokens on the first server, revoke them on the second, and check both."""
    admin, ids, invalid = company.tokens["admin"], company.ids, ["UNAUTHENTICATED"]

    def sign_in() -> str:
        variables = {"email": "developer@example.com", "password": PASSWORD}
        return str(first.ask(None, SIGN_IN, **variables)["data"]["signIn"]["token"])

    def make() -> tuple[str, str]:
        input_ = {"name": "a program", "scopes": ["READ_TICKETS"]}
        payload = first.ask(session, CREATE, input=input_)["data"]["apiTokenCreate"]
        return payload["token"], payload["apiToken"]["id"]

    def check_both_servers(*tokens: str, to: Any = invalid, remaining: str | None = None) -> None:
        expected = dict.fromkeys(tokens, to) | ({} if remaining is None else {remaining: (["REQUESTER"], None, 0)})
        assert {token: seen(second, token) for token in expected} == expected
        wait_until_seen(first, expected)

    def change(**fields: Any) -> None:
        assert second.ask(admin, UPDATE, id=ids["developer"], input=fields)["data"]["userUpdate"]["userErrors"] == []

    session = sign_in()
    secret, named = make()
    check_both_servers(session, secret, to=(["TECHNICIAN"], "Développement", 1))
    change(serviceId=ids["Réseau"])
    check_both_servers(session, secret, to=(["TECHNICIAN"], "Réseau", 0))
    change(roles=["REQUESTER"])
    check_both_servers(session, secret, to=(["REQUESTER"], None, 0))
    assert second.ask(session, REVOKE, id=named)["data"]["apiTokenRevoke"]["userErrors"] == []
    check_both_servers(secret, remaining=session)
    assert second.ask(session, "mutation { signOut { userErrors { code } } }")["data"]["signOut"]["userErrors"] == []
    check_both_servers(session)
    session, remaining = sign_in(), sign_in()
    secret, _ = make()
    assert second.ask(remaining, CHANGE, new=PASSWORD)["data"]["viewerPasswordChange"]["userErrors"] == []
    check_both_servers(session, secret, remaining=remaining)
    session = remaining
    secret, _ = make()
    change(active=False)
    check_both_servers(session, secret)


async def test_a_revocation_on_one_process_applies_to_the_other(company: Company) -> None:
    await give_passwords(company, "developer")
    await company.ticket()

    def both() -> None:
        with serving(company.database) as (first, second):
            play(first, second, company)

    await asyncio.to_thread(both)


@pytest.mark.parametrize("cookie", ["token={}", "Authorization=Bearer {}", "session={}"])
async def test_no_cookie_is_read_or_written(company: Company, api: Api, cookie: str) -> None:
    body = {"query": "{ viewer { id } }"}
    headers = {"Cookie": cookie.format(company.tokens["manager"])}
    response = await api.http.post("/graphql", json=body, headers=headers)
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    await give_passwords(company, "manager")
    signed = {"query": SIGN_IN, "variables": {"email": "manager@example.com", "password": PASSWORD}}
    response = await api.http.post("/graphql", json=signed)
    assert response.json()["data"]["signIn"]["token"]
    assert "set-cookie" not in response.headers
