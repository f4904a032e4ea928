"""Parses the rows of an incident: times, names and translated values; unknown values are filled in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from osit_graphql.db.models import name_key
from osit_graphql.domain import clock, permissions
from osit_graphql.domain.enums import Criticality, Severity, Status
from osit_graphql.services.importer.csv_reader import ImportRemark, Row
from osit_graphql.services.importer.mapping import IncidentMap, Reference, Translation, parse_template
from osit_graphql.services.validation import is_blank

V = TypeVar("V")
UNREADABLE_TIME = datetime(1970, 1, 1, tzinfo=UTC)

# The first spelling of each name in a column: another case or accent is no change.
Spelling = dict[tuple[str, str], str]


@dataclass(frozen=True)
class Facts:
    """The fields that a qualification changes; it has names, not row identifiers."""

    severity: Severity
    criticality: Criticality
    application: str
    requester: str
    site: str
    title: str
    description: str


@dataclass(frozen=True)
class ParsedRow:
    """One parsed row; `at` and `opened_at` are in UTC."""

    line: int
    at: datetime
    opened_at: datetime
    state: str
    closed: bool
    service: str
    facts: Facts
    operator: str | None
    assignee: str | None
    resolver: str | None
    cause: str | None
    minutes: int | None
    updated_by: str
    reopened: int | None
    rerouted: int | None


def fill_unknown(rows: Sequence[Row], mapping: IncidentMap) -> list[Row]:
    """Fill unknown cells with the last known value, or else with the first known one.

    An unknown value is no change: an incident whose group is known, unknown, then known again changes service only if
    the two groups differ. A group that becomes known is no re-routing. Times and assignees are not filled in: a row
    without an assignee is unassigned.
    """
    own_columns = {mapping.times.changed, *([mapping.assignee.column] if mapping.assignee else [])}
    columns = [column for column in rows[0].cells if column not in own_columns]
    last_known = {column: next((row.cells[column] for row in rows if row.cells[column]), "") for column in columns}
    filled = []
    for row in rows:
        last_known |= {column: row.cells[column] for column in columns if row.cells[column]}
        filled.append(Row(row.line, {**row.cells, **last_known}))
    return filled


class RowParser:
    """Parses one row by a map; an invalid cell adds an error and gives a fallback, since its incident is excluded."""

    def __init__(self, row: Row, mapping: IncidentMap, spelling: Spelling, errors: list[ImportRemark]) -> None:
        self.row = row
        self.mapping = mapping
        self.spelling = spelling
        self.errors = errors

    def refuse(self, column: str, sentence: str) -> None:
        """Add an error about a cell."""
        self.errors.append(ImportRemark(self.row.line, column, sentence))

    def time(self, *columns: str | None) -> datetime:
        """Return the time in the first column that has one; without an offset, it is in the map's time zone."""
        named = [column for column in columns if column]
        column = next((column for column in named if self.row.cells[column]), named[0])
        value = self.row.cells[column]
        if not value:
            self.refuse(column, "the time is unknown.")
            return UNREADABLE_TIME
        try:
            moment = _read_time(value, self.mapping.file.date_format, self.mapping.file.time_zone)
        except (ValueError, OverflowError):
            self.refuse(column, f"« {value} » is not a time written as {self.mapping.file.date_format}.")
            return UNREADABLE_TIME
        if moment > clock.now():
            self.refuse(column, f"« {value} » is in the future.")
        return moment

    def name(self, reference: Reference | None) -> str | None:
        """Return a name with single spaces, the map's placeholder for an unknown one, or None."""
        if reference is None:
            return None
        cell = self.row.cells[reference.column]
        name = " ".join((reference.unknown or "" if is_blank(cell) else cell).split())
        if len(name) > permissions.NAME_LIMIT:
            self.refuse(reference.column, f"this name has more than {permissions.NAME_LIMIT} characters.")
        return self.spelling.setdefault((reference.column, name_key(name)), name) or None

    def required_name(self, reference: Reference) -> str:
        """Return a name that each ticket requires."""
        name = self.name(reference)
        if not name:
            self.refuse(reference.column, "this is unknown, and the map has no placeholder.")
        return name or ""

    def translate(self, translation: Translation[V], fallback: V) -> V:
        """Return the translation of a value."""
        value = self.row.cells[translation.column]
        translate = translation.values.get(value, translation.otherwise) if value else translation.unknown
        if translate is None:
            sentence = (
                f"the map doesn't translate « {value} »."
                if value
                else "this is unknown, and the map has no word for it."
            )
            self.refuse(translation.column, sentence)
            return fallback
        return translate

    def number(self, column: str | None, allowed: range) -> int | None:
        """Return an integer, or None for an empty cell."""
        value = self.row.cells[column] if column else ""
        if not column or not value:
            return None
        if not value.isascii() or not value.isdecimal() or int(value[:9]) not in allowed:
            self.refuse(column, f"« {value} » is not a whole number from {allowed[0]} to {allowed[-1]}.")
            return None
        return int(value)

    def count(self, column: str | None) -> int | None:
        """Return a counter of the export, or None if it is unreadable."""
        value = self.row.cells[column] if column else ""
        return int(value) if value.isascii() and value.isdecimal() else None

    def text(self, key: str, template: str, limit: int) -> str:
        """Return a filled template."""
        parts = parse_template(template)
        values = (
            text + (self.row.cells[column] or self.mapping.text.unknown if column else "") for text, column in parts
        )
        filled = "".join(values).strip()
        if is_blank(filled) or len(filled) > limit:
            self.refuse(f"[text] {key}", f"this has {len(filled)} characters; it needs 1 to {limit}.")
        return filled


