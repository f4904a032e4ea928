"""Search of tickets: matches, order, other filters and pages."""

from typing import Any

import pytest

from osit_graphql.domain.enums import Action, Criticality
from tests.desk import Desk
from tests.search.conftest import Counting

LIST_TICKETS = """query ($filter: TicketFilter, $orderBy: [TicketOrder!], $first: Int, $after: String, $last: Int,
  $before: String) { tickets(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last,
  before: $before) { totalCount nodes { number requester { name } operator { name } assignee { name }
  application { name } service { name } site { name } suspectedCause { name } }
  pageInfo { endCursor startCursor } } }"""


async def search_numbers(desk: Desk, search: str, who: str = "operator", **narrowed: Any) -> list[int]:
    """Return the numbers of matching tickets, best match first."""
    return await desk.numbers(who, filter={"search": search, **narrowed})


async def test_titles_rank_above_descriptions_and_comments(desk: Desk) -> None:
    commented = await desk.company.ticket("Divers")
    for _ in range(4):
        await desk.does("developer", Action.COMMENT, commented, comment="Le scanner, ce scanner, encore le scanner.")
    described = await desk.company.ticket("Divers", description="scanner " * 30)
    titled = await desk.company.ticket("Le scanner est lent")
    await desk.company.ticket("Autre chose")
    assert await search_numbers(desk, "scanners") == [titled, described, commented]


async def test_words_match_across_the_fields_of_a_ticket(desk: Desk) -> None:
    ticket = await desk.company.ticket("Imprimante muette", description="Depuis la mise à jour.")
    await desk.does("developer", Action.COMMENT, ticket, comment="Pilote réinstallé.")
    await desk.company.ticket("Imprimante bruyante", description="Depuis la mise à jour.")
    assert await search_numbers(desk, "pilotes jour IMPRIMANTES") == [ticket]


async def test_comments_of_all_actions_match(desk: Desk) -> None:
    ticket = await desk.company.ticket()
    await desk.does("developer", Action.LOG_INTERVENTION, ticket, comment="Condensateur changé.")
    await desk.does("developer", Action.PRIORITIZE, ticket, comment="Prioritaire.")
    await desk.does("developer", Action.CLOSE, ticket, comment="Clôturé sans réserve.")
    assert await search_numbers(desk, "condensateurs prioritaires réserves") == [ticket]


async def test_only_the_corrected_title_matches(desk: Desk) -> None:
    ticket = await desk.company.ticket("Moniteur noir", description="Rien ne s'affiche.")
    await desk.does("developer", Action.COMMENT, ticket, comment="Câble vérifié.")
    await desk.does("developer", Action.QUALIFY, ticket, title="Vidéoprojecteur noir", comment="Mal compris.")
    assert await search_numbers(desk, "moniteur") == []
    assert await search_numbers(desk, "videoprojecteur affiche cable compris") == [ticket]


async def test_a_number_ranks_its_ticket_first(desk: Desk) -> None:
    wanted = await desk.company.ticket("Écran noir")
    mentions = await desk.company.ticket(f"Suite du ticket {wanted}", description=f"Voir {wanted}, {wanted}.")
    for search in (f"{wanted}", f"#{wanted}", f"  # {wanted} "):
        assert await search_numbers(desk, search) == [wanted, mentions]
    assert await search_numbers(desk, f"{wanted} écran") == [wanted]
    assert await search_numbers(desk, "999999999") == await search_numbers(desk, "99999999999999999999") == []


async def test_a_search_combines_with_other_filters(desk: Desk) -> None:
    one = await desk.company.ticket("Scanner lent", application="Paie")
    two = await desk.company.ticket("Scanner muet", service="Réseau", criticality=Criticality.EVOLUTION)
    three = await desk.company.ticket("Souris lente")
    keys = desk.company.ids
    assert await search_numbers(desk, "scanner", applicationIds=[keys["Paie"]]) == [one]
    assert await search_numbers(desk, "scanner", serviceIds=[keys["Réseau"]], statuses=["PENDING_DECISION"]) == [two]
    negated: dict[str, Any] = {"not": {"search": "lent"}}
    assert await search_numbers(desk, "scanner", unassigned=True, **negated) == [two]
    either = {"anyOf": [{"search": "souris"}, {"search": "muet"}, {"applicationIds": [keys["Paie"]]}]}
    assert sorted(await desk.numbers("operator", filter=either)) == [one, two, three]
    assert sorted(await desk.numbers("operator", filter={"not": either})) == []
    assert await desk.numbers("operator", "openTickets", filter={"search": "scanner"}) == [one]
    assert await desk.numbers("operator", "evolutionRequests", filter={"search": "scanner"}) == [two]
    assert await desk.numbers("operator", "closedTickets", filter={"search": "scanner"}) == []


