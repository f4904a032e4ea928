"""Processor time of the backends of a database, from /proc where it exists."""

from pathlib import Path

from sqlalchemy import text

from benchmarks.desk import Desk
from osit_graphql.domain.viewer import System

BACKENDS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
NANOSECOND_IN_MS = 1e-6
"""Milliseconds of a nanosecond."""


async def find_schedstat_files(desk: Desk) -> list[Path]:
    """Return the schedstat file of each backend; none without /proc."""
    async with desk.database.reading(System.HEALTH) as session:
        numbers = (await session.execute(text(BACKENDS))).scalars()
        files = [Path(f"/proc/{number}/schedstat") for number in numbers]
    return [file for file in files if file.is_file()]


def processor_ms(files: list[Path]) -> float:
    """Return the milliseconds that the backends have run so far."""
    return sum(int(file.read_text("ascii").split()[0]) for file in files) * NANOSECOND_IN_MS
