"""Compares the rollups with the history: every rollup row, every event, every first intervention.

Buckets of one day are computed again from the history, longer buckets from the shorter ones.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from osit_graphql.db.engine import Database, Session
from osit_graphql.domain.viewer import System
from osit_graphql.services.reports import time_buckets
from osit_graphql.services.reports.request import MEASURES
from osit_graphql.services.reports.rollup_jobs import GET_ZONE, NO_TIMEOUTS

EVENT_COUNTS = ("events", "opened", "closed", "reopened", "rerouted", "pending_decision")
PART_KEYS, GROUP_KEYS = ("part", "span", "service_id", "part_id"), ("span", "service_id", "application_id", "cause_id")
PARTS = "LATERAL (VALUES (0, 0), (1, application_id), (2, site_id)) AS p (part, part_id)"
SCOPES = "LATERAL (VALUES (0), (service_id)) AS s (scope)"
# All services together have the ticket's application and site of today; each service, its own.
FLOW_PARTS = """LATERAL (VALUES
    (0, application_id, site_id),
    (service_id, coalesce(own_application_id, application_id), coalesce(own_site_id, site_id))
) AS s (scope, application_of, site_of), LATERAL (VALUES (0, 0), (1, application_of), (2, site_of)) AS p (part, part_id)
"""
NEXT_COST_BUCKET = "(span >> 5) << 3 | (span & 7) + 1 AS span"
NEXT_FLOW_BUCKET = "osit_flow_span(DATE '1900-01-01' + (span >> 2), (span & 3) + 1) AS span"
CLOSINGS = """LATERAL (
    SELECT duration.minutes, duration.up_to - duration.previous AS number
    FROM unnest(cell.minutes, cell.up_to, 0 || cell.up_to) AS duration (minutes, up_to, previous)
    WHERE duration.minutes IS NOT NULL
) AS each"""


@dataclass(frozen=True)
class Difference:
    """A row where the rollups and the history differ: the stored and the computed values, None for a missing row."""

    place: str
    stored: dict[str, Any] | None
    computed: dict[str, Any] | None

    def __str__(self) -> str:
        """Describe the values that differ, in one line."""
        stored, computed = self.stored or {}, self.computed or {}
        differing = [name for name in {**stored, **computed} if stored.get(name) != computed.get(name)]
        return f"{self.place}: " + ", ".join(
            f"{name} {stored.get(name, 'absent')} in the rollup, {computed.get(name, 'absent')} in the history"
            for name in differing
        )


@dataclass(frozen=True)
class Comparison:
    """Two SELECTs with the same keys and measures: the rollup with its deltas, and the expected values."""

    keys: Sequence[str]
    names: Sequence[str]
    stored: str
    computed: str

    @property
    def statement(self) -> str:
        """The SELECT of the differences; rows whose measures are all 0 are ignored."""
        keys, sums = ", ".join(self.keys), f"ARRAY[{', '.join(f'sum({name})' for name in self.names)}]::bigint[]"
        zeros = f"array_fill(0::bigint, ARRAY[{len(self.names)}])"
        stored, computed = (
            f"SELECT {keys}, {sums} AS figures FROM ({side}) AS side GROUP BY {keys} HAVING {sums} <> {zeros}"  # noqa: S608 - constants
            for side in (self.stored, self.computed)
        )
        return f"""
            SELECT {keys}, k.figures AS stored, t.figures AS computed
            FROM ({stored}) AS k FULL JOIN ({computed}) AS t USING ({keys})
            WHERE k.figures IS DISTINCT FROM t.figures ORDER BY {keys}
        """  # noqa: S608 - constants


def _costs() -> list[Comparison]:
    measures, keys, top = ", ".join(MEASURES), ", ".join(PART_KEYS), time_buckets.COST_LEVELS - 1

    def days(source: str) -> str:
        columns = f"part, osit_span(day, 0) AS span, scope AS service_id, part_id, {measures}"
        return f"SELECT {columns} FROM {source}, {SCOPES}, {PARTS}"  # noqa: S608 - constants

    rollup = f"SELECT {keys}, {measures} FROM cost_cell WHERE span & 7"  # noqa: S608 - constants
    columns = f"part, {NEXT_COST_BUCKET}, service_id, part_id, {measures}"
    longer = f"SELECT {columns} FROM cost_cell WHERE span & 7 < {top}"  # noqa: S608 - constants
    return [
        Comparison(PART_KEYS, MEASURES, f"{rollup} = 0 UNION ALL {days('report_delta')}", days("report_truth")),
        Comparison(PART_KEYS, MEASURES, f"{rollup} > 0", longer),
    ]


def _recurrences() -> list[Comparison]:
    """Compare the rows of each service and of all services: `own_` columns count one service's interventions."""
    costs, names, top = ", ".join(MEASURES), (*MEASURES, "occurrences", "reopened"), time_buckets.COST_LEVELS - 1

    def days(source: str) -> str:
        return " UNION ALL ".join(
            f"SELECT osit_span(day, 0) AS span, {service} AS service_id, application_id, cause_id, {costs},"  # noqa: S608 - constants
            f" {own}occurrences, {own}reopened FROM {source}"
            for service, own in (("0", ""), ("service_id", "own_"))
        )

    measures = ", ".join(names)
    rollup = f"SELECT {', '.join(GROUP_KEYS)}, {measures} FROM recurrence_cell WHERE span & 7"  # noqa: S608 - constants
    columns = f"{NEXT_COST_BUCKET}, {', '.join(GROUP_KEYS[1:])}, {measures}"
    longer = f"SELECT {columns} FROM recurrence_cell WHERE span & 7 < {top}"  # noqa: S608 - constants
    return [
        Comparison(GROUP_KEYS, names, f"{rollup} = 0 UNION ALL {days('report_delta')}", days("report_truth")),
        Comparison(GROUP_KEYS, names, f"{rollup} > 0", longer),
    ]