@lru_cache(maxsize=10_000)
def _read_time(value: str, pattern: str, zone: str) -> datetime:
    moment = datetime.strptime(value, pattern)  # noqa: DTZ007 - the zone is added below
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def _read_facts(cells: RowParser) -> Facts:
    mapping = cells.mapping
    return Facts(
        severity=cells.translate(mapping.severity, Severity.MINOR),
        criticality=cells.translate(mapping.criticality, Criticality.NON_BLOCKING),
        application=cells.required_name(mapping.application),
        requester=cells.required_name(mapping.requester),
        site=cells.required_name(mapping.site),
        title=" ".join(cells.text("title", mapping.text.title, permissions.TITLE_LIMIT).split()),
        description=cells.text("description", mapping.text.description, permissions.DESCRIPTION_LIMIT),
    )


def _read_row(cells: RowParser) -> ParsedRow:
    mapping = cells.mapping
    closed = cells.translate(mapping.state, Status.OPEN) is Status.CLOSED
    stand_ins = (mapping.times.resolved, mapping.times.closed) if closed else ()
    return ParsedRow(
        line=cells.row.line,
        at=cells.time(mapping.times.changed, *stand_ins),
        opened_at=cells.time(mapping.times.opened),
        state=cells.row.cells[mapping.state.column][: permissions.NAME_LIMIT],
        closed=closed,
        service=cells.required_name(mapping.service),
        facts=_read_facts(cells),
        operator=cells.name(mapping.operator),
        assignee=cells.name(mapping.assignee),
        resolver=cells.name(mapping.resolver),
        cause=cells.name(mapping.cause),
        minutes=cells.number(mapping.interventions.column if mapping.interventions else None, permissions.MINUTES),
        updated_by=" ".join(cells.row.cells.get(mapping.columns.updated_by or "", "").split()),
        reopened=cells.count(mapping.counters.reopened),
        rerouted=cells.count(mapping.counters.rerouted),
    )


def read_incident(
    rows: Sequence[Row], mapping: IncidentMap, spelling: Spelling
) -> tuple[list[ParsedRow], list[ImportRemark]]:
    """Parse an incident's rows; any error excludes the incident. Each error is reported once."""
    errors: list[ImportRemark] = []
    parsed_rows = [_read_row(RowParser(row, mapping, spelling, errors)) for row in fill_unknown(rows, mapping)]
    distinct: dict[tuple[str, str], ImportRemark] = {}
    for remark in errors:
        distinct.setdefault((remark.column, remark.sentence), remark)
    return parsed_rows, list(distinct.values())
