"""What each row of an incident says, in OSIT's words: times, names and translations, the unknown filled in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from osit_graphql.db.models import name_key
from osit_graphql.domain import clock, permissions
from osit_graphql.domain.enums import Criticality, Severity, Status
from osit_graphql.services.importer.csv_reader import Remark, Row
from osit_graphql.services.importer.mapping import IncidentMap, Reference, Translation, parse_template
from osit_graphql.services.validation import is_blank

V = TypeVar("V")
NEVER = datetime(1970, 1, 1, tzinfo=UTC)

# How a name was first written in a column: another case or accent is the same thing, not a change.
Spelling = dict[tuple[str, str], str]


@dataclass(frozen=True)
class Facts:
    """What a qualification speaks of; names of things, not their identities."""

    severity: Severity
    criticality: Criticality
    application: str
    requester: str
    site: str
    title: str
    description: str


@dataclass(frozen=True)
class Reading:
    """One row, read. `at` and `opened_at` are in UTC."""

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


def fill_unknown(rows: Sequence[Row], layout: IncidentMap) -> list[Row]:
    """Put the last known value where a row tells nothing, and the first known one before it.

    Not knowing is not a change: an incident whose group is known, unknown, then known again has changed service only
    if the two groups differ, and one whose group becomes known has not been re-routed. Times are each row's own, and
    an assignee who is not told is nobody.
    """
    own = {layout.times.changed, *([layout.assignee.column] if layout.assignee else [])}
    columns = [column for column in rows[0].cells if column not in own]
    known = {column: next((row.cells[column] for row in rows if row.cells[column]), "") for column in columns}
    filled = []
    for row in rows:
        known |= {column: row.cells[column] for column in columns if row.cells[column]}
        filled.append(Row(row.line, {**row.cells, **known}))
    return filled


class Cells:
    """One row under one map. A cell that can't be taken is a remark and gives a stand-in: the row is thrown away."""

    def __init__(self, row: Row, layout: IncidentMap, spelling: Spelling, remarks: list[Remark]) -> None:
        self.row = row
        self.layout = layout
        self.spelling = spelling
        self.remarks = remarks

    def refuse(self, column: str, sentence: str) -> None:
        """Note what is wrong with a cell."""
        self.remarks.append(Remark(self.row.line, column, sentence))

    def time(self, *columns: str | None) -> datetime:
        """Read the first of these columns that tells a time; without a zone of its own, it is in the map's."""
        named = [column for column in columns if column]
        column = next((column for column in named if self.row.cells[column]), named[0])
        value = self.row.cells[column]
        if not value:
            self.refuse(column, "the time is unknown.")
            return NEVER
        try:
            moment = _read_time(value, self.layout.file.date_format, self.layout.file.time_zone)
        except (ValueError, OverflowError):
            self.refuse(column, f"« {value} » is not a time written as {self.layout.file.date_format}.")
            return NEVER
        if moment > clock.now():
            self.refuse(column, f"« {value} » has not come yet.")
        return moment

    def name(self, reference: Reference | None) -> str | None:
        """Read a name, inner blanks made one; where nothing tells, the map's placeholder or nobody."""
        if reference is None:
            return None
        cell = self.row.cells[reference.column]
        name = " ".join((reference.unknown or "" if is_blank(cell) else cell).split())
        if len(name) > permissions.NAME_LIMIT:
            self.refuse(reference.column, f"this name has more than {permissions.NAME_LIMIT} characters.")
        return self.spelling.setdefault((reference.column, name_key(name)), name) or None

    def needed(self, reference: Reference) -> str:
        """Read a name that no ticket is without."""
        name = self.name(reference)
        if not name:
            self.refuse(reference.column, "this is unknown, and the map has no name that stands in.")
        return name or ""

    def word(self, translation: Translation[V], stand_in: V) -> V:
        """Translate a value."""
        value = self.row.cells[translation.column]
        word = translation.values.get(value, translation.otherwise) if value else translation.unknown
        if word is None:
            said = (
                f"the map doesn't translate « {value} »."
                if value
                else "this is unknown, and the map has no word for it."
            )
            self.refuse(translation.column, said)
            return stand_in
        return word

    def number(self, column: str | None, allowed: range) -> int | None:
        """Read a whole number, or nothing."""
        value = self.row.cells[column] if column else ""
        if not column or not value:
            return None
        if not value.isascii() or not value.isdecimal() or int(value[:9]) not in allowed:
            self.refuse(column, f"« {value} » is not a whole number from {allowed[0]} to {allowed[-1]}.")
            return None
        return int(value)

    def count(self, column: str | None) -> int | None:
        """Read one of the export's counters; one that can't be read is not worth an incident."""
        value = self.row.cells[column] if column else ""
        return int(value) if value.isascii() and value.isdecimal() else None

    def text(self, key: str, template: str, limit: int) -> str:
        """Fill a template."""
        parts = parse_template(template)
        values = (
            text + (self.row.cells[column] or self.layout.text.unknown if column else "") for text, column in parts
        )
        filled = "".join(values).strip()
        if is_blank(filled) or len(filled) > limit:
            self.refuse(f"[text] {key}", f"this has {len(filled)} characters; it needs 1 to {limit}.")
        return filled


@lru_cache(maxsize=10_000)
def _read_time(value: str, form: str, zone: str) -> datetime:
    moment = datetime.strptime(value, form)  # noqa: DTZ007 - the zone comes next
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def _read_facts(cells: Cells) -> Facts:
    layout = cells.layout
    return Facts(
        severity=cells.word(layout.severity, Severity.MINOR),
        criticality=cells.word(layout.criticality, Criticality.NON_BLOCKING),
        application=cells.needed(layout.application),
        requester=cells.needed(layout.requester),
        site=cells.needed(layout.site),
        title=" ".join(cells.text("title", layout.text.title, permissions.TITLE_LIMIT).split()),
        description=cells.text("description", layout.text.description, permissions.DESCRIPTION_LIMIT),
    )


def _read_row(cells: Cells) -> Reading:
    layout = cells.layout
    closed = cells.word(layout.state, Status.OPEN) is Status.CLOSED
    stand_ins = (layout.times.resolved, layout.times.closed) if closed else ()
    return Reading(
        line=cells.row.line,
        at=cells.time(layout.times.changed, *stand_ins),
        opened_at=cells.time(layout.times.opened),
        state=cells.row.cells[layout.state.column][: permissions.NAME_LIMIT],
        closed=closed,
        service=cells.needed(layout.service),
        facts=_read_facts(cells),
        operator=cells.name(layout.operator),
        assignee=cells.name(layout.assignee),
        resolver=cells.name(layout.resolver),
        cause=cells.name(layout.cause),
        minutes=cells.number(layout.interventions.column if layout.interventions else None, permissions.MINUTES),
        updated_by=" ".join(cells.row.cells.get(layout.columns.updated_by or "", "").split()),
        reopened=cells.count(layout.counters.reopened),
        rerouted=cells.count(layout.counters.rerouted),
    )


def read_incident(rows: Sequence[Row], layout: IncidentMap, spelling: Spelling) -> tuple[list[Reading], list[Remark]]:
    """Read an incident's rows; with one error or more there is no incident. The same error is told once."""
    remarks: list[Remark] = []
    readings = [_read_row(Cells(row, layout, spelling, remarks)) for row in fill_unknown(rows, layout)]
    errors: dict[tuple[str, str], Remark] = {}
    for remark in remarks:
        errors.setdefault((remark.column, remark.sentence), remark)
    return readings, list(errors.values())
