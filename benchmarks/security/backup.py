"""Row D8: duration of a backup of 200,000 tickets, and of its restore on another server.

Both on the embedded server, in temporary directories: `python -m benchmarks.security.backup [TICKETS]`.
"""

import asyncio
import shutil
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.fill import fill
from benchmarks.sizes import SEED, Size
from osit_graphql import backup
from osit_graphql.backup import precheck
from osit_graphql.db.engine import Database
from osit_graphql.db.schema import version
from osit_graphql.domain.viewer import System
from osit_graphql.embedded_postgres import EmbeddedServer
from osit_graphql.server.bootstrap import migrate, prepare
from osit_graphql.server.database_urls import DatabaseUrls

TICKETS = 200_000
LIMIT_S = 60.0  # seconds from an empty server to one that responds


def main() -> int:
    """Print the figures; return 1 if the limit is exceeded."""
    tickets = int(sys.argv[1]) if len(sys.argv) > 1 else TICKETS
    place = Path(tempfile.mkdtemp(prefix="osit-bench-backup-"))
    place.chmod(0o711)
    try:
        file = place / "osit.backup"
        with EmbeddedServer.start(place / "from") as server:
            asyncio.run(migrate(_urls(server)))
            asyncio.run(fill(server.url, server.admin_url("osit"), Size(tickets), seed=SEED, jobs=2))
            written = _time(lambda: _dump(server, file))
        with EmbeddedServer.start(place / "to") as server:
            read = _time(lambda: _restore(server, file))
        size = file.stat().st_size / 1e6
    finally:
        shutil.rmtree(place)
    print(f"{tickets:,} tickets: written in {written:.1f} s, {size:.0f} MB; restored and checked in {read:.1f} s.")
    return int(read > LIMIT_S)


def _urls(server: EmbeddedServer) -> DatabaseUrls:
    return DatabaseUrls(server.api_url, server.url, server.admin_url())


def _time(work: object) -> float:
    began = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - began


def _dump(server: EmbeddedServer, file: Path) -> None:
    backup.dump(backup.find_tools(18), server.url, file, tables=20, progress=lambda _done, _total: None)


def _restore(server: EmbeddedServer, file: Path) -> None:
    tools = backup.find_tools(18)
    asyncio.run(prepare(_urls(server)))
    backup.restore(tools, server.url, backup.inspect(tools, file), lambda _done, _total: None)
    asyncio.run(_finish(server))


async def _finish(server: EmbeddedServer) -> None:
    await migrate(_urls(server))
    owner = Database(server.url, pool_size=1)
    async with owner.transaction(System.HEALTH) as session:
        await precheck.refresh_statistics(session)
    await owner.close()
    api = Database(server.api_url, pool_size=1)
    if await version.current(api) != version.head():
        raise SystemExit("The restored database is not at this version's schema.")
    await api.ping()
    await api.close()


if __name__ == "__main__":
    sys.exit(main())