async def test_a_blank_search_is_ignored(desk: Desk) -> None:
    ticket = await desk.company.ticket()
    for blank in ("", "   ", "\u0000", "\u200b", None):
        assert await desk.numbers("operator", filter={"search": blank}) == [ticket]


@pytest.mark.parametrize(
    ("filter_", "order"),
    [
        ({}, [{"field": "RELEVANCE"}]),
        ({"search": " "}, [{"field": "RELEVANCE"}]),
        ({"anyOf": [{"search": "scanner"}]}, [{"field": "RELEVANCE"}]),
        ({"search": "a" * 501}, None),
        ({"search": "???"}, None),
        ({"search": "scanner"}, [{"field": "RELEVANCE"}, {"field": "RELEVANCE"}]),
    ],
)
async def test_invalid_searches_are_bad_input(desk: Desk, filter_: dict[str, Any], order: Any) -> None:
    answer = await desk.api.ask(desk.token("operator"), LIST_TICKETS, {"filter": filter_, "orderBy": order})
    assert answer.codes == ["BAD_USER_INPUT"]


ORDERS: list[Any] = [
    None,
    [{"field": "RELEVANCE", "direction": "ASC"}],
    [{"field": "RELEVANCE"}, {"field": "UPDATED_AT", "direction": "ASC"}],
    [{"field": "PRIORITY"}, {"field": "RELEVANCE"}],
    [{"field": "CLOSED_AT"}],
    [{"field": "NUMBER", "direction": "ASC"}],
]


@pytest.mark.parametrize("order", ORDERS)
async def test_pages_contain_each_ticket_once_in_both_directions(desk: Desk, order: Any) -> None:
    titles = ["Scanner", "Scanner du scanner", "Panne", "Scanner et imprimante", "Divers"]
    for place in range(15):
        await desk.company.ticket(titles[place % 5], description="Le scanner ne répond plus." if place % 2 else "Rien.")
    variables = {"filter": {"search": "scanner"}, "orderBy": order}
    expected = await desk.numbers("operator", **variables)
    assert len(expected) == len(set(expected)) == 11
    for turned, size, mark, edge in ((False, "first", "after", "endCursor"), (True, "last", "before", "startCursor")):
        seen: list[int] = []
        cursor = None
        while len(seen) < len(expected):
            page = (await desk.reads("operator", LIST_TICKETS, **variables, **{size: 5, mark: cursor}))["tickets"]
            numbers = [node["number"] for node in page["nodes"]]
            seen = [*numbers, *seen] if turned else [*seen, *numbers]
            cursor = page["pageInfo"][edge]
            await desk.company.ticket("Autre chose", description="Sans rapport.")  # a concurrent write
        assert seen == expected


async def test_a_cursor_belongs_to_its_search(desk: Desk) -> None:
    for _ in range(2):
        await desk.company.ticket("Scanner lent")
    page = await desk.reads("operator", LIST_TICKETS, filter={"search": "scanner"}, first=1)
    cursor = page["tickets"]["pageInfo"]["endCursor"]
    answer = await desk.api.ask(desk.token("operator"), LIST_TICKETS, {"filter": {"search": "lent"}, "after": cursor})
    assert answer.codes == ["BAD_USER_INPUT"]


async def test_a_page_takes_one_statement(desk: Desk, counting: Counting) -> None:
    for _ in range(3):
        await desk.company.ticket("Scanner lent")
    document = LIST_TICKETS.replace("totalCount", "")
    with counting() as one:
        await desk.reads("operator", document, filter={"search": "scanner"}, first=1)
    with counting() as many:
        await desk.reads("operator", document, filter={"search": "scanner", "not": {"search": "muet"}})
    assert (len(one), len(many)) == (1, 1)
