"""Detects whether a database is empty, or holds the demo company."""

from sqlalchemy import exists, literal, or_, select

from osit_graphql.db.engine import Database, Session
from osit_graphql.db.models import Application, Cause, Person, Service, Site
from osit_graphql.demo.company import ACCOUNTS
from osit_graphql.domain.viewer import System

# Each ticket refers to a person, a service, a site and an application: without those there is no ticket.
_DIRECTORY_TABLES = (Person, Service, Site, Application, Cause)


async def is_empty(database: Database) -> bool:
    """Whether the directory has no row, hence the database no ticket."""
    async with database.reading(System.DEMO) as session:
        return await has_no_rows(session)


async def is_demo(database: Database) -> bool:
    """Whether all demo accounts exist; their e-mail domain is reserved."""
    emails = [account.email for account in ACCOUNTS]
    statement = select(Person.email).where(Person.email.in_(emails))
    async with database.reading(System.DEMO) as session:
        return len((await session.execute(statement)).all()) == len(emails)


async def has_no_rows(session: Session) -> bool:
    """Whether the directory has no row."""
    any_row = or_(*(exists(select(literal(1)).select_from(table)) for table in _DIRECTORY_TABLES))
    return not await session.scalar(select(any_row))
