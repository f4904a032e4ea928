"""Fills an empty database with the demo company's year."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from osit_graphql.db.engine import Database
from osit_graphql.demo import timeline
from osit_graphql.demo.company import MANAGERS, PASSWORD
from osit_graphql.demo.detection import has_no_rows
from osit_graphql.demo.directory import deactivate_former_employees, insert_directory
from osit_graphql.demo.replay import EventReplay, Progress
from osit_graphql.demo.working_hours import END_MINUTE, WorkingCalendar
from osit_graphql.domain import clock
from osit_graphql.domain.errors import SetupError
from osit_graphql.domain.viewer import System
from osit_graphql.services.auth import password_hashing


async def fill(
    database: Database, *, zone: ZoneInfo, today: date, progress: Progress | None = None, now: datetime | None = None
) -> None:
    """Fill an empty, migrated database with the company's last twelve months, in one transaction.

    Each run writes the same year; only the dates differ. The year ends on `today`, not after `now` (the clock's by
    default). Early in the morning and on days off it ends on the previous working day. `progress` is called with the
    number of events done and the total. Raises `SetupError` when the database is not empty.
    """
    events = timeline.generate()
    calendar = WorkingCalendar(zone, today, now or clock.now())
    password_hash = await password_hashing.hash_password(PASSWORD)
    async with database.transaction(System.DEMO) as session:
        if not await has_no_rows(session):
            raise SetupError("The demo company needs an empty database, and this one has rows.")
        directory = await insert_directory(session, today, password_hash)
        replay = EventReplay(session, directory, calendar)
        await replay.run(events, progress)
        await replay.meetings.schedule_next(directory.viewer(MANAGERS[0]), calendar.moment(END_MINUTE - 1))
        await deactivate_former_employees(session, directory)
