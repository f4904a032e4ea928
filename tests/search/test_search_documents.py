"""Each transaction updates the search documents of its tickets, so that they match recomputed ones."""

from sqlalchemy import text

from osit_graphql.db.engine import Database
from osit_graphql.domain.enums import Action
from osit_graphql.services import background_jobs
from osit_graphql.services import tickets as commands
from osit_graphql.services.queries import tickets
from osit_graphql.services.queries.keyset_pagination import PageArgs
from osit_graphql.services.queries.ticket_filter import TicketFilter
from osit_graphql.services.queries.ticket_ordering import Listing
from osit_graphql.services.tickets.qualification import Correction
from tests.company import Company
from tests.desk import Desk
from tests.search.long_tickets import wrong_documents
from tests.superuser import as_superuser

OUTDATED_PEOPLE = text("SELECT name FROM person WHERE search_text <> osit_person(name, email, phone)")


async def check_documents(database: Database) -> int:
    """Check that each document matches a recomputed one, one for each kind of reader; return their number."""
    async with as_superuser(database).transaction() as session:
        assert await wrong_documents(session) == []
        assert (await session.execute(OUTDATED_PEOPLE)).all() == []
        return int(await session.scalar(text("SELECT count(*) FROM ticket_document")) or 0)


async def test_a_ticket_matches_within_its_transaction(company: Company) -> None:
    number = await company.ticket("Écran noir")
    viewer = company.viewers["developer"]
    async with company.database.transaction(viewer) as session:
        context = commands.CommandContext(session, viewer)

        async def search_numbers(search: str) -> list[int]:
            listing = Listing(None, TicketFilter(search=search))
            return [row.id for row in (await tickets.page(session, viewer, listing, PageArgs(), ())).rows]

        await commands.comment(context, number, comment="Alimentation morte.", internal=True)
        assert await search_numbers("alimentations") == [number]
        await commands.qualify(context, number, Correction(title="Onduleur éteint"), comment="Mal compris.")
        assert await search_numbers("onduleurs compris alimentation") == [number]
        assert await search_numbers("noir") == []


async def test_search_documents_match_recomputed_ones(desk: Desk) -> None:
    one, two = await desk.company.ticket("Écran noir"), await desk.company.ticket("Souris lente")
    assert await check_documents(desk.company.database) == 2
    for number in (one, two):
        await desk.does("developer", Action.COMMENT, number, comment="Premier, ouvert à tous.")
        await desk.does("developer", Action.COMMENT, number, comment="Deuxième, entre nous.", internal=True)
        await desk.does("operator", Action.COMMENT, number, comment="Troisième, ouvert.")
        await desk.does("developer", Action.COMMENT, number, comment="Quatrième, entre nous.", internal=True)
    await desk.does("developer", Action.QUALIFY, one, title="Écran blanc", description="Autre chose.")
    await desk.does("developer", Action.REROUTE, two, comment="C'est le réseau.")
    await desk.does("operator", Action.CREATE, comment="Elle a rappelé.")
    assert await check_documents(desk.company.database) == 5


async def test_outdated_documents_are_rebuilt_in_batches(desk: Desk) -> None:
    numbers = [await desk.company.ticket(f"Souris {place}") for place in range(5)]
    await desk.does("developer", Action.COMMENT, numbers[0], comment="Entre nous.", internal=True)
    database = desk.company.database
    async with as_superuser(database).transaction() as session:
        await session.execute(text("UPDATE ticket_document SET document = ''"))
        await session.execute(text("INSERT INTO search_rebuild VALUES (:below)"), {"below": numbers[-1]})
    assert await background_jobs.rebuild_search_documents(database, batch=3, pause=0) == 4
    assert await desk.numbers("operator", filter={"search": "souris"}) == numbers[-2::-1], "not the last one"
    async with as_superuser(database).transaction() as session:
        await session.execute(text("INSERT INTO search_rebuild VALUES (:below)"), {"below": numbers[-1] + 1})
    assert await background_jobs.rebuild_search_documents(database) == 5
    assert await background_jobs.rebuild_search_documents(database) == 0, "nothing is left"
    assert await check_documents(database) == 6


async def test_one_process_rebuilds_documents_at_a_time(desk: Desk) -> None:
    number = await desk.company.ticket()
    database = desk.company.database
    async with as_superuser(database).transaction() as session:
        await session.execute(text("INSERT INTO search_rebuild VALUES (:below)"), {"below": number + 1})
    async with as_superuser(database).transaction() as session:
        await session.execute(text("SELECT FROM search_rebuild FOR UPDATE"))
        assert await background_jobs.rebuild_search_documents(database) == 0
    assert await background_jobs.rebuild_search_documents(database) == 1


async def test_a_refused_command_changes_no_search_document(desk: Desk) -> None:
    ticket = await desk.company.ticket("Écran noir")
    await desk.is_refused("developer", Action.QUALIFY, ticket, title="Alimentation", comment=" ")
    assert await desk.numbers("operator", filter={"search": "alimentation"}) == []
