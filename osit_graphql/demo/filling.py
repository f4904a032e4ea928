"""Filling an empty database with the company's year."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from osit_graphql.db.engine import Database
from osit_graphql.demo import year
from osit_graphql.demo.accounts import PASSWORD
from osit_graphql.demo.company import PEOPLE
from osit_graphql.demo.hours import END, Hours
from osit_graphql.demo.presence import holds_nothing
from osit_graphql.demo.settlement import retire, settle
from osit_graphql.demo.stage import Progress, Stage
from osit_graphql.domain import clock
from osit_graphql.domain.enums import Role
from osit_graphql.domain.errors import SetupError
from osit_graphql.domain.viewer import System
from osit_graphql.services.auth import password_hashing

CHAIR = next(person for person in PEOPLE if Role.MANAGER in person.roles)


async def fill(
    database: Database,
    *,
    zone: ZoneInfo,
    today: date,
    progress: Progress | None,
    now: datetime | None,
) -> None:
    """Do what `demo.fill` says."""
    script = year.write()
    hours = Hours(zone, today, now or clock.now())
    password_hash = await password_hashing.hash_password(PASSWORD)
    async with database.transaction(System.DEMO) as session:
        if not await holds_nothing(session):
            raise SetupError("The demo company fills an empty database only, and this one already holds something.")
        directory = await settle(session, today, password_hash)
        stage = Stage(session, directory, hours)
        await stage.play(script, progress)
        await stage.sittings.call_next(directory.viewer(CHAIR), hours.moment(END - 1))
        await retire(session, directory)
