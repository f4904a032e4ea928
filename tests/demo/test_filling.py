"""Filling: an empty database only, whole or not at all, the same every time but for its dates."""

import re
from datetime import date, datetime

import pytest

from osit_graphql import demo
from osit_graphql.db.engine import Database, Session
from osit_graphql.db.models import Base
from osit_graphql.demo import year
from osit_graphql.domain.errors import SetupError
from tests.behind import Behind
from tests.company import Company
from tests.demo.conftest import NOW, PARIS
from tests.demo.rows import read, value

MONDAY = datetime(2027, 3, 1, 11, 5, tzinfo=PARIS)


async def count(database: Database) -> dict[str, int]:
    """Return how many rows each table has."""
    return {name: await value(database, f"SELECT count(*) FROM {name}") for name in Base.metadata.tables}


async def test_a_company_that_works_is_left_alone(company: Company, database: Database) -> None:
    before = await count(database)
    with pytest.raises(SetupError, match=r"^[^.]+\.$"):
        await demo.fill(database, zone=PARIS, today=NOW.date(), now=NOW)
    assert await count(database) == before
    assert not await demo.is_empty(database)
    assert not await demo.is_demo(database)


@pytest.mark.parametrize("table", ["site", "service", "application", "cause"])
async def test_a_single_row_of_the_directory_is_enough(database: Database, admin: Behind, table: str) -> None:
    assert await demo.is_empty(database)
    async with admin.transaction() as session:
        await insert_name(session, table)
    assert not await demo.is_empty(database)


async def insert_name(session: Session, table: str) -> None:
    """Write one named row."""
    await session.execute(Base.metadata.tables[table].insert().values(name="Seul", name_key="seul"))


async def test_a_failure_half_way_leaves_nothing(database: Database) -> None:
    def fail(done: int, total: int) -> None:
        if done == total // 4:
            raise LookupError("half way")

    with pytest.raises(LookupError, match="half way"):
        await demo.fill(database, zone=PARIS, today=NOW.date(), now=NOW, progress=fail)
    assert await demo.is_empty(database)
    assert set((await count(database)).values()) == {0}


def test_the_script_is_the_same_every_time() -> None:
    assert year.write() == year.write()


async def test_another_day_differs_by_its_dates_only(filled: Database, database: Database) -> None:
    heard: list[tuple[int, int]] = []
    await demo.fill(database, zone=PARIS, today=MONDAY.date(), now=MONDAY, progress=lambda *done: heard.append(done))
    assert heard[-1][0] == heard[-1][1] == len(heard)
    # What reports are kept ready in is made of days, and seals of every word: PostgreSQL makes both of the rest.
    derived = {"report_delta", "cost_cell", "recurrence_cell", "occurrence", "seal"}
    derived |= {"flow_event", "flow_delta", "flow_cell"}
    for table in (table for name, table in Base.metadata.tables.items() if name not in derived):
        moved = {"password_hash", "list_moment", "transaction_id", "effective_from", "hourly_rate", "labour"}
        kept = [c.name for c in table.c if c.name not in moved and not re.search(r"_(at|on)$", c.name)]
        statement = f"SELECT {', '.join(kept)} FROM {table.name} ORDER BY {', '.join(kept[:2])}"
        one, other = await read(filled, statement), await read(database, statement)
        differing = [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]  # thousands of rows: no diff
        assert differing[:2] == [], table.name
    last = await value(database, "SELECT max(created_at) FROM activity")
    assert last <= MONDAY
    assert last.astimezone(PARIS).date() == date(2027, 3, 1)
