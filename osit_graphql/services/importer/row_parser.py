"""Parses the rows of an incident: times, names and translated values; unknown values are filled in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from osit_graphql.db.models import name_key
from osit_graphql.domain import clock, permissions
from osit_graphql.domain.enums import Criticality, Severity, Status
from osit_graphql.services.importer.csv_reader import ImportRemark, Row
from osit_graphql.services.importer.mapping import IncidentMap, Reference, Translation, fold, parse_template
from osit_graphql.services.importer.time_parser import parse_time
from osit_graphql.services.validation import is_blank

V = TypeVar("V")
NUMBER_MAX_DIGITS = 9
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


@dataclass(frozen=True, kw_only=True)
class RowTimes:
    """The times of a row in UTC; `at` is the last one. The others between are those of an incident with one row."""

    at: datetime
    opened_at: datetime
    resolved_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ParsedRow(RowTimes):
    """One parsed row."""

    line: int
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
    own_columns = {mapping.times.last, *([mapping.assignee.column] if mapping.assignee else [])}
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

    def time(self, *columns: str | None, after: datetime | None = None) -> datetime:
        """Return the time in the first column that has one; an hour that occurs twice is the one not before `after`."""
        named = [column for column in columns if column]
        column = next((column for column in named if self.row.cells[column]), named[0])
        if not self.row.cells[column]:
            self.refuse(column, "the time is unknown.")
            return UNREADABLE_TIME
        return self._read_time(column, after)

    def optional_time(self, column: str | None, after: datetime) -> datetime | None:
        """Return a time, or None for an empty cell."""
        return self._read_time(column, after) if column and self.row.cells[column] else None

    def _read_time(self, column: str, after: datetime | None) -> datetime:
        """Return a time; without an offset, it is in the map's time zone."""
        value, file = self.row.cells[column], self.mapping.file
        try:
            moment = parse_time(value, file.date_format, file.time_zone, after)
        except (ValueError, OverflowError):
            self.refuse(column, f"« {value} » is not a time written as {file.date_format}.")
            return UNREADABLE_TIME
        if moment < UNREADABLE_TIME:
            self.refuse(column, f"« {value} » is before 1970.")
            return UNREADABLE_TIME
        if moment > clock.now():
            self.refuse(column, f"« {value} » is in the future.")
        return moment

    def times(self, first: datetime | None, previous: datetime | None, *, closed: bool) -> RowTimes:
        """Return the times of the row: `first` is the incident's opening, `previous` the time of the row before."""
        columns = self.mapping.times
        opened_at = self.time(columns.opened)
        first, previous = first or opened_at, previous or opened_at
        if columns.changed:
            stand_ins = (columns.resolved, columns.closed) if closed else ()
            at = self.time(columns.changed, *stand_ins, after=previous)
            self.check_closing(columns.changed, at if closed else None, first)
            return RowTimes(opened_at=opened_at, at=at)
        resolved_at = self.optional_time(columns.resolved, opened_at)
        closed_at = self.optional_time(columns.closed, resolved_at or opened_at)
        at = self.time(columns.updated, after=closed_at or resolved_at or opened_at)
        self.check_closing(columns.resolved, resolved_at, first)
        self.check_closing(columns.closed, closed_at, first)
        if closed and not (resolved_at or closed_at):
            self.refuse(columns.closed or columns.resolved or "", "the time of the closing is unknown.")
        return RowTimes(opened_at=opened_at, at=at, resolved_at=resolved_at, closed_at=closed_at)

    def check_closing(self, column: str | None, at: datetime | None, opened_at: datetime) -> None:
        """Refuse a closing, or a resolution, before the opening."""
        if column and at and at is not UNREADABLE_TIME and at < opened_at:
            self.refuse(column, "the closing is before the opening.")

    def name(self, reference: Reference | None) -> str | None:
        """Return a name with single spaces, the map's placeholder for an unknown one, or None.

        A cell with several lines has several names, as two technicians of one incident: the first is taken.
        """
        if reference is None:
            return None
        cell = self.row.cells[reference.column] if reference.column else ""
        line = next((line for line in cell.split("\n") if not is_blank(line)), reference.unknown or "")
        name = " ".join(line.split())
        if len(name) > permissions.NAME_LIMIT:
            self.refuse(reference.column or "", f"this name has more than {permissions.NAME_LIMIT} characters.")
        return self.spelling.setdefault((reference.column or "", name_key(name)), name) or None

    def required_name(self, kind: str, reference: Reference) -> str:
        """Return a name that each ticket requires."""
        name = self.name(reference)
        if not name:
            self.refuse(reference.column or "", f"the {kind} is unknown, and the map has no placeholder.")
        return name or ""

    def translate(self, kind: str, translation: Translation[V], fallback: V) -> V:
        """Return the translation of a value; `kind` names it in an error."""
        value = self.row.cells[translation.column]
        translate = translation.folded.get(fold(value), translation.otherwise) if value else translation.unknown
        if translate is None:
            sentence = (
                f"the map doesn't translate the {kind} « {value} »."
                if value
                else f"the {kind} is unknown, and the map has no word for it."
            )
            self.refuse(translation.column, sentence)
            return fallback
        return translate

    def number(self, column: str | None, allowed: range) -> int | None:
        """Return an integer, or None for an empty cell."""
        number = self.count(column)
        if column and self.row.cells[column] and number not in allowed:
            value = self.row.cells[column]
            self.refuse(column, f"« {value} » is not a whole number from {allowed[0]} to {allowed[-1]}.")
            return None
        return number

    def count(self, column: str | None) -> int | None:
        """Return a counter of the export, or None if it is unreadable."""
        value = self.row.cells[column] if column else ""
        readable = value.isascii() and value.isdecimal() and len(value) <= NUMBER_MAX_DIGITS
        return int(value) if readable else None

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


def _read_facts(cells: RowParser) -> Facts:
    mapping = cells.mapping
    return Facts(
        severity=cells.translate("severity", mapping.severity, Severity.MINOR),
        criticality=cells.translate("criticality", mapping.criticality, Criticality.NON_BLOCKING),
        application=cells.required_name("application", mapping.application),
        requester=cells.required_name("requester", mapping.requester),
        site=cells.required_name("site", mapping.site),
        title=" ".join(cells.text("title", mapping.text.title, permissions.TITLE_LIMIT).split()),
        description=cells.text("description", mapping.text.description, permissions.DESCRIPTION_LIMIT),
    )


def _read_row(cells: RowParser, earlier: Sequence[ParsedRow]) -> ParsedRow:
    mapping = cells.mapping
    closed = cells.translate("state", mapping.state, Status.OPEN) is Status.CLOSED
    first, previous = (earlier[0].opened_at, earlier[-1].at) if earlier else (None, None)
    return ParsedRow(
        line=cells.row.line,
        **vars(cells.times(first, previous, closed=closed)),
        closed=closed,
        state=cells.row.cells[mapping.state.column][: permissions.NAME_LIMIT],
        service=cells.required_name("service", mapping.service),
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
    parsed_rows: list[ParsedRow] = []
    for row in fill_unknown(rows, mapping):
        cells = RowParser(row, mapping, spelling, errors)
        parsed_rows.append(_read_row(cells, parsed_rows))
    if mapping.times.updated:
        sentence = "the incident has more than one row; a map with `times.updated` allows one."
        errors.extend(ImportRemark(row.line, mapping.columns.number, sentence) for row in rows[1:])
    distinct: dict[tuple[str, str], ImportRemark] = {}
    for remark in errors:
        distinct.setdefault((remark.column, remark.sentence), remark)
    return parsed_rows, list(distinct.values())
