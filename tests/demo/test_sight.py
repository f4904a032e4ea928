"""Everybody finds something to do, and sees what the law lets them see, through the API."""

import pytest

from osit_graphql.db.engine import Database
from tests.client import Api
from tests.demo.rows import value

SIGN_IN = "mutation ($input: SignInInput!) { signIn(input: $input) { token } }"
LISTS = "{ openTickets { totalCount } evolutionRequests { totalCount } closedTickets { totalCount } }"
OF_SERVICE = "service_id = (SELECT id FROM service WHERE name = '{}')"
OF_CALLER = "requester_id = (SELECT id FROM person WHERE email = '{}')"
ROLE_VISIBILITY = {
    "operator@demo.example": "true",
    "developer@demo.example": OF_SERVICE.format("Développement RH"),
    "network@demo.example": OF_SERVICE.format("Réseau"),
    "requester@demo.example": OF_CALLER.format("requester@demo.example"),
    "colleague@demo.example": OF_CALLER.format("colleague@demo.example"),
    "manager@demo.example": "true",
    "admin@demo.example": "false",
}
# The fewest tickets that make an account look alive: open, evolution requests, closed.
ALIVE = {
    "operator@demo.example": (30, 8, 500),
    "developer@demo.example": (4, 1, 50),
    "network@demo.example": (4, 0, 50),
    "requester@demo.example": (2, 0, 20),
    "colleague@demo.example": (2, 0, 20),
    "manager@demo.example": (30, 8, 500),
    "admin@demo.example": (0, 0, 0),
}


@pytest.mark.parametrize("email", ROLE_VISIBILITY)
async def test_every_account_signs_in_and_sees_its_own(served: Api, filled: Database, email: str) -> None:
    signed = await served.ask(None, SIGN_IN, {"input": {"email": email, "password": "osit-demo"}})
    data = await served.read(signed.data["signIn"]["token"], LISTS)
    seen = [data[name]["totalCount"] for name in ("openTickets", "evolutionRequests", "closedTickets")]
    expected = [
        await value(filled, f"SELECT count(*) FROM ticket WHERE status = '{status}' AND {ROLE_VISIBILITY[email]}")
        for status in ("OPEN", "PENDING_DECISION", "CLOSED")
    ]
    assert seen == expected
    assert all(count >= fewest for count, fewest in zip(seen, ALIVE[email], strict=True))
