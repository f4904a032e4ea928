"""A5: 20,000 requests by random people over a pool of 4, by row-level security alone, a third of them cancelled."""

import asyncio
import sys
import time

from benchmarks.security._company import embedded_server
from osit_graphql.db.engine import Database
from osit_graphql.server.bootstrap import migrate
from osit_graphql.server.database_urls import DatabaseUrls
from tests.rls.random_load import Tally, insert_tickets, run_load
from tests.superuser import Superuser, register_superuser

REQUESTS = 20_000
CANCELLED = 6_000


async def measure(api: str, owner: str, superuser: str, server: str) -> Tally:
    """Migrate the database and run the requests."""
    await migrate(DatabaseUrls(api, owner, server))
    register_superuser(admin := Superuser(superuser, pool_size=1))
    database = Database(api, pool_size=4)
    tally = await run_load(database, await insert_tickets(database), REQUESTS, CANCELLED, seed=int(time.time()))
    await database.close()
    await admin.close()
    return tally


def main() -> int:
    """Print the figures; return 1 for foreign or missing rows."""
    began = time.monotonic()
    with embedded_server("context") as server:
        addresses = server.api_url, server.url, server.admin_url("osit"), server.admin_url()
        tally = asyncio.run(measure(*addresses))
    print(
        f"{tally.requests} requests in {time.monotonic() - began:.0f} s, {tally.cancelled} cancelled,"
        f" {tally.unserved} not served in time; {tally.rows} rows, {len(tally.foreign)} foreign ones,"
        f" {len(tally.short)} responses without own rows"
    )
    print("\n".join([*tally.foreign, *tally.short][:20]))
    return int(bool(tally.foreign or tally.short))


if __name__ == "__main__":
    sys.exit(main())
