"""Tickets with long texts have documents in parts: a search finds what it would find in one document."""

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from osit_graphql.db.engine import Database
from osit_graphql.domain.enums import Action
from osit_graphql.services import background_jobs
from osit_graphql.services import tickets as commands
from osit_graphql.services.queries import tickets
from osit_graphql.services.queries.keyset_pagination import PageArgs
from osit_graphql.services.queries.ticket_filter import TicketFilter
from osit_graphql.services.queries.ticket_ordering import BY_UPDATED_AT, Direction, Listing, OrderField
from osit_graphql.services.tickets.qualification import Correction
from tests.company import Company, create_company
from tests.desk import Desk
from tests.search.long_tickets import count_parts, matching_tickets, say, wrong_documents
from tests.superuser import as_superuser

FILLER = "lorem ipsum dolor sit amet consectetur adipiscing elit sed eiusmod tempor incididunt labore magna aliqua"
WORDS = ("zorglub", "mizaru", "kwyjibo", "tralfam", "pc-0412", "est-ce", "son", "c++")
VIEWERS = ("operator", "developer", "requester", "everyman", "admin")
# Rows that this transaction wrote, and the octets of their words.
WRITTEN = text("""
SELECT count(*), sum(octet_length(document::text)) FROM (
    SELECT document, xmin FROM ticket_document UNION ALL SELECT document, xmin FROM ticket_document_part
) AS each WHERE xmin::text = (pg_current_xact_id()::text::bigint % 4294967296)::text
""")


def comment(place: int) -> str:
    """Return a comment of 30 words, most of them its own."""
    return f"Unique{place}x rappel{place} " + " ".join(f"{word}{place}" for word in FILLER.split() * 2)[:170]


async def test_words_of_300_comments_find_their_ticket(desk: Desk) -> None:
    company = desk.company
    ticket, other = await company.ticket("Écran noir"), await company.ticket("Écran blanc")
    await say(company, ticket, [comment(place) for place in range(300)])
    await desk.does("developer", Action.COMMENT, ticket, comment="Entre nous : zorglub.", internal=True)
    assert 20 < await count_parts(company.database, ticket) < 60
    for search, matches in (
        ("unique0x unique150x unique299x noir", [ticket]),
        ("unique0x unique300x", []),
        ("unique299x -unique0x", []),
        ("unique299x -unique300x", [ticket]),
        ("écran -unique299x", [other]),
        ('"unique7x rappel7" "unique288x rappel288"', [ticket]),
        ('"unique7x rappel8"', []),
        ("unique7x unique300x or unique288x noir", [ticket]),
        ("-unique7x", [other]),
        ("unique7x zorglub", [ticket]),
    ):
        assert await desk.numbers("operator", filter={"search": search}) == matches, search
        of_requester = [] if "zorglub" in search else matches
        assert await desk.numbers("requester", filter={"search": search}) == of_requester, search
    assert await desk.numbers("operator", filter={"not": {"search": "unique299x"}}) == [other]


async def write(company: Company) -> None:
    """Write tickets of one part and of several, whose words are in public and internal comments of all parts."""
    for place in range(6):
        requester = ("requester", "everyman")[place % 2]
        ticket = await company.ticket(f"Panne {WORDS[place]}", requester=requester, service="Développement")
        comments = [comment(each) for each in range(0 if place == 5 else 30)]
        for index, word in enumerate(WORDS[place % 3 :: 2]):
            comments.insert((index * 11 + place) % (len(comments) + 1), f"Voir {word} {WORDS[index]} ici.")
        await say(company, ticket, comments, internal=range(place, len(comments), 6) if place % 3 else ())
        assert (await count_parts(company.database, ticket) > 2) is (place != 5)


TERM = st.sampled_from(("", "", "-")), st.sampled_from((*WORDS, "panne", "voir", "unique3x", '"voir zorglub"', "or"))
SEARCHES = st.lists(st.tuples(*TERM), min_size=1, max_size=5).map(lambda terms: " ".join(map("".join, terms)))
RELEVANCE = (OrderField.RELEVANCE, Direction.ASC)


@pytest.fixture(scope="module")
def shared() -> dict[str, Company]:
    """Return a holder of the company that all examples share."""
    return {}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@example(search="-zorglub or est-ce", who="requester")
