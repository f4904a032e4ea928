"""A text that a viewer may not read changes no match, order or count of theirs."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from osit_graphql.db.engine import Database
from osit_graphql.domain import clock
from osit_graphql.domain.enums import Action, Role
from osit_graphql.services.queries import tickets
from osit_graphql.services.queries.keyset_pagination import PageArgs
from osit_graphql.services.queries.ticket_filter import TicketFilter
from osit_graphql.services.queries.ticket_ordering import BY_UPDATED_AT, Direction, Listing, Order, OrderField
from osit_graphql.services.tickets import comment
from tests.company import Company, create_company
from tests.desk import Desk

WORDS = ("zorglub", "mizaru", "kwyjibo", "tralfam")
VIEWERS = ("operator", "developer", "network", "requester", "colleague", "manager", "admin", "twofold", "everyman")
LIST_TICKETS = """query ($search: String) { tickets(filter: {search: $search}) { totalCount edges { cursor node { number
  title } } pageInfo { hasNextPage startCursor endCursor } } }"""
WORST_FIRST = LIST_TICKETS.replace("$search})", "$search}, orderBy: [{field: RELEVANCE, direction: ASC}])")
SIMILAR_TICKETS = """query ($to: SimilarTo!) { similarTickets(to: $to, first: 50) { score ticket { number title } } }"""


@pytest.mark.parametrize(
    ("who", "matches"),
    [("operator", True), ("developer", True), ("manager", True), ("requester", False), ("twofold", True)],
)
async def test_only_readers_of_internal_comments_search_them(desk: Desk, who: str, matches: bool) -> None:
    ticket = await desk.company.ticket("Écran noir")
    await desk.does("developer", Action.COMMENT, ticket, comment="Le demandeur est zorglub.", internal=True)
    await desk.does("developer", Action.COMMENT, ticket, comment="Rappelé mizaru.")
    assert await desk.numbers(who, filter={"search": "zorglub"}) == ([ticket] if matches else [])
    assert await desk.numbers(who, filter={"search": "mizaru -zorglub"}) == ([] if matches else [ticket])
    assert await desk.numbers(who, filter={"not": {"search": "zorglub"}}) == ([] if matches else [ticket])
    assert await desk.numbers(who, filter={"search": "mizaru noir"}) == [ticket]


async def test_internal_comments_match_only_on_tickets_of_the_service(desk: Desk) -> None:
    """The viewer `everyman` is the requester of one ticket and a technician of the other's service."""
    own = await desk.company.ticket("Écran noir", requester="everyman")
    served = await desk.company.ticket("Écran blanc", service="Réseau")
    await desk.does("developer", Action.COMMENT, own, comment="Voir zorglub.", internal=True)
    await desk.does("network", Action.COMMENT, served, comment="Voir zorglub.", internal=True)
    assert await desk.numbers("everyman", filter={"search": "zorglub"}) == [served]
    assert await desk.numbers("everyman", filter={"search": "écran -zorglub"}) == [own]
    assert sorted(await desk.numbers("everyman", filter={"search": "écran"})) == [own, served]


@dataclass(frozen=True)
class OracleTicket:
    """A ticket of the oracle: its requester, its service, its public and internal words."""

    number: int
    requester: str
    service: str
    public: frozenset[str]
    internal: frozenset[str]

    def words_for(self, company: Company, who: str) -> frozenset[str] | None:
        """Return the words that a viewer reads, None without visibility: a second statement of the permissions."""
        viewer = company.viewers[who]
        served = Role.TECHNICIAN in viewer.roles and company.keys[self.service] == viewer.service_id
        if served or viewer.roles & {Role.OPERATOR, Role.MANAGER}:
            return self.public | self.internal
        return self.public if Role.REQUESTER in viewer.roles and self.requester == who else None


