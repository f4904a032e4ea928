"""Reads the rows of a CSV export, grouped by incident; errors name the line and the column."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TextIO

from osit_graphql.domain.errors import SetupError
from osit_graphql.domain.user_errors import UNSTORABLE_CHARACTERS
from osit_graphql.services.importer.mapping import IncidentMap

NUMBER_MAX_CHARACTERS = 100


class LineReader(Protocol):
    """A `csv.reader`, whose class has no public name."""

    @property
    def line_num(self) -> int:
        """The number of lines that were read."""

    def __next__(self) -> list[str]:
        """Return the cells of the next row."""


@dataclass(frozen=True)
class ImportRemark:
    """A sentence about one place of the file: an error, which excludes its incident, or a warning."""

    line: int
    column: str
    sentence: str

    def __str__(self) -> str:
        return (
            f"line {self.line}, {self.column}: {self.sentence}" if self.column else f"line {self.line}: {self.sentence}"
        )


@dataclass(frozen=True)
class Row:
    """One row: the line where it starts (the header is line 1) and its trimmed cells; an unknown cell is ""."""

    line: int
    cells: Mapping[str, str]


@dataclass
class ParsedExport:
    """The content of a file: the rows of each incident in the file's order, and the errors."""

    incidents: dict[str, list[Row]] = field(default_factory=dict)
    errors: list[ImportRemark] = field(default_factory=list)
    rejected: set[str] = field(default_factory=set)
    rows: int = 0

    def add_error(self, remark: ImportRemark, number: str = "") -> None:
        """Add an error; it excludes the incident with this number, if there is one."""
        self.errors.append(remark)
        if number:
            self.rejected.add(number)


def read_export(path: Path, mapping: IncidentMap) -> ParsedExport:
    """Read a file by its map; raise `SetupError` for an unreadable file or header. A bad row adds an error."""
    try:
        # Undecodable bytes become surrogates, so that an error can name their line and column.
        with path.open(encoding=mapping.file.encoding, errors="surrogateescape", newline="") as stream:
            return _parse_stream(stream, path, mapping)
    except OSError as error:
        raise SetupError(f"The file {path} can't be read: {error.strerror}.") from None
    except UnicodeError:
        raise SetupError(f"The file {path} is not encoded in {mapping.file.encoding}.") from None


def _parse_stream(stream: TextIO, path: Path, mapping: IncidentMap) -> ParsedExport:
    reader = csv.reader(stream, delimiter=mapping.file.delimiter, strict=True)
    try:
        header = [heading.strip() for heading in next(reader)]
    except StopIteration:
        raise SetupError(f"The file {path} is empty.") from None
    except csv.Error:
        raise SetupError(f"The first line of {path} is not a CSV header.") from None
    _check_header(header, path, mapping)
    column_indexes = {heading: header.index(heading) for _, heading in mapping.headings()}
    export = ParsedExport()
    for line, cells in _numbered_rows(reader, export):
        _add_row(export, Row(line, {}), cells, header, column_indexes, mapping)
    return export


def _check_header(header: Sequence[str], path: Path, mapping: IncidentMap) -> None:
    wrong = {
        f"{key}: the file has {'no' if header.count(heading) == 0 else 'more than one'} column « {heading} »"
        for key, heading in mapping.headings()
        if header.count(heading) != 1
    }
    if wrong:
        raise SetupError(f"The map doesn't fit {path}: {'; '.join(sorted(wrong))}.")


def _numbered_rows(reader: LineReader, export: ParsedExport) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the line where it starts; a row may span several lines."""
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            export.add_error(
                ImportRemark(
                    line, "", "this is not readable CSV: a quotation mark is out of place, or a cell is too long."
                )
            )
            continue
        if cells:
            yield line, cells


def _add_row(
    export: ParsedExport,
    row: Row,
    cells: list[str],
    header: Sequence[str],
    column_indexes: Mapping[str, int],
    mapping: IncidentMap,
) -> None:
    export.rows += 1
    key = mapping.columns.number
    number = cells[column_indexes[key]].strip() if column_indexes[key] < len(cells) else ""
    if len(cells) != len(header):
        export.add_error(ImportRemark(row.line, "", f"{len(cells)} cells where the header has {len(header)}."), number)
        return
    if number in {"", mapping.file.unknown}:
        export.add_error(ImportRemark(row.line, key, "the incident has no number."))
        return
    if len(number) > NUMBER_MAX_CHARACTERS:
        export.add_error(
            ImportRemark(row.line, key, f"the incident's number has more than {NUMBER_MAX_CHARACTERS} characters."),
            number,
        )
    values = {}
    for heading, index in column_indexes.items():
        value = cells[index].strip()
        if UNSTORABLE_CHARACTERS.search(value):  # surrogates are bytes outside the encoding
            export.add_error(
                ImportRemark(row.line, heading, "this has characters that can't be read or stored."), number
            )
        values[heading] = "" if value == mapping.file.unknown else value
    export.incidents.setdefault(number, []).append(Row(row.line, values))
