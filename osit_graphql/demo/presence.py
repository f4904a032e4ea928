"""Whether a database holds the demo company, or nothing at all."""

from sqlalchemy import exists, literal, or_, select

from osit_graphql.db.engine import Database, Session
from osit_graphql.db.models import Application, Cause, Person, Service, Site
from osit_graphql.demo.accounts import ACCOUNTS
from osit_graphql.domain.viewer import System

# Whatever anybody could have written: no ticket stands without a person, a service, a site and an application.
_WRITTEN_FIRST = (Person, Service, Site, Application, Cause)


async def is_empty(database: Database) -> bool:
    """Whether nothing was ever written in the directory, hence no ticket either."""
    async with database.reading(System.DEMO) as session:
        return await holds_nothing(session)


async def is_demo(database: Database) -> bool:
    """Whether this is the demo company: all its accounts are there, and their domain is nobody's."""
    addresses = [account.email for account in ACCOUNTS]
    found = select(Person.email).where(Person.email.in_(addresses))
    async with database.reading(System.DEMO) as session:
        return len((await session.execute(found)).all()) == len(addresses)


async def holds_nothing(session: Session) -> bool:
    """Whether nothing was ever written that a ticket could stand on."""
    anything = or_(*(exists(select(literal(1)).select_from(table)) for table in _WRITTEN_FIRST))
    return not await session.scalar(select(anything))
