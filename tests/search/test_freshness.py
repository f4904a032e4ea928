"""What is searched is kept up in the transaction of what it says, whichever door wrote it, and nothing drifts."""

from sqlalchemy import text

from osit_graphql.db.engine import Database
from osit_graphql.domain.enums import Action
from osit_graphql.services import tickets as verbs
from osit_graphql.services.queries import tickets
from osit_graphql.services.queries.keyset_pagination import PageArgs
from osit_graphql.services.queries.ticket_filter import TicketFilter
from osit_graphql.services.queries.ticket_ordering import Listing
from osit_graphql.services.tickets.qualification import Correction
from tests.company import Company
from tests.desk import Desk
from tests.superuser import as_superuser

DRIFTED = text("SELECT ticket_id, internal FROM ticket_document WHERE document <> osit_document(ticket_id, internal)")
READERS = text(
    "SELECT id, count(*) FILTER (WHERE NOT internal), count(*) FILTER (WHERE NOT superseded)"
    " FROM ticket JOIN ticket_document ON ticket_id = id GROUP BY id"
)
PEOPLE = text("SELECT name FROM person WHERE search_text <> osit_person(name, email, phone)")


async def check(database: Database) -> int:
    """See that every document is what it would be made anew, one for each kind of reader; return how many there are."""
    async with as_superuser(database).reading() as session:
        assert (await session.execute(DRIFTED)).all() == []
        assert (await session.execute(PEOPLE)).all() == []
        rows = (await session.execute(READERS)).all()
        assert all(tuple(row)[1:] == (1, 1) for row in rows)
        return int(await session.scalar(text("SELECT count(*) FROM ticket_document")) or 0)


async def test_it_is_found_before_its_transaction_ends(company: Company) -> None:
    number = await company.ticket("Écran noir")
    viewer = company.viewers["developer"]
    async with company.database.transaction(viewer) as session:
        context = verbs.CommandContext(session, viewer)

        async def found(search: str) -> list[int]:
            listing = Listing(None, TicketFilter(search=search))
            return [row.id for row in (await tickets.page(session, viewer, listing, PageArgs(), ())).rows]

        await verbs.comment(context, number, comment="Alimentation morte.", internal=True)
        assert await found("alimentations") == [number]
        await verbs.qualify(context, number, Correction(title="Onduleur éteint"), comment="Mal compris.")
        assert await found("onduleurs compris alimentation") == [number]
        assert await found("noir") == []


async def test_nothing_drifts(desk: Desk) -> None:
    one, two = await desk.company.ticket("Écran noir"), await desk.company.ticket("Souris lente")
    assert await check(desk.company.database) == 2
    for number in (one, two):
        await desk.does("developer", Action.COMMENT, number, comment="Premier, ouvert à tous.")
        await desk.does("developer", Action.COMMENT, number, comment="Deuxième, entre nous.", internal=True)
        await desk.does("operator", Action.COMMENT, number, comment="Troisième, ouvert.")
        await desk.does("developer", Action.COMMENT, number, comment="Quatrième, entre nous.", internal=True)
    await desk.does("developer", Action.QUALIFY, one, title="Écran blanc", description="Autre chose.")
    await desk.does("developer", Action.REROUTE, two, comment="C'est le réseau.")
    await desk.does("operator", Action.CREATE, comment="Elle a rappelé.")
    assert await check(desk.company.database) == 5


async def test_what_is_refused_leaves_nothing_to_find(desk: Desk) -> None:
    ticket = await desk.company.ticket("Écran noir")
    await desk.is_refused("developer", Action.QUALIFY, ticket, title="Alimentation", comment=" ")
    assert await desk.numbers("operator", filter={"search": "alimentation"}) == []
