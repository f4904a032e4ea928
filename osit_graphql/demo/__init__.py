"""The demo company: one believable year of a call desk, in French, for whoever wants to try OSIT."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import exists, literal, or_, select

from osit_graphql.database import Database, Session
from osit_graphql.demo import year
from osit_graphql.demo.accounts import ACCOUNTS, PASSWORD, DemoAccount
from osit_graphql.demo.company import PEOPLE
from osit_graphql.demo.hours import END, Hours
from osit_graphql.demo.settlement import retire, settle
from osit_graphql.demo.stage import Progress, Stage
from osit_graphql.errors import SetupError
from osit_graphql.models import Application, Cause, Person, Service, Site
from osit_graphql.services import clock, passwords
from osit_graphql.viewer import System
from osit_graphql.vocabulary import Role

__all__ = ["ACCOUNTS", "PASSWORD", "DemoAccount", "fill", "is_demo", "is_empty"]

CHAIR = next(person for person in PEOPLE if Role.MANAGER in person.roles)

# Whatever anybody could have written: no ticket stands without a person, a service, a site and an application.
_WRITTEN_FIRST = (Person, Service, Site, Application, Cause)


async def fill(
    database: Database,
    *,
    zone: ZoneInfo,
    today: date,
    progress: Progress | None = None,
    now: datetime | None = None,
) -> None:
    """Fill an empty, migrated database with the company's last twelve months, whole or not at all.

    The same every time but for its dates, which end on `today`, never after `now` (the clock's unless given); early in
    the morning and at the weekend they end on the working day before. `progress` hears steps done and steps in all.
    Raises `SetupError` when the database is not empty.
    """
    script = year.write()
    hours = Hours(zone, today, now or clock.now())
    password_hash = await passwords.hash_password(PASSWORD)
    async with database.transaction(System.DEMO) as session:
        if not await _holds_nothing(session):
            raise SetupError("The demo company fills an empty database only, and this one already holds something.")
        directory = await settle(session, today, password_hash)
        stage = Stage(session, directory, hours)
        await stage.play(script, progress)
        await stage.sittings.call_next(directory.viewer(CHAIR), hours.moment(END - 1))
        await retire(session, directory)


async def is_empty(database: Database) -> bool:
    """Whether nothing was ever written in the directory, hence no ticket either."""
    async with database.reading(System.DEMO) as session:
        return await _holds_nothing(session)


async def is_demo(database: Database) -> bool:
    """Whether this is the demo company: all its accounts are there, and their domain is nobody's."""
    addresses = [account.email for account in ACCOUNTS]
    found = select(Person.email).where(Person.email.in_(addresses))
    async with database.reading(System.DEMO) as session:
        return len((await session.execute(found)).all()) == len(addresses)


async def _holds_nothing(session: Session) -> bool:
    anything = or_(*(exists(select(literal(1)).select_from(table)) for table in _WRITTEN_FIRST))
    return not await session.scalar(select(anything))