async def write(company: Company) -> list[OracleTicket]:
    """Write tickets with all pairs of words, public or internal, for several requesters and services."""
    oracle_tickets = []
    places = [(a, b) for a in WORDS[:3] for b in WORDS if a != b]
    for index, (title, hidden) in enumerate(places):
        requester = ("requester", "colleague", "everyman")[index % 3]
        service = ("Développement", "Réseau")[index // 3 % 2]
        number = await company.ticket(f"Panne {title}", requester=requester, service=service)
        internal = index % 4 != 0
        await company.do("operator", comment, number, comment=f"Note {hidden}.", internal=internal)
        public = {title} | (set() if internal else {hidden})
        oracle_tickets.append(
            OracleTicket(number, requester, service, frozenset(public), frozenset({hidden} if internal else ()))
        )
    return oracle_tickets


ORDERS: tuple[Order, ...] = ((), BY_UPDATED_AT, ((OrderField.RELEVANCE, Direction.ASC),))
QUERIES = st.lists(st.tuples(st.booleans(), st.sampled_from((*WORDS, "panne", "noté"))), min_size=1, max_size=3)


@pytest.fixture(scope="module")
def oracle() -> dict[str, Any]:
    """Return a holder of the oracle's company, which all examples share."""
    return {}


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@example(terms=[(False, "panne")], who="everyman", order=ORDERS[2])
@given(terms=QUERIES, who=st.sampled_from(VIEWERS), order=st.sampled_from(ORDERS))
async def test_search_matches_the_visibility_oracle(
    database: Database, oracle: dict[str, Any], terms: list[tuple[bool, str]], who: str, order: Order
) -> None:
    if not oracle:
        oracle["company"] = await create_company(database)
        oracle["tickets"] = await write(oracle["company"])
    company, viewer = oracle["company"], oracle["company"].viewers[who]
    expected = set()
    for ticket in oracle["tickets"]:
        words = ticket.words_for(company, who)
        if words is not None:
            visible_words = words | {"panne", "noté"} if ticket.internal <= words else words | {"panne"}
            if all((word in visible_words) is not negated for negated, word in terms):
                expected.add(ticket.number)
    search = " ".join(f"-{word}" if negated else word for negated, word in terms)
    listing = Listing(None, TicketFilter(search=search), order)
    async with database.reading(viewer) as session:
        page = await tickets.page(session, viewer, listing, PageArgs(first=100), ())
        total = await tickets.total_count(session, viewer, listing)
    seen = {row.id for row in page.rows}
    assert len(page.rows) == len(seen)
    assert total == len(expected)
    assert seen == expected


async def test_negated_searches_count_only_visible_tickets(company: Company) -> None:
    """A negated search does not check the visibility of documents: the list and its count do."""
    oracle_tickets, lacking = await write(company), TicketFilter(negated=TicketFilter(search="zorglub"))
    either = TicketFilter(any_of=(TicketFilter(search="zorglub"), TicketFilter(unassigned=True)))
    for who in VIEWERS:
        read = {
            ticket.number: words for ticket in oracle_tickets if (words := ticket.words_for(company, who)) is not None
        }
        without = {number for number, words in read.items() if "zorglub" not in words}
        for narrowed, expected in ((lacking, without), (either, set(read))):
            async with company.database.reading(company.viewers[who]) as session:
                page = await tickets.page(
                    session, company.viewers[who], Listing(None, narrowed), PageArgs(first=100), ()
                )
                total = await tickets.total_count(session, company.viewers[who], Listing(None, narrowed))
            assert (sorted(row.id for row in page.rows), total) == (sorted(expected), len(expected)), who


async def test_hidden_writes_do_not_change_a_response(desk: Desk) -> None:
    own = [await desk.company.ticket(f"Panne zorglub {n}", requester="requester") for n in range(3)]
    await desk.does("developer", Action.COMMENT, own[1], comment="Rappelé : zorglub encore.")

    async def read() -> list[str]:
        targets: list[Any] = [{"draft": {"title": "Panne zorglub kwyjibo"}}, {"ticketId": desk.company.id(own[0])}]
        requests = [(LIST_TICKETS, {"search": words}) for words in ("zorglub", "panne", "-kwyjibo")]
        requests.append((WORST_FIRST, {"search": "zorglub"}))
        requests += [(SIMILAR_TICKETS, {"to": to}) for to in targets]
        return [
            (await desk.api.ask(desk.token("requester"), document, variables)).text for document, variables in requests
        ]

    with clock.at(datetime.now(UTC)):
        before = await read()
        for place in range(4):
            foreign = await desk.company.ticket(f"Panne zorglub kwyjibo {place}", requester="colleague")
            await desk.does("operator", Action.COMMENT, foreign, comment="Le zorglub.", internal=True)
        await desk.does("developer", Action.COMMENT, own[2], comment="zorglub kwyjibo zorglub", internal=True)
        assert await read() == before
    assert all(f'"number":{number}' in text for number in own for text in before[:5])


@pytest.mark.parametrize(("who", "sees"), [("operator", 3), ("developer", 1), ("requester", 2), ("admin", 0)])
async def test_similar_tickets_are_visible_ones(desk: Desk, who: str, sees: int) -> None:
    for requester, service in (("requester", "Réseau"), ("requester", "Développement"), ("colleague", "Réseau")):
        await desk.company.ticket("Imprimante zorglub en panne", requester=requester, service=service)
    draft = {"draft": {"title": "Imprimante zorglub en panne"}}
    assert len((await desk.reads(who, SIMILAR_TICKETS, to=draft))["similarTickets"]) == sees


async def test_similar_tickets_of_an_invisible_ticket_are_null(desk: Desk) -> None:
    ticket = await desk.company.ticket("Imprimante zorglub", requester="colleague", service="Réseau")
    absent = desk.company.id(999)
    for who in ("requester", "developer", "admin"):
        for id_ in (desk.company.id(ticket), absent):
            assert (await desk.reads(who, SIMILAR_TICKETS, to={"ticketId": id_}))["similarTickets"] is None


async def test_internal_comments_do_not_make_tickets_similar(desk: Desk) -> None:
    for _ in range(2):
        ticket = await desk.company.ticket("Écran noir", description="Rien.", requester="requester")
        await desk.does("developer", Action.COMMENT, ticket, comment="zorglub kwyjibo", internal=True)
    for who in ("operator", "requester"):
        seen = await desk.reads(who, SIMILAR_TICKETS, to={"draft": {"title": "zorglub kwyjibo"}})
        assert seen["similarTickets"] == []
