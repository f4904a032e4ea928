"""Similar tickets: their scores, their order and their statements."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from osit_graphql.domain import clock
from tests.desk import Desk
from tests.search.conftest import Counting

SIMILAR_TICKETS = """query ($to: SimilarTo!, $first: Int! = 5) { similarTickets(to: $to, first: $first) {
  score ticket { number title requester { name } application { name } service { name } site { name } allowedActions }
} }"""


async def find_duplicates(
    desk: Desk, to: dict[str, Any], who: str = "operator", **arguments: Any
) -> list[tuple[int, float]]:
    """Return numbers and scores of similar tickets, best first."""
    duplicates = (await desk.reads(who, SIMILAR_TICKETS, to=to, **arguments))["similarTickets"]
    return [(duplicate["ticket"]["number"], duplicate["score"]) for duplicate in duplicates]


async def test_equal_tickets_have_the_score_one(desk: Desk) -> None:
    one, two = [await desk.company.ticket("Imprimante en panne", description="Bourrage.") for _ in range(2)]
    await desk.company.ticket("Accès refusé au dossier", description="Depuis hier.")
    assert await find_duplicates(desk, {"ticketId": desk.company.id(one)}) == [(two, 1.0)]


async def test_rare_words_score_higher(desk: Desk) -> None:
    for number in range(12):
        await desk.company.ticket("Erreur au démarrage", description=f"Poste {number}")
    rare = await desk.company.ticket("Erreur de sérigraphie", description="Le gabarit est décalé.")
    [first, *_] = await find_duplicates(desk, {"draft": {"title": "Erreur de la sérigraphie"}})
    assert first[0] == rare


async def test_the_same_application_scores_higher(desk: Desk) -> None:
    stock, pay = [await desk.company.ticket("Écran figé", application=name) for name in ("Stocks", "Paie")]
    for name, order in (("Stocks", [stock, pay]), ("Paie", [pay, stock])):
        draft = {"draft": {"title": "Écran figé", "applicationId": desk.company.ids[name]}}
        duplicates = await find_duplicates(desk, draft)
        assert [number for number, _ in duplicates] == order
        assert duplicates[0][1] > duplicates[1][1]


async def test_recent_tickets_score_higher(desk: Desk) -> None:
    moment = datetime.now(UTC)
    opened = {}
    for days in (400, 3, 40):
        with clock.at(moment - timedelta(days=days)):
            opened[days] = await desk.company.ticket("Écran figé")
    duplicates = await find_duplicates(desk, {"draft": {"title": "Écran figé"}})
    assert [number for number, _ in duplicates] == [opened[3], opened[40], opened[400]]
    assert all(0 < score <= 1 for _, score in duplicates)


async def test_tickets_without_common_words_are_not_similar(desk: Desk) -> None:
    ticket = await desk.company.ticket("Écran figé", description="Plus rien.")
    for draft in ({"title": "Badge perdu"}, {"title": ""}, {"title": "le la", "description": None}):
        assert await find_duplicates(desk, {"draft": draft}) == []
    assert await find_duplicates(desk, {"ticketId": desk.company.id(ticket)}) == []
    assert await find_duplicates(desk, {"draft": {"title": "Écran figé"}}, first=0) == []


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
async def test_invalid_targets_are_bad_input(desk: Desk, to: dict[str, Any], first: int) -> None:
    answer = await desk.api.ask(desk.token("operator"), SIMILAR_TICKETS, {"to": to, "first": first})
    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.data == {"similarTickets": None}


async def test_the_number_of_statements_is_constant(desk: Desk, counting: Counting) -> None:
    await desk.company.ticket("Écran figé")
    with counting() as few:
        await find_duplicates(desk, {"draft": {"title": "Écran figé"}})
    for _ in range(8):
        await desk.company.ticket("Écran figé")
    with counting() as many:
        assert len(await find_duplicates(desk, {"draft": {"title": "Écran figé"}})) == 5
    assert len(few) == len(many) == 3


DESK = """query ($caller: String, $to: SimilarTo!) {
  users(search: $caller, first: 5) { nodes { name phone site { name } requestedTickets(first: 3) { nodes { number
    suspectedCause { name } impact service { name phone email } } } } }
  similarTickets(to: $to) { score ticket { number title service { phone } } } }"""


async def test_the_desk_screen_is_one_request(desk: Desk, counting: Counting) -> None:
    number = await desk.company.ticket("Écran figé")
    to = {"draft": {"title": "Écran figé", "applicationId": desk.company.ids["Portail"]}}
    with counting() as statements:
        screen = await desk.reads("operator", DESK, caller="+33612345678", to=to)
    assert [person["name"] for person in screen["users"]["nodes"]] == [
        "Admin",
        "Colleague",
        "Developer",
        "Everyman",
        "Manager",
    ]
    [requester] = (await desk.reads("operator", DESK, caller="requester", to=to))["users"]["nodes"]
    assert [ticket["number"] for ticket in requester["requestedTickets"]["nodes"]] == [number]
    assert [(duplicate["ticket"]["number"], duplicate["score"] > 0.5) for duplicate in screen["similarTickets"]] == [
        (number, True)
    ]
    assert len(statements) == 6  # people, their sites, their tickets; rare words, scores, similar tickets
