"""What PostgreSQL's side of a desk spends: the processor time of its backends, where /proc tells it."""

from pathlib import Path

from sqlalchemy import text

from benchmarks.desk import Desk
from osit_graphql.domain.viewer import System

BACKENDS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
NANOSECOND = 1e-6
"""In milliseconds."""


async def find(desk: Desk) -> list[Path]:
    """Return the files that tell how long each backend has run; none where there is no such file."""
    async with desk.database.reading(System.HEALTH) as session:
        numbers = (await session.execute(text(BACKENDS))).scalars()
        files = [Path(f"/proc/{number}/schedstat") for number in numbers]
    return [file for file in files if file.is_file()]


def spent(files: list[Path]) -> float:
    """Return the milliseconds that they have run so far."""
    return sum(int(file.read_text("ascii").split()[0]) for file in files) * NANOSECOND
