"""A5: 20,000 requests by random people over a pool of 4, without the first wall, a third of them cancelled."""

import asyncio
import sys
import time

from benchmarks.security._company import served
from osit_graphql.db.engine import Database
from osit_graphql.server.bootstrap import migrate
from osit_graphql.server.database_urls import DatabaseUrls
from tests.rls.random_load import Tally, insert_tickets, run_load
from tests.superuser import Superuser, register_superuser

REQUESTS = 20_000
LEAST_CUT = 0.3


async def measure(api: str, owner: str, superuser: str, server: str) -> Tally:
    """Run them, on a database that is migrated first."""
    await migrate(DatabaseUrls(api, owner, server))
    register_superuser(admin := Superuser(superuser, pool_size=1))
    database = Database(api, pool_size=4)
    tally = await run_load(database, await insert_tickets(database), REQUESTS, seed=int(time.time()))
    await database.close()
    await admin.close()
    return tally


def main() -> int:
    """Print what came of it; 1 when a row was somebody else's, one's own was missing, or too few were cancelled."""
    began = time.monotonic()
    with served("context") as server:
        addresses = server.api_url, server.url, server.admin_url("osit"), server.admin_url()
        tally = asyncio.run(measure(*addresses))
    print(
        f"{tally.asked} requests in {time.monotonic() - began:.0f} s, {tally.cancelled} cancelled,"
        f" {tally.unserved} not served in time; {tally.rows} rows seen, {len(tally.foreign)} of somebody else's,"
        f" {len(tally.short)} answers that lacked one's own"
    )
    print("\n".join([*tally.foreign, *tally.short][:20]))
    return int(bool(tally.foreign or tally.short) or tally.cancelled < LEAST_CUT * tally.asked)


if __name__ == "__main__":
    sys.exit(main())
