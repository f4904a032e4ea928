"""A viewer never outlives its request; `python -m benchmarks.security.context` sends 20,000 of them."""

from osit_graphql.db.engine import Database
from tests.rls.random_load import insert_tickets, run_load


async def test_nobody_sees_foreign_rows_under_random_cancellations(database: Database) -> None:
    people = await insert_tickets(database)
    pool = Database(database.url.render_as_string(hide_password=False), pool_size=4)
    tally = await run_load(pool, people, requests=600, cancelled=120, seed=4)
    assert tally.foreign == []
    assert tally.short == []
    assert tally.rows > 1000
    await pool.ping()
    await pool.close()
