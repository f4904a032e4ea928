"""Puts the rows of an export in order if they run from the newest to the oldest, as many tools list them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from osit_graphql.services.importer.csv_reader import ImportRemark, ParsedExport
from osit_graphql.services.importer.mapping import FileFormat, IncidentMap
from osit_graphql.services.importer.time_parser import parse_time

LATEST = datetime.max.replace(tzinfo=UTC)


def put_in_order(export: ParsedExport, mapping: IncidentMap) -> list[ImportRemark]:
    """Reverse the rows of each incident, and sort the incidents, where most run backwards; return a warning if so.

    A few times that run backwards are the file's own; those rows stay where they are.
    """
    columns = []
    changed, opened = mapping.times.changed, mapping.times.opened
    if changed and _run_backwards(
        _read_times([row.cells[changed] for row in rows], mapping.file) for rows in export.incidents.values()
    ):
        for rows in export.incidents.values():
            rows.reverse()
        columns.append(changed)
    openings = _read_times([rows[0].cells[opened] for rows in export.incidents.values()], mapping.file)
    if _run_backwards([openings]):
        times = dict(zip(export.incidents, openings, strict=True))
        newest_last = dict(reversed(export.incidents.items()))
        order = sorted(newest_last, key=lambda number: times[number] or LATEST)
        export.incidents = {number: newest_last[number] for number in order}
        columns.append(opened)
    line = min((row.line for rows in export.incidents.values() for row in rows), default=0)
    sentence = "the file lists the newest rows first; they are imported oldest first."
    return [ImportRemark(line, column, sentence) for column in columns[:1]]


def _run_backwards(sequences: Iterable[Sequence[datetime | None]]) -> bool:
    """Whether more times are before the previous one of their sequence than after it."""
    balance = 0
    for times in sequences:
        for before, after in pairwise(time for time in times if time):
            balance += (after < before) - (after > before)
    return balance > 0


def _read_times(values: Iterable[str], file: FileFormat) -> list[datetime | None]:
    """Return the times; an unreadable one has no place in the order, and is an error later."""
    times: list[datetime | None] = []
    previous = None
    for value in values:
        try:
            previous = parse_time(value, file.date_format, file.time_zone, previous)
        except (ValueError, OverflowError):
            times.append(None)
        else:
            times.append(previous)
    return times
