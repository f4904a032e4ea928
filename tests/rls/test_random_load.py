"""Who is asking never survives their request; 20,000 of them are `python -m benchmarks.security.context`."""

from osit_graphql.db.engine import Database
from tests.rls.random_load import insert_tickets, run_load


async def test_nobody_sees_somebody_elses_rows_whatever_is_cancelled(database: Database) -> None:
    people = await insert_tickets(database)
    pool = Database(database.url.render_as_string(hide_password=False), pool_size=4)
    tally = await run_load(pool, people, 600, seed=4)
    assert tally.foreign == []
    assert tally.short == []
    assert tally.cancelled > 100
    assert tally.rows > 1000
    await pool.ping()
    await pool.close()
