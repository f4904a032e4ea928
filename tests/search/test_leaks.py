"""Nothing that somebody may not read makes a ticket match for them, nor moves it, nor is counted."""

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
from tests.protection import PROTECTION, RLS

WORDS = ("zorglub", "mizaru", "kwyjibo", "tralfam")
VIEWERS = ("operator", "developer", "network", "requester", "colleague", "manager", "admin", "twofold", "everyman")
LISTED = """query ($search: String) { tickets(filter: {search: $search}) { totalCount edges { cursor node { number
  title } } pageInfo { hasNextPage startCursor endCursor } } }"""
WORST_FIRST = LISTED.replace("$search})", "$search}, orderBy: [{field: RELEVANCE, direction: ASC}])")
ALIKE = """query ($to: SimilarTo!) { similarTickets(to: $to, first: 50) { score ticket { number title } } }"""


@pytest.mark.parametrize(
    ("who", "matches"),
    [("operator", True), ("developer", True), ("manager", True), ("requester", False), ("twofold", True)],
)
async def test_internal_comments_are_searched_by_whoever_reads_them(desk: Desk, who: str, matches: bool) -> None:
    ticket = await desk.company.ticket("Écran noir")
    await desk.does("developer", Action.COMMENT, ticket, comment="Le demandeur est zorglub.", internal=True)
    await desk.does("developer", Action.COMMENT, ticket, comment="Rappelé mizaru.")
    assert await desk.numbers(who, filter={"search": "zorglub"}) == ([ticket] if matches else [])
    assert await desk.numbers(who, filter={"search": "mizaru -zorglub"}) == ([] if matches else [ticket])
    assert await desk.numbers(who, filter={"not": {"search": "zorglub"}}) == ([] if matches else [ticket])
    assert await desk.numbers(who, filter={"search": "mizaru noir"}) == [ticket]


async def test_it_is_each_tickets_to_say(desk: Desk) -> None:
    """`everyman` sees one ticket as its requester and the other as a technician of the network."""
    own = await desk.company.ticket("Écran noir", requester="everyman")
    served = await desk.company.ticket("Écran blanc", service="Réseau")
    await desk.does("developer", Action.COMMENT, own, comment="Voir zorglub.", internal=True)
    await desk.does("network", Action.COMMENT, served, comment="Voir zorglub.", internal=True)
    assert await desk.numbers("everyman", filter={"search": "zorglub"}) == [served]
    assert await desk.numbers("everyman", filter={"search": "écran -zorglub"}) == [own]
    assert sorted(await desk.numbers("everyman", filter={"search": "écran"})) == [own, served]


@dataclass(frozen=True)
class Written:
    """A ticket of the oracle's: who sees it as what, and which words stand where."""

    number: int
    requester: str
    service: str
    public: frozenset[str]
    internal: frozenset[str]

    def words_for(self, company: Company, who: str) -> frozenset[str] | None:
        """Return what somebody reads of it, None when they don't see it: the law, told another way."""
        viewer = company.viewers[who]
        served = Role.TECHNICIAN in viewer.roles and company.keys[self.service] == viewer.service_id
        if served or viewer.roles & {Role.OPERATOR, Role.MANAGER}:
            return self.public | self.internal
        return self.public if Role.REQUESTER in viewer.roles and self.requester == who else None