@given(search=SEARCHES, who=st.sampled_from(VIEWERS))
async def test_a_search_matches_as_in_one_document(
    database: Database, shared: dict[str, Company], search: str, who: str
) -> None:
    if not shared:
        shared["company"] = await create_company(database)
        await write(shared["company"])
    viewer = shared["company"].viewers[who]
    expected = await matching_tickets(database, search, internals=who in {"operator", "developer"})
    async with database.reading(viewer) as session:
        visible = {row.id for row in (await tickets.page(session, viewer, Listing(), PageArgs(), ())).rows}
        for order in ((), BY_UPDATED_AT, (RELEVANCE,), ((OrderField.PRIORITY, Direction.DESC), RELEVANCE)):
            page = await tickets.page(
                session, viewer, Listing(None, TicketFilter(search=search), order), PageArgs(), ()
            )
            matches = [row.id for row in page.rows]
            assert len(matches) == len(set(matches))
            assert set(matches) == expected & visible


async def test_a_comment_writes_a_bounded_number_of_words(company: Company) -> None:
    """However many comments stand; the first internal one among them too."""
    database, viewer = company.database, company.viewers["developer"]
    ticket = await company.ticket()
    written = []
    for start in range(0, 400, 80):
        await say(company, ticket, [comment(place) for place in range(start, start + 80)])
        async with as_superuser(database).transaction(viewer) as session:
            await commands.comment(commands.CommandContext(session, viewer), ticket, comment=comment(1), internal=True)
            written.append(tuple((await session.execute(WRITTEN)).one()))
    assert all(1 <= rows <= 4 and octets < 20_000 for rows, octets in written), written
    assert 30 < await count_parts(database, ticket) < 60


async def test_qualifying_a_long_ticket_writes_its_first_part(desk: Desk) -> None:
    ticket = await desk.company.ticket("Moniteur noir")
    await say(desk.company, ticket, [comment(place) for place in range(60)], internal=(40,))
    viewer = desk.company.viewers["developer"]
    async with as_superuser(desk.company.database).transaction(viewer) as session:
        correction = Correction(title="Onduleur éteint")
        await commands.qualify(commands.CommandContext(session, viewer), ticket, correction, comment="Mal compris.")
        rows, octets = (await session.execute(WRITTEN)).one()
        assert (rows, octets < 20_000) == (3, True)
        assert await wrong_documents(session) == []
    for search, matches in (("moniteur", []), ("onduleur unique59x", [ticket]), ("éteint compris", [ticket])):
        assert await desk.numbers("operator", filter={"search": search}) == matches


async def test_titles_rank_above_many_comments(desk: Desk) -> None:
    titled, commented = await desk.company.ticket("Le scanner"), await desk.company.ticket("Divers")
    await say(desk.company, commented, ["Le scanner, ce scanner. " + comment(place) for place in range(40)])
    await say(desk.company, titled, [comment(place) for place in range(40)])
    for order in (None, [{"field": "RELEVANCE"}, {"field": "NUMBER"}]):
        assert await desk.numbers("operator", filter={"search": "scanner"}, orderBy=order) == [titled, commented]


async def test_internal_parts_do_not_change_the_order_of_requesters(desk: Desk) -> None:
    first, second = [await desk.company.ticket("Divers") for _ in range(2)]
    for ticket in (first, second):
        await say(desk.company, ticket, [comment(0), "Voir zorglub.", *map(comment, range(1, 30))])
    await say(desk.company, first, ["zorglub " * 9], internal=(0,))
    for order in (None, [{"field": "RELEVANCE"}, {"field": "NUMBER", "direction": "DESC"}]):
        search: dict[str, Any] = {"filter": {"search": "zorglub"}, "orderBy": order}
        assert await desk.numbers("operator", **search) == [first, second]
        assert await desk.numbers("requester", **search) == [second, first]


async def test_a_long_ticket_of_the_previous_version_is_split_by_the_rebuild(desk: Desk) -> None:
    """Before migration 0025, all texts were in one document. Its next comment begins another part."""
    database = desk.company.database
    short, long = await desk.company.ticket("Écran noir"), await desk.company.ticket("Écran blanc")
    await say(desk.company, long, [comment(place) for place in range(40)], internal=(3, 30))
    async with as_superuser(database).transaction() as session:
        await session.execute(text("DELETE FROM ticket_document_part"))
        await session.execute(
            text("UPDATE ticket_document SET long = false, size = 0, document = osit_document(ticket_id, internal)")
        )
        await session.execute(text("INSERT INTO search_rebuild VALUES (:below)"), {"below": long + 1})
    for _ in range(2):
        assert await desk.numbers("operator", filter={"search": "unique0x unique30x -unique40x"}) == [long]
        assert await desk.numbers("requester", filter={"search": "unique0x unique30x"}) == []
        assert await background_jobs.rebuild_search_documents(database, pause=0) in {2, 0}
    assert await count_parts(database, long) > 3
    assert await count_parts(database, short) == 0
    async with as_superuser(database).transaction() as session:
        assert await wrong_documents(session) == []
