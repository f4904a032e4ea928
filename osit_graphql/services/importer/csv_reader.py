"""Reads the rows of a CSV export, grouped by incident; errors name the line and the column."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Protocol, TextIO

from osit_graphql.domain.errors import SetupError
from osit_graphql.domain.user_errors import UNSTORABLE_CHARACTERS
from osit_graphql.services.importer.header import Header, is_footer, match_header
from osit_graphql.services.importer.mapping import IncidentMap

NUMBER_MAX_CHARACTERS = 100
NUMBER_SPACES = re.compile(r"(?<=\d)[\u00a0\u202f\u2009](?=\d)")  # GLPI writes 5 732 with a no-break space
HEADER_MAX_ROWS = 10
DELIMITER_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE | re.DOTALL)


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
    """The content of a file: the rows of each incident in the file's order, the errors, and the lines cut short."""

    incidents: dict[str, list[Row]] = field(default_factory=dict)
    errors: list[ImportRemark] = field(default_factory=list)
    rejected: set[str] = field(default_factory=set)
    short_lines: list[int] = field(default_factory=list)
    rows: int = 0

    def add_error(self, remark: ImportRemark, number: str = "") -> None:
        """Add an error; it excludes the incident with this number, if there is one."""
        self.errors.append(remark)
        if number:
            self.rejected.add(number)

    def warnings(self) -> list[ImportRemark]:
        """Return one warning for all lines that end before a column of the map."""
        count = len(self.short_lines)
        sentence = f"the line lacks cells at its end, which are read as empty (such lines: {count})."
        return [ImportRemark(line, "", sentence) for line in self.short_lines[:1]]


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
    # Excel's first line may name the delimiter. It becomes an empty line, so that lines are still counted.
    first = stream.readline()
    named = DELIMITER_LINE.fullmatch(first)
    lines = chain(["\n" if named else first], stream)
    reader = csv.reader(lines, delimiter=named[1] if named else mapping.file.delimiter, strict=True)
    export = ParsedExport()
    rows = _numbered_rows(reader, export)
    header = _read_header(islice(rows, HEADER_MAX_ROWS), path, mapping, export)
    for line, cells in rows:
        _add_row(export, line, cells, header, mapping)
    return export


def _read_header(
    rows: Iterator[tuple[int, list[str]]], path: Path, mapping: IncidentMap, export: ParsedExport
) -> Header:
    """Return the first row that has all columns of the map: some exports have a title above it."""
    wrong: set[str] | None = None
    for _, cells in rows:
        header = match_header(cells, mapping)
        if not header.wrong:
            return header
        wrong = header.wrong if wrong is None else min(wrong, header.wrong, key=len)
    if wrong is not None:
        raise SetupError(f"The map doesn't fit {path}: {'; '.join(sorted(wrong))}.")
    raise SetupError(
        f"The first line of {path} is not a CSV header." if export.errors else f"The file {path} is empty."
    )


def _numbered_rows(reader: LineReader, export: ParsedExport) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the line where it starts, without empty ones; a row may span several lines."""
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
        if any(map(str.strip, cells)):
            yield line, cells


def _add_row(export: ParsedExport, line: int, cells: list[str], header: Header, mapping: IncidentMap) -> None:
    if is_footer(cells, mapping):
        return
    export.rows += 1
    key = mapping.columns.number
    number = header.read(key, cells, mapping)
    if mapping.times.updated:  # with a map of changes, numbers stay as earlier imports read them
        number = NUMBER_SPACES.sub("", number)
    if any(map(str.strip, cells[header.width :])):
        export.add_error(ImportRemark(line, "", f"{len(cells)} cells where the header has {header.width}."), number)
    elif not number:
        export.add_error(ImportRemark(line, key, "the incident has no number."))
    elif len(number) > NUMBER_MAX_CHARACTERS:
        export.add_error(
            ImportRemark(line, key, f"the incident's number has more than {NUMBER_MAX_CHARACTERS} characters."), number
        )
    else:
        if len(cells) < header.last:
            export.short_lines.append(line)
        values = {heading: header.read(heading, cells, mapping) for heading in header.indexes}
        for heading, value in values.items():
            if UNSTORABLE_CHARACTERS.search(value):  # surrogates are bytes outside the encoding
                remark = ImportRemark(line, heading, "this has characters that can't be read or stored.")
                export.add_error(remark, number)
        export.incidents.setdefault(number, []).append(Row(line, values))
