"""The demo company: one believable year of a call desk, in French, for whoever wants to try OSIT."""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from osit_graphql.db.engine import Database
from osit_graphql.demo.accounts import ACCOUNTS, PASSWORD, DemoAccount
from osit_graphql.demo.presence import is_demo, is_empty

__all__ = ["ACCOUNTS", "PASSWORD", "DemoAccount", "fill", "is_demo", "is_empty"]


async def fill(
    database: Database,
    *,
    zone: ZoneInfo,
    today: date,
    progress: Callable[[int, int], None] | None = None,
    now: datetime | None = None,
) -> None:
    """Fill an empty, migrated database with the company's last twelve months, whole or not at all.

    The same every time but for its dates, which end on `today`, never after `now` (the clock's unless given); early in
    the morning and at the weekend they end on the working day before. `progress` hears steps done and steps in all.
    Raises `SetupError` when the database is not empty.
    """
    from osit_graphql.demo import filling  # noqa: PLC0415 - the year is slow to load, and told once

    await filling.fill(database, zone=zone, today=today, progress=progress, now=now)
