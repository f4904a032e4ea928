"""Each demo account sees its tickets through the API, and has enough of them."""

import pytest

from osit_graphql.db.engine import Database
from tests.client import Api
from tests.demo.queries import fetch_value

SIGN_IN = "mutation ($input: SignInInput!) { signIn(input: $input) { token } }"
LISTS = "{ openTickets { totalCount } evolutionRequests { totalCount } closedTickets { totalCount } }"
OF_SERVICE = "service_id = (SELECT id FROM service WHERE name = '{}')"
BY_REQUESTER = "requester_id = (SELECT id FROM person WHERE email = '{}')"
VISIBLE_TICKETS = {
    "operator@demo.example": "true",
    "developer@demo.example": OF_SERVICE.format("Développement RH"),
    "network@demo.example": OF_SERVICE.format("Réseau"),
    "requester@demo.example": BY_REQUESTER.format("requester@demo.example"),
    "colleague@demo.example": BY_REQUESTER.format("colleague@demo.example"),
    "manager@demo.example": "true",
    "admin@demo.example": "false",
}
# The fewest tickets that make an account worth trying: open, evolution requests, closed.
MINIMUM_COUNTS = {
    "operator@demo.example": (30, 8, 500),
    "developer@demo.example": (4, 1, 50),
    "network@demo.example": (4, 0, 50),
    "requester@demo.example": (2, 0, 20),
    "colleague@demo.example": (2, 0, 20),
    "manager@demo.example": (30, 8, 500),
    "admin@demo.example": (0, 0, 0),
}


@pytest.mark.parametrize("email", VISIBLE_TICKETS)
async def test_every_account_signs_in_and_sees_its_tickets(demo_api: Api, demo_database: Database, email: str) -> None:
    sign_in = await demo_api.ask(None, SIGN_IN, {"input": {"email": email, "password": "osit-demo"}})
    data = await demo_api.read(sign_in.data["signIn"]["token"], LISTS)
    counts = [data[name]["totalCount"] for name in ("openTickets", "evolutionRequests", "closedTickets")]
    expected = [
        await fetch_value(
            demo_database, f"SELECT count(*) FROM ticket WHERE status = '{status}' AND {VISIBLE_TICKETS[email]}"
        )
        for status in ("OPEN", "PENDING_DECISION", "CLOSED")
    ]
    assert counts == expected
    assert all(count >= minimum for count, minimum in zip(counts, MINIMUM_COUNTS[email], strict=True))
