"""The rows of an export, grouped by incident, each with its line; what can't be read is told by line and column."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TextIO

from osit_graphql.domain.errors import SetupError
from osit_graphql.domain.user_errors import UNSTORABLE_CHARACTERS
from osit_graphql.services.importer.mapping import IncidentMap

NUMBER_LIMIT = 100


class LineReader(Protocol):
    """A `csv.reader`, whose class has no public name."""

    @property
    def line_num(self) -> int:
        """The number of lines that were read."""

    def __next__(self) -> list[str]:
        """Return the cells of the next row."""


@dataclass(frozen=True)
class Remark:
    """One sentence about one place of the file: an error that keeps an incident out, or a warning that doesn't."""

    line: int
    column: str
    sentence: str

    def __str__(self) -> str:
        return (
            f"line {self.line}, {self.column}: {self.sentence}" if self.column else f"line {self.line}: {self.sentence}"
        )


@dataclass(frozen=True)
class Row:
    """One row: the line where it starts (the header being line 1) and its trimmed cells; "" tells nothing."""

    line: int
    cells: Mapping[str, str]


@dataclass
class Sheet:
    """A whole file: the rows of each incident in the file's order, and what could not be read."""

    incidents: dict[str, list[Row]] = field(default_factory=dict)
    errors: list[Remark] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    rows: int = 0

    def complain(self, remark: Remark, number: str = "") -> None:
        """Note an error; the incident it belongs to, when one can tell, is left out whole."""
        self.errors.append(remark)
        if number:
            self.broken.add(number)


def read_rows(path: Path, layout: IncidentMap) -> Sheet:
    """Read a file by its map; a file that can't be begun is a `SetupError`, a bad row an error of the sheet."""
    try:
        # Bytes that are not of the encoding survive as surrogates, so that they can be told by line and column.
        with path.open(encoding=layout.file.encoding, errors="surrogateescape", newline="") as stream:
            return _read(stream, path, layout)
    except OSError as error:
        raise SetupError(f"The file {path} can't be read: {error.strerror}.") from None
    except UnicodeError:
        raise SetupError(f"The file {path} is not written in {layout.file.encoding}.") from None


def _read(stream: TextIO, path: Path, layout: IncidentMap) -> Sheet:
    reader = csv.reader(stream, delimiter=layout.file.delimiter, strict=True)
    try:
        header = [heading.strip() for heading in next(reader)]
    except StopIteration:
        raise SetupError(f"The file {path} is empty.") from None
    except csv.Error:
        raise SetupError(f"The first line of {path} is not a CSV header.") from None
    _check_header(header, path, layout)
    kept = {heading: header.index(heading) for _, heading in layout.headings()}
    sheet = Sheet()
    for line, cells in _lines(reader, sheet):
        _take(sheet, Row(line, {}), cells, header, kept, layout)
    return sheet


def _check_header(header: Sequence[str], path: Path, layout: IncidentMap) -> None:
    wrong = {
        f"{key}: the file has {'no' if header.count(heading) == 0 else 'more than one'} column « {heading} »"
        for key, heading in layout.headings()
        if header.count(heading) != 1
    }
    if wrong:
        raise SetupError(f"The map doesn't fit {path}: {'; '.join(sorted(wrong))}.")


def _lines(reader: LineReader, sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    """Give each row with the line where it starts; a row may go over several lines."""
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            sheet.complain(
                Remark(line, "", "this is not readable CSV: a quotation mark is out of place, or a cell is too long.")
            )
            continue
        if cells:
            yield line, cells


def _take(
    sheet: Sheet, row: Row, cells: list[str], header: Sequence[str], kept: Mapping[str, int], layout: IncidentMap
) -> None:
    sheet.rows += 1
    key = layout.columns.number
    number = cells[kept[key]].strip() if kept[key] < len(cells) else ""
    if len(cells) != len(header):
        sheet.complain(Remark(row.line, "", f"{len(cells)} cells where the header has {len(header)}."), number)
        return
    if number in {"", layout.file.unknown}:
        sheet.complain(Remark(row.line, key, "the incident has no number."))
        return
    if len(number) > NUMBER_LIMIT:
        sheet.complain(Remark(row.line, key, f"the incident's number has more than {NUMBER_LIMIT} characters."), number)
    values = {}
    for heading, index in kept.items():
        value = cells[index].strip()
        if UNSTORABLE_CHARACTERS.search(value):  # surrogates are bytes outside the encoding
            sheet.complain(Remark(row.line, heading, "this has characters that can't be read or stored."), number)
        values[heading] = "" if value == layout.file.unknown else value
    sheet.incidents.setdefault(number, []).append(Row(row.line, values))
