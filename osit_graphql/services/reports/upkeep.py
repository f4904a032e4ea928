"""Keeping the figures up: merging changes into the cells, comparing the cells with the lines, making them anew.

What the figures are is said once, in PostgreSQL (migration 0006): triggers count, and its views count again from the
lines.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from osit_graphql.database import Database, Session
from osit_graphql.errors import Unavailable
from osit_graphql.services.reports import spans
from osit_graphql.services.reports.questions import MEASURES
from osit_graphql.viewer import System

BATCH = 20_000  # changes merged in one transaction
PAUSE = 1.0  # seconds between two mergings of a serving process
UNHURRIED = text("SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true)")
MERGE = text("SELECT osit_merge_reports(:most)")
REBUILD = text("SELECT osit_rebuild_reports()")
ALL = (*MEASURES, "occurrences", "reopened")
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Difference:
    """Where the figures are kept, what they say there, and what the lines say; None where one has nothing."""

    place: str
    kept: dict[str, Any] | None
    counted: dict[str, Any] | None

    def __str__(self) -> str:
        """Say it in one line: only what differs."""
        kept, counted = self.kept or {}, self.counted or {}
        differing = [name for name in {**kept, **counted} if kept.get(name) != counted.get(name)]
        return f"{self.place}: " + ", ".join(
            f"{name} kept {kept.get(name, 'nowhere')}, by the lines {counted.get(name, 'none')}" for name in differing
        )


async def merge(database: Database, *, batch: int = BATCH) -> int:
    """Take the changes that wait into the cells; return how many. None while somebody else does it."""
    merged = 0
    while True:
        async with database.transaction(System.REPORTS) as session:
            taken = int((await session.execute(MERGE, {"most": batch})).scalar_one())
        merged += taken
        if taken < batch:
            return merged


async def keep_merging(database: Database) -> None:
    """Merge every second, until cancelled; any number of processes may, one at a time does.

    What goes wrong is told and tried again: figures are exact without it, only slower to read.
    """
    while True:
        try:
            await merge(database)
        except Unavailable:
            log.warning("report figures not merged: the database does not answer")
        except SQLAlchemyError:
            log.exception("report figures not merged")
        await asyncio.sleep(PAUSE)


async def rebuild(database: Database) -> None:
    """Make the figures anew from the lines; whoever writes waits meanwhile, whoever reads goes on."""
    async with database.transaction(System.REPORTS) as session:
        await session.execute(UNHURRIED)
        await session.execute(REBUILD)


async def check(database: Database) -> list[Difference]:
    """Compare every cell, with the changes that wait, with what the lines say: in one snapshot, beside writers."""
    async with database.reading(System.REPORTS) as session:
        await session.execute(UNHURRIED)
        return [*await _check_cells(session), *await _check_firsts(session)]


async def _check_cells(session: Session) -> Sequence[Difference]:
    found = []
    for table, keys, names in (
        ("cost_cell", ("application_id",), MEASURES),
        ("recurrence_cell", ("application_id", "cause_id"), ALL),
    ):
        for row in await session.execute(text(_comparing(table, keys, names))):
            first, last = spans.stretch(row.span)
            place = ", ".join(f"{key.removesuffix('_id')} {getattr(row, key)}" for key in keys)
            kept, counted = (dict(zip(names, side, strict=True)) if side else None for side in (row.kept, row.counted))
            found.append(Difference(f"{place}, {first} to {last}", kept, counted))
    return found


def _comparing(table: str, keys: Sequence[str], names: Sequence[str]) -> str:
    """Write the statement; every word of it is this module's."""
    grouped, listed = ", ".join(("span", *keys)), ", ".join(names)
    sums = f"ARRAY[{', '.join(f'sum({name})' for name in names)}]::bigint[]"
    by_level = f"osit_span(day, level) AS span, {', '.join(keys)}, {listed}"
    levels = f"generate_series(0, {spans.LEVELS - 1}) AS level"
    return f"""
        SELECT {grouped}, k.figures AS kept, t.figures AS counted FROM (
            SELECT {grouped}, {sums} AS figures FROM (
                SELECT {grouped}, {listed} FROM {table}
                UNION ALL SELECT {by_level} FROM report_delta, {levels}
            ) AS cell GROUP BY {grouped} HAVING {sums} <> array_fill(0::bigint, ARRAY[{len(names)}])
        ) AS k FULL JOIN (
            SELECT {grouped}, {sums} AS figures FROM (SELECT {by_level} FROM report_truth, {levels}) AS line
            GROUP BY {grouped} HAVING {sums} <> array_fill(0::bigint, ARRAY[{len(names)}])
        ) AS t USING ({grouped}) WHERE k.figures IS DISTINCT FROM t.figures ORDER BY {grouped}
    """  # noqa: S608 - names of our own


async def _check_firsts(session: Session) -> Sequence[Difference]:
    names = ("application_id", "first_on", "first_at", "reopened")
    columns = [f"{side}.{name} AS {side}_{name}" for side in ("kept", "counted") for name in names]
    rows = await session.execute(
        text(f"""
        SELECT ticket_id, cause_id, {", ".join(columns)}
        FROM occurrence AS kept FULL JOIN report_occurrence AS counted USING (ticket_id, cause_id)
        WHERE ({", ".join(f"kept.{name}" for name in names)})
            IS DISTINCT FROM ({", ".join(f"counted.{name}" for name in names)}) ORDER BY ticket_id, cause_id
        """)  # noqa: S608 - names of our own
    )
    return [
        Difference(
            f"ticket {row.ticket_id}, cause {row.cause_id}",
            *({name: str(getattr(row, f"{side}_{name}")) for name in names} for side in ("kept", "counted")),
        )
        for row in rows
    ]