async def write(company: Company) -> list[Written]:
    """Write every way in which two words can stand in a ticket, openly or not, for several requesters and services."""
    written = []
    places = [(a, b) for a in WORDS[:3] for b in WORDS if a != b]
    for index, (title, hidden) in enumerate(places):
        requester = ("requester", "colleague", "everyman")[index % 3]
        service = ("Développement", "Réseau")[index // 3 % 2]
        number = await company.ticket(f"Panne {title}", requester=requester, service=service)
        internal = index % 4 != 0
        await company.do("operator", comment, number, comment=f"Note {hidden}.", internal=internal)
        public = {title} | (set() if internal else {hidden})
        written.append(Written(number, requester, service, frozenset(public), frozenset({hidden} if internal else ())))
    return written


ORDERS: tuple[Order, ...] = ((), BY_UPDATED_AT, ((OrderField.RELEVANCE, Direction.ASC),))
QUERIES = st.lists(st.tuples(st.booleans(), st.sampled_from((*WORDS, "panne", "noté"))), min_size=1, max_size=3)


@pytest.fixture(scope="module")
def oracle() -> dict[str, Any]:
    """Hold the company of this module's oracle, written once for all examples."""
    return {}


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@example(terms=[(False, "panne")], who="everyman", order=ORDERS[2])
@given(terms=QUERIES, who=st.sampled_from(VIEWERS), order=st.sampled_from(ORDERS))
async def test_search_agrees_with_the_law_told_another_way(
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
            said = words | {"panne", "noté"} if ticket.internal <= words else words | {"panne"}
            if all((word in said) is not negated for negated, word in terms):
                expected.add(ticket.number)
    search = " ".join(f"-{word}" if negated else word for negated, word in terms)
    listing = Listing(None, TicketFilter(search=search), order)
    async with database.reading(viewer) as session:
        page = await tickets.page(session, viewer, listing, PageArgs(first=100), ())
        total = await tickets.total_count(session, viewer, listing)
    seen = {row.id for row in page.rows}
    assert len(page.rows) == len(seen)
    assert total == len(expected)
    # Ranked within the statement, a page joins one document of each ticket: for whoever reads one kind here and the
    # other there, the first wall alone says which, and the policy of documents empties the other.
    emptied = PROTECTION == RLS and (who, order) == ("everyman", ORDERS[2])
    assert seen <= expected if emptied else seen == expected


async def test_what_words_leave_out_is_counted_as_it_is_shown(company: Company) -> None:
    """Among what doesn't answer, the words' own law keeps nothing back: the list's does, and its count's."""
    written, lacking = await write(company), TicketFilter(negated=TicketFilter(search="zorglub"))
    either = TicketFilter(any_of=(TicketFilter(search="zorglub"), TicketFilter(unassigned=True)))
    for who in VIEWERS:
        read = {each.number: words for each in written if (words := each.words_for(company, who)) is not None}
        without = {number for number, words in read.items() if "zorglub" not in words}
        for narrowed, expected in ((lacking, without), (either, set(read))):
            async with company.database.reading(company.viewers[who]) as session:
                page = await tickets.page(
                    session, company.viewers[who], Listing(None, narrowed), PageArgs(first=100), ()
                )
                total = await tickets.total_count(session, company.viewers[who], Listing(None, narrowed))
            assert (sorted(row.id for row in page.rows), total) == (sorted(expected), len(expected)), who


async def test_what_others_write_changes_no_byte_of_what_one_reads(desk: Desk) -> None:
    own = [await desk.company.ticket(f"Panne zorglub {n}", requester="requester") for n in range(3)]
    await desk.does("developer", Action.COMMENT, own[1], comment="Rappelé : zorglub encore.")

    async def read() -> list[str]:
        alike: list[Any] = [{"draft": {"title": "Panne zorglub kwyjibo"}}, {"ticketId": desk.company.id(own[0])}]
        asked = [(LISTED, {"search": said}) for said in ("zorglub", "panne", "-kwyjibo")]
        asked.append((WORST_FIRST, {"search": "zorglub"}))
        asked += [(ALIKE, {"to": to}) for to in alike]
        return [(await desk.api.ask(desk.token("requester"), document, said)).text for document, said in asked]

    with clock.at(datetime.now(UTC)):
        before = await read()
        for place in range(4):
            foreign = await desk.company.ticket(f"Panne zorglub kwyjibo {place}", requester="colleague")
            await desk.does("operator", Action.COMMENT, foreign, comment="Le zorglub.", internal=True)
        await desk.does("developer", Action.COMMENT, own[2], comment="zorglub kwyjibo zorglub", internal=True)
        assert await read() == before
    assert all(f'"number":{number}' in text for number in own for text in before[:5])


@pytest.mark.parametrize(("who", "sees"), [("operator", 3), ("developer", 1), ("requester", 2), ("admin", 0)])
async def test_similar_tickets_are_among_those_one_sees(desk: Desk, who: str, sees: int) -> None:
    for requester, service in (("requester", "Réseau"), ("requester", "Développement"), ("colleague", "Réseau")):
        await desk.company.ticket("Imprimante zorglub en panne", requester=requester, service=service)
    draft = {"draft": {"title": "Imprimante zorglub en panne"}}
    assert len((await desk.reads(who, ALIKE, to=draft))["similarTickets"]) == sees


async def test_what_is_alike_of_a_ticket_one_does_not_see_is_null(desk: Desk) -> None:
    ticket = await desk.company.ticket("Imprimante zorglub", requester="colleague", service="Réseau")
    absent = desk.company.id(999)
    for who in ("requester", "developer", "admin"):
        for id_ in (desk.company.id(ticket), absent):
            assert (await desk.reads(who, ALIKE, to={"ticketId": id_}))["similarTickets"] is None


async def test_internal_comments_make_nothing_alike(desk: Desk) -> None:
    for _ in range(2):
        ticket = await desk.company.ticket("Écran noir", description="Rien.", requester="requester")
        await desk.does("developer", Action.COMMENT, ticket, comment="zorglub kwyjibo", internal=True)
    for who in ("operator", "requester"):
        seen = await desk.reads(who, ALIKE, to={"draft": {"title": "zorglub kwyjibo"}})
        assert seen["similarTickets"] == []
