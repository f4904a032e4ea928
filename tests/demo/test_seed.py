"""Seeding: an empty database only, in one transaction, the same year each time except for its dates; history sealed."""

import re
from datetime import date, datetime

import pytest

from osit_graphql import demo
from osit_graphql.db.engine import Database, Session
from osit_graphql.db.models import Base
from osit_graphql.demo import timeline
from osit_graphql.domain.errors import SetupError
from osit_graphql.services import audit
from tests.company import Company
from tests.demo.conftest import NOW, PARIS
from tests.demo.queries import fetch_rows, fetch_value
from tests.superuser import Superuser

MONDAY = datetime(2027, 3, 1, 11, 5, tzinfo=PARIS)


async def count_rows(database: Database) -> dict[str, int]:
    """Return the number of rows of each table."""
    return {name: await fetch_value(database, f"SELECT count(*) FROM {name}") for name in Base.metadata.tables}


async def test_a_database_with_rows_is_refused(company: Company, database: Database) -> None:
    before = await count_rows(database)
    with pytest.raises(SetupError, match=r"^[^.]+\.$"):
        await demo.fill(database, zone=PARIS, today=NOW.date(), now=NOW)
    assert await count_rows(database) == before
    assert not await demo.is_empty(database)
    assert not await demo.is_demo(database)


@pytest.mark.parametrize("table", ["site", "service", "application", "cause"])
async def test_a_single_directory_row_makes_a_database_non_empty(
    database: Database, admin: Superuser, table: str
) -> None:
    assert await demo.is_empty(database)
    async with admin.transaction() as session:
        await insert_named_row(session, table)
    assert not await demo.is_empty(database)


async def insert_named_row(session: Session, table: str) -> None:
    """Insert one row with a name."""
    await session.execute(Base.metadata.tables[table].insert().values(name="Seul", name_key="seul"))


async def test_a_failed_seed_leaves_no_rows(database: Database) -> None:
    def fail(done: int, total: int) -> None:
        if done == total // 4:
            raise LookupError("half way")

    with pytest.raises(LookupError, match="half way"):
        await demo.fill(database, zone=PARIS, today=NOW.date(), now=NOW, progress=fail)
    assert await demo.is_empty(database)
    assert set((await count_rows(database)).values()) == {0}


def test_the_timeline_is_the_same_every_time() -> None:
    assert timeline.generate() == timeline.generate()


async def test_only_dates_differ_on_another_day(demo_database: Database, database: Database) -> None:
    progress_calls: list[tuple[int, int]] = []
    await demo.fill(
        database, zone=PARIS, today=MONDAY.date(), now=MONDAY, progress=lambda *step: progress_calls.append(step)
    )
    assert progress_calls[-1][0] == progress_calls[-1][1] == len(progress_calls)
    # Rollups depend on dates, seals on every column: PostgreSQL derives both from the other tables.
    derived = {"report_delta", "cost_cell", "recurrence_cell", "occurrence", "seal"}
    derived |= {"flow_event", "flow_delta", "flow_cell", "directory_seal"}
    sign_ins = {"session_token", "sign_in_mark"}  # written by other tests on the demo database
    assert [await fetch_value(database, f"SELECT count(*) FROM {name}") for name in sign_ins] == [0, 0]
    for table in (table for name, table in Base.metadata.tables.items() if name not in derived | sign_ins):
        varying = {"password_hash", "list_moment", "transaction_id", "effective_from", "hourly_rate", "labour"}
        varying |= {"fields"}  # of a change of the directory: dates of rates among others
        columns = [c.name for c in table.c if c.name not in varying and not re.search(r"_(at|on)$", c.name)]
        statement = f"SELECT {', '.join(columns)} FROM {table.name} ORDER BY {', '.join(columns[:2])}"
        first, second = await fetch_rows(demo_database, statement), await fetch_rows(database, statement)
        differing = [pair for pair in zip(first, second, strict=True) if pair[0] != pair[1]]
        assert differing[:2] == [], table.name  # two pairs only: pytest's diff of thousands of rows is slow
    last = await fetch_value(database, "SELECT max(created_at) FROM activity")
    assert last <= MONDAY
    assert last.astimezone(PARIS).date() == date(2027, 3, 1)


async def test_the_history_matches_its_seals(demo_database: Database) -> None:
    slices = await audit.list_slices(demo_database)
    [part] = [part async for part in audit.verify(demo_database, slices)]
    assert part.differences == []
    assert part.seals > part.tickets > 0
