"""Likely duplicates: what makes two tickets alike, and how many of the demo company's are found."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from osit_graphql.domain import clock
from tests.desk import Desk
from tests.search.conftest import Counting

ALIKE = """query ($to: SimilarTo!, $first: Int! = 5) { similarTickets(to: $to, first: $first) { score ticket { number
  title requester { name } application { name } service { name } site { name } allowedActions } } }"""


async def alike(desk: Desk, to: dict[str, Any], who: str = "operator", **said: Any) -> list[tuple[int, float]]:
    """Return the likeliest duplicates: numbers and scores."""
    found = (await desk.reads(who, ALIKE, to=to, **said))["similarTickets"]
    return [(each["ticket"]["number"], each["score"]) for each in found]


async def test_the_same_words_about_the_same_thing_at_the_same_time_are_one(desk: Desk) -> None:
    one, two = [await desk.company.ticket("Imprimante en panne", description="Bourrage.") for _ in range(2)]
    await desk.company.ticket("Accès refusé au dossier", description="Depuis hier.")
    assert await alike(desk, {"ticketId": desk.company.id(one)}) == [(two, 1.0)]


async def test_rarer_words_weigh_more(desk: Desk) -> None:
    for number in range(12):
        await desk.company.ticket("Erreur au démarrage", description=f"Poste {number}")
    rare = await desk.company.ticket("Erreur de sérigraphie", description="Le gabarit est décalé.")
    [first, *_] = await alike(desk, {"draft": {"title": "Erreur de la sérigraphie"}})
    assert first[0] == rare


async def test_the_same_application_weighs_more(desk: Desk) -> None:
    stock, pay = [await desk.company.ticket("Écran figé", application=name) for name in ("Stocks", "Paie")]
    for name, order in (("Stocks", [stock, pay]), ("Paie", [pay, stock])):
        draft = {"draft": {"title": "Écran figé", "applicationId": desk.company.ids[name]}}
        found = await alike(desk, draft)
        assert [number for number, _ in found] == order
        assert found[0][1] > found[1][1]


async def test_what_is_recent_weighs_more(desk: Desk) -> None:
    moment = datetime.now(UTC)
    opened = {}
    for days in (400, 3, 40):
        with clock.at(moment - timedelta(days=days)):
            opened[days] = await desk.company.ticket("Écran figé")
    found = await alike(desk, {"draft": {"title": "Écran figé"}})
    assert [number for number, _ in found] == [opened[3], opened[40], opened[400]]
    assert all(0 < score <= 1 for _, score in found)


async def test_nothing_in_common_is_nothing_alike(desk: Desk) -> None:
    ticket = await desk.company.ticket("Écran figé", description="Plus rien.")
    for draft in ({"title": "Badge perdu"}, {"title": ""}, {"title": "le la", "description": None}):
        assert await alike(desk, {"draft": draft}) == []
    assert await alike(desk, {"ticketId": desk.company.id(ticket)}) == []
    assert await alike(desk, {"draft": {"title": "Écran figé"}}, first=0) == []


@pytest.mark.parametrize(
    ("to", "first"),
    [
        ({"draft": {"title": "a"}}, 51),
        ({"draft": {"title": "a"}}, -1),
        ({"draft": {"title": "a" * 201}}, 5),
        ({"draft": {"title": "a", "description": "b" * 20_001}}, 5),
        ({"draft": {"title": "a", "applicationId": "x"}}, 5),
        ({"ticketId": "x"}, 5),
    ],
)
async def test_what_cannot_be_compared_is_bad_input(desk: Desk, to: dict[str, Any], first: int) -> None:
    answer = await desk.api.ask(desk.token("operator"), ALIKE, {"to": to, "first": first})
    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.data == {"similarTickets": None}


async def test_the_statements_do_not_grow_with_the_tickets(desk: Desk, counting: Counting) -> None:
    await desk.company.ticket("Écran figé")
    with counting() as few:
        await alike(desk, {"draft": {"title": "Écran figé"}})
    for _ in range(8):
        await desk.company.ticket("Écran figé")
    with counting() as many:
        assert len(await alike(desk, {"draft": {"title": "Écran figé"}})) == 5
    assert len(few) == len(many) == 3


DESK = """query ($caller: String, $to: SimilarTo!) {
  users(search: $caller, first: 5) { nodes { name phone site { name } requestedTickets(first: 3) { nodes { number
    suspectedCause { name } impact service { name phone email } } } } }
  similarTickets(to: $to) { score ticket { number title service { phone } } } }"""


async def test_the_whole_desk_screen_is_one_request(desk: Desk, counting: Counting) -> None:
    number = await desk.company.ticket("Écran figé")
    to = {"draft": {"title": "Écran figé", "applicationId": desk.company.ids["Portail"]}}
    with counting() as statements:
        screen = await desk.reads("operator", DESK, caller="+33612345678", to=to)
    assert [each["name"] for each in screen["users"]["nodes"]] == [
        "Admin",
        "Colleague",
        "Developer",
        "Everyman",
        "Manager",
    ]
    [requester] = (await desk.reads("operator", DESK, caller="requester", to=to))["users"]["nodes"]
    assert [ticket["number"] for ticket in requester["requestedTickets"]["nodes"]] == [number]
    assert [(each["ticket"]["number"], each["score"] > 0.5) for each in screen["similarTickets"]] == [(number, True)]
    assert len(statements) == 6  # people, their sites, their tickets; what is rare, what is alike, those tickets
