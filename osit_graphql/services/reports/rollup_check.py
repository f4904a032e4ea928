"""Comparing the figures that are kept with what the history says: every cell, every event, every first intervention.

Days are counted again from the history; longer spans are what shorter ones come to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from osit_graphql.db.engine import Database, Session
from osit_graphql.domain.viewer import System
from osit_graphql.services.reports import time_buckets
from osit_graphql.services.reports.request import MEASURES
from osit_graphql.services.reports.rollup_jobs import TOLD, UNHURRIED

EVENTS = ("events", "opened", "closed", "reopened", "rerouted", "pending_decision")
PART, GROUP = ("part", "span", "service_id", "part_id"), ("span", "service_id", "application_id", "cause_id")
PARTS = "LATERAL (VALUES (0, 0), (1, application_id), (2, site_id)) AS p (part, part_id)"
SCOPES = "LATERAL (VALUES (0), (service_id)) AS s (scope)"
LONGER = "(span >> 5) << 3 | (span & 7) + 1 AS span"
FLOW_LONGER = "osit_flow_span(DATE '1900-01-01' + (span >> 2), (span & 3) + 1) AS span"
CLOSINGS = """LATERAL (
    SELECT told.minutes, told.up_to - told.before AS number
    FROM unnest(cell.minutes, cell.up_to, 0 || cell.up_to) AS told (minutes, up_to, before)
    WHERE told.minutes IS NOT NULL
) AS each"""


@dataclass(frozen=True)
class Difference:
    """Where the figures are kept, what they say there, and what the history says; None where one has nothing."""

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


@dataclass(frozen=True)
class Comparison:
    """Two SELECTs of the same keys and figures: what is kept, with the changes that wait, and what should be."""

    keys: Sequence[str]
    names: Sequence[str]
    kept: str
    counted: str

    @property
    def statement(self) -> str:
        """Give what differs; what comes to nothing is as if absent."""
        keys, sums = ", ".join(self.keys), f"ARRAY[{', '.join(f'sum({name})' for name in self.names)}]::bigint[]"
        none = f"array_fill(0::bigint, ARRAY[{len(self.names)}])"
        kept, counted = (
            f"SELECT {keys}, {sums} AS figures FROM ({side}) AS side GROUP BY {keys} HAVING {sums} <> {none}"  # noqa: S608 - names of our own
            for side in (self.kept, self.counted)
        )
        return f"""
            SELECT {keys}, k.figures AS kept, t.figures AS counted FROM ({kept}) AS k FULL JOIN ({counted}) AS t
            USING ({keys}) WHERE k.figures IS DISTINCT FROM t.figures ORDER BY {keys}
        """  # noqa: S608 - names of our own


def _costs() -> list[Comparison]:
    def days(source: str) -> str:
        return f"SELECT part, osit_span(day, 0) AS span, scope AS service_id, part_id, {names} FROM {source}, {SCOPES}, {PARTS}"  # noqa: S608, E501 - names of our own

    names = ", ".join(MEASURES)
    cells = f"SELECT {', '.join(PART)}, {names} FROM cost_cell WHERE span & 7"  # noqa: S608 - names of our own
    longer = (
        f"SELECT part, {LONGER}, service_id, part_id, {names} FROM cost_cell WHERE span & 7 < {time_buckets.LEVELS - 1}"  # noqa: S608 - names of our own
    )
    return [
        Comparison(PART, MEASURES, f"{cells} = 0 UNION ALL {days('report_delta')}", days("report_truth")),
        Comparison(PART, MEASURES, f"{cells} > 0", longer),
    ]


def _recurrences() -> list[Comparison]:
    """Compare what only services' own and everybody's first interventions tell apart."""
    names, all_names = ", ".join(MEASURES), (*MEASURES, "occurrences", "reopened")

    def days(source: str) -> str:
        return " UNION ALL ".join(
            f"SELECT osit_span(day, 0) AS span, {whose} AS service_id, application_id, cause_id, {names},"  # noqa: S608 - names of our own
            f" {own}occurrences, {own}reopened FROM {source}"
            for whose, own in (("0", ""), ("service_id", "own_"))
        )

    listed = ", ".join(all_names)
    cells = f"SELECT {', '.join(GROUP)}, {listed} FROM recurrence_cell WHERE span & 7"  # noqa: S608 - names of our own
    longer = (
        f"SELECT {LONGER}, {', '.join(GROUP[1:])}, {listed} FROM recurrence_cell"  # noqa: S608 - names of our own
        f" WHERE span & 7 < {time_buckets.LEVELS - 1}"
    )
    return [
        Comparison(GROUP, all_names, f"{cells} = 0 UNION ALL {days('report_delta')}", days("report_truth")),
        Comparison(GROUP, all_names, f"{cells} > 0", longer),
    ]


def _flow() -> list[Comparison]:
    names, found = ", ".join(EVENTS), []
    for more, figures, source, taken, condition in (
        ((), EVENTS, "flow_cell AS cell", names, "true"),
        (
            ("minutes",),
            ("number",),
            f"flow_cell AS cell, {CLOSINGS}",
            "minutes, closed AS number",
            "minutes IS NOT NULL",
        ),
    ):
        keys, told = (*PART, *more), names if not more else "each.minutes, number"
        cells = f"SELECT {', '.join(PART)}, {told} FROM {source} WHERE span & 3"  # noqa: S608 - names of our own
        longer = f"SELECT part, {FLOW_LONGER}, service_id, part_id, {told} FROM {source} WHERE span & 3 < {time_buckets.FLOW_LEVELS - 1}"  # noqa: S608, E501 - names of our own
        waiting, counted = (
            f"SELECT part, osit_flow_span(day, 0) AS span, scope AS service_id, part_id, {taken}"  # noqa: S608 - names of our own
            f" FROM {events}, {SCOPES}, {PARTS} WHERE {condition}"
            for events in ("flow_delta", "flow_truth")
        )
        found.append(Comparison(keys, figures, f"{cells} = 0 UNION ALL {waiting}", counted))
        found.append(Comparison(keys, figures, f"{cells} > 0", longer))
    return found


async def check_figures(database: Database, zone: ZoneInfo) -> list[Difference]:
    """Compare all that is kept with what the history says: in one snapshot, beside writers."""
    async with database.reading(System.REPORTS) as session:
        await session.execute(UNHURRIED)
        told = await session.scalar(TOLD)
        found = [] if told == zone.key else [Difference("days", {"time zone": told}, {"time zone": zone.key})]
        for comparison, stretch in (
            *((each, time_buckets.stretch) for each in (*_costs(), *_recurrences())),
            *((each, time_buckets.flow_stretch) for each in _flow()),
        ):
            for row in await session.execute(text(comparison.statement)):
                first, last = stretch(row.span).days
                place = ", ".join(f"{key.removesuffix('_id')} {getattr(row, key)}" for key in comparison.keys)
                sides = (
                    dict(zip(comparison.names, side, strict=True)) if side else None for side in (row.kept, row.counted)
                )
                found.append(Difference(f"{place}, {first} to {last}", *sides))
        found += await _check_rows(session)
    return found


async def _check_rows(session: Session) -> list[Difference]:
    """Compare first interventions and events, row by row."""
    found = []
    for table, truth, keys in (
        ("occurrence", "report_occurrence", ("ticket_id", "cause_id", "service_id")),
        ("flow_event", "flow_truth", ("ticket_id", "activity_id")),
    ):
        rows = await session.execute(
            text(f"""
            SELECT {", ".join(keys)}, to_jsonb(kept) AS kept, to_jsonb(counted) AS counted
            FROM {table} AS kept FULL JOIN {truth} AS counted USING ({", ".join(keys)})
            WHERE to_jsonb(kept) IS DISTINCT FROM to_jsonb(counted) ORDER BY {", ".join(keys)}
            """)  # noqa: S608 - names of our own
        )
        for row in rows:
            place = ", ".join(f"{key.removesuffix('_id')} {getattr(row, key)}" for key in keys)
            found.append(Difference(place, row.kept, row.counted))
    return found
