"""Small exports to import: a map with short column names, and files written from rows of cells."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from osit_graphql.services.importer.mapping import IncidentMap, read_map
from osit_graphql.services.importer.plan import Plan, plan_import

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "servicenow.toml"
FIXTURE = Path(__file__).with_name("fixture.csv")

MAP = """
source = "Vieux tickets"
[file]
unknown = "?"
date_format = "%Y-%m-%d %H:%M"
time_zone = "Europe/Paris"
[columns]
number = "no"
[times]
opened = "opened"
changed = "at"
resolved = "resolved"
closed = "closed"
[counters]
reopened = "reopens"
rerouted = "moves"
[state]
column = "state"
values = { Done = "CLOSED", Todo = "OPEN" }
[severity]
column = "impact"
values = { high = "MAJOR", low = "MINOR" }
unknown = "MODERATE"
[criticality]
column = "urgency"
values = { stop = "BLOCKING", wish = "EVOLUTION" }
otherwise = "NON_BLOCKING"
[service]
column = "group"
unknown = "Groupe inconnu"
[site]
column = "place"
unknown = "Site inconnu"
[application]
column = "app"
[requester]
column = "caller"
[operator]
column = "desk"
[assignee]
column = "tech"
[resolver]
column = "solver"
[cause]
column = "cause"
[text]
title = "{app} : {word}"
description = "{word}"
unknown = "inconnu"
"""

# The same export with one row for each incident: `at` is its last change.
ONE_ROW_MAP = MAP.replace('changed = "at"', 'updated = "at"')

# A typical row; each test names the cells in which its rows differ.
ROW = {
    "no": "I1", "opened": "2026-01-05 08:00", "at": "2026-01-05 09:00", "resolved": "?", "closed": "?", "reopens": "",
    "moves": "", "state": "Todo", "impact": "high", "urgency": "stop", "group": "Réseau", "place": "Lyon",
    "app": "Paie", "caller": "Alice Roux", "desk": "Omar Diallo", "tech": "?", "solver": "?", "cause": "?",
    "word": "écran noir",
}  # fmt: skip


def make_map(folder: Path, text: str = MAP, **changes: str) -> IncidentMap:
    """Read the map with some lines replaced."""
    for old, new in changes.items():
        text = text.replace(old, new)
    path = folder / "map.toml"
    path.write_text(text, encoding="utf-8")
    return read_map(path)


def write_export(folder: Path, *rows: dict[str, str]) -> Path:
    """Write a file of rows, each with the cells that differ from `ROW`; the header is line 1, the first row line 2."""
    return write_lines(folder, [",".join(ROW), *(",".join((ROW | row).values()) for row in rows)])


def write_lines(folder: Path, lines: Iterable[str]) -> Path:
    """Write a file of these lines."""
    path = folder / "export.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def plan_rows(folder: Path, *rows: dict[str, str], more: str = "", text: str = MAP) -> Plan:
    """Plan the import of rows by the map and by more tables of it."""
    return plan_import(write_export(folder, *rows), make_map(folder, text + more))


def paris(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a time of January 2026 in Paris, which is an hour ahead, in UTC."""
    return datetime(2026, 1, day, hour - 1, minute, tzinfo=UTC)
