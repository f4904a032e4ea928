"""What is taken away on one process is gone at the next request on every other."""

import asyncio
from typing import Any

import pytest

from tests.client import Api
from tests.company import Company
from tests.doors.people import CREATE, PASSWORD, REVOKE, SIGN_IN, give_passwords
from tests.doors.servers import Server, serving

SEEN = "{ viewer { roles user { service { name } } } tickets { totalCount } }"
UPDATE = """mutation ($id: ID!, $input: UserUpdateInput!) {
  userUpdate(id: $id, input: $input) { user { id } userErrors { code field } } }"""
CHANGE = """mutation ($new: String!) {
  viewerPasswordChange(input: {currentPassword: "correct horse", newPassword: $new}) { userErrors { code } } }"""


def seen(server: Server, token: str) -> Any:
    """Return what somebody sees of themselves and of tickets, or the codes of the refusal."""
    body = server.ask(token, SEEN)
    if "errors" in body:
        return [error["extensions"]["code"] for error in body["errors"]]
    viewer = body["data"]["viewer"]
    service = viewer["user"]["service"]
    return viewer["roles"], service and service["name"], body["data"]["tickets"]["totalCount"]


def play(here: Server, there: Server, company: Company) -> None:
    """Sign in and make a token here, take things away there, look at what is left here: always at the next request."""
    admin, ids = company.tokens["admin"], company.ids

    def sign_in() -> str:
        variables = {"email": "developer@example.com", "password": PASSWORD}
        return str(here.ask(None, SIGN_IN, **variables)["data"]["signIn"]["token"])

    def make() -> tuple[str, str]:
        box = {"name": "a program", "scopes": ["READ_TICKETS"]}
        made = here.ask(session, CREATE, input=box)["data"]["apiTokenCreate"]
        return made["token"], made["apiToken"]["id"]

    def change(**said: Any) -> None:
        assert there.ask(admin, UPDATE, id=ids["developer"], input=said)["data"]["userUpdate"]["userErrors"] == []

    dead = ["UNAUTHENTICATED"]
    session = sign_in()
    secret, named = make()
    for token in (session, secret):
        assert seen(here, token) == (["TECHNICIAN"], "Développement", 1)
    change(serviceId=ids["Réseau"])
    assert [seen(here, token) for token in (session, secret)] == [(["TECHNICIAN"], "Réseau", 0)] * 2
    change(roles=["REQUESTER"])
    assert [seen(here, token) for token in (session, secret)] == [(["REQUESTER"], None, 0)] * 2
    assert there.ask(session, REVOKE, id=named)["data"]["apiTokenRevoke"]["userErrors"] == []
    assert (seen(here, secret), seen(here, session)) == (dead, (["REQUESTER"], None, 0))
    assert there.ask(session, "mutation { signOut { userErrors { code } } }")["data"]["signOut"]["userErrors"] == []
    assert seen(here, session) == dead
    session, kept = sign_in(), sign_in()
    secret, _ = make()
    assert there.ask(kept, CHANGE, new=PASSWORD)["data"]["viewerPasswordChange"]["userErrors"] == []
    assert [seen(here, token) for token in (session, secret, kept)] == [dead, dead, (["REQUESTER"], None, 0)]
    session = kept
    secret, _ = make()
    change(active=False)
    assert [seen(here, token) for token in (session, secret)] == [dead, dead]


async def test_what_is_taken_away_on_one_process_is_gone_on_the_other(company: Company) -> None:
    await give_passwords(company, "developer")
    await company.ticket()

    def both() -> None:
        with serving(company.database) as (here, there):
            play(here, there, company)

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