def _flow() -> list[Comparison]:
    """Compare the events, then the closings by duration."""
    counts, closings = ", ".join(EVENT_COUNTS), f"flow_cell AS cell, {CLOSINGS}"
    with_minutes = (*PART_KEYS, "minutes")
    return [
        *_flow_pair(PART_KEYS, EVENT_COUNTS, "flow_cell AS cell", counts, counts, "true"),
        *_flow_pair(
            with_minutes, ("number",), closings, "each.minutes, number", "minutes, closed AS number",
            "minutes IS NOT NULL",
        ),
    ]  # fmt: skip


def _flow_pair(
    keys: Sequence[str], names: Sequence[str], source: str, columns: str, event_columns: str, condition: str
) -> list[Comparison]:
    top, selected = time_buckets.FLOW_LEVELS - 1, f"service_id, part_id, {columns} FROM {source}"
    rollup = f"SELECT part, span, {selected} WHERE span & 3"
    longer = f"SELECT part, {NEXT_FLOW_BUCKET}, {selected} WHERE span & 3 < {top}"
    deltas, computed = (
        f"SELECT part, osit_flow_span(day, 0) AS span, scope AS service_id, part_id, {event_columns}"  # noqa: S608 - constants
        f" FROM {events}, {FLOW_PARTS} WHERE {condition}"
        for events in ("flow_delta", "flow_truth")
    )
    return [
        Comparison(keys, names, f"{rollup} = 0 UNION ALL {deltas}", computed),
        Comparison(keys, names, f"{rollup} > 0", longer),
    ]


async def check_rollups(database: Database, zone: ZoneInfo) -> list[Difference]:
    """Compare all rollups with the history, in one snapshot; writers may go on meanwhile."""
    async with database.reading(System.REPORTS) as session:
        await session.execute(NO_TIMEOUTS)
        stored_zone, differences = await session.scalar(GET_ZONE), []
        if stored_zone != zone.key:
            differences.append(Difference("days", {"time zone": stored_zone}, {"time zone": zone.key}))
        for comparison in (*_costs(), *_recurrences()):
            differences += await _compare(session, comparison, time_buckets.cost_bucket)
        for comparison in _flow():
            differences += await _compare(session, comparison, time_buckets.flow_bucket)
        return differences + await _check_rows(session)


async def _compare(
    session: Session, comparison: Comparison, bucket: Callable[[int], time_buckets.TimeBucket]
) -> list[Difference]:
    differences = []
    for row in await session.execute(text(comparison.statement)):
        first, last = bucket(row.span).dates
        stored, computed = (
            dict(zip(comparison.names, side, strict=True)) if side else None for side in (row.stored, row.computed)
        )
        differences.append(Difference(f"{_place(row, comparison.keys)}, {first} to {last}", stored, computed))
    return differences


def _place(row: Any, keys: Sequence[str]) -> str:
    return ", ".join(f"{key.removesuffix('_id')} {getattr(row, key)}" for key in keys)


async def _check_rows(session: Session) -> list[Difference]:
    """Compare first interventions and events, row by row."""
    differences = []
    for table, truth, keys in (
        ("occurrence", "report_occurrence", ("ticket_id", "cause_id", "service_id")),
        ("flow_event", "flow_truth", ("ticket_id", "activity_id")),
    ):
        rows = await session.execute(
            text(f"""
            SELECT {", ".join(keys)}, to_jsonb(stored) AS stored, to_jsonb(computed) AS computed
            FROM {table} AS stored FULL JOIN {truth} AS computed USING ({", ".join(keys)})
            WHERE to_jsonb(stored) IS DISTINCT FROM to_jsonb(computed) ORDER BY {", ".join(keys)}
            """)  # noqa: S608 - constants
        )
        differences += [Difference(_place(row, keys), row.stored, row.computed) for row in rows]
    return differences
