"""The columns of a CSV export: where its header has them, and how their cells are read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from osit_graphql.services.importer.html_text import html_to_text
from osit_graphql.services.importer.mapping import IncidentMap, compose, fold
from osit_graphql.services.validation import normalize_line_breaks

GUARDED_FORMULA = re.compile("^'(?=[=+@-])")  # osTicket and GLPI write it, so that spreadsheets run no formula


@dataclass(frozen=True)
class Header:
    """The number of columns, the indexes of each column of the map, and a sentence for each that is wrong."""

    width: int
    indexes: Mapping[str, Sequence[int]]
    wrong: set[str]

    @property
    def last(self) -> int:
        """The number of cells up to the last column of the map."""
        return max(max(indexes) for indexes in self.indexes.values()) + 1

    def read(self, heading: str, cells: Sequence[str], mapping: IncidentMap) -> str:
        """Return a trimmed cell, "" for an unknown one; a column that occurs more than once has a line for each cell.

        Missing cells at the end of a row are empty.
        """
        is_html = heading in mapping.file.html
        values = (
            _read_cell(cells[index], mapping.file.unknown, is_html=is_html)
            for index in self.indexes[heading]
            if index < len(cells)
        )
        return "\n".join(filter(None, values))


def match_header(cells: Sequence[str], mapping: IncidentMap) -> Header:
    """Compare a row with the headings of the map, first as they are written, then regardless of case and accents."""
    spelled = [compose(cell.strip()) for cell in cells]
    while spelled and not spelled[-1]:
        spelled.pop()
    folded = [fold(cell) for cell in spelled]
    indexes, wrong = {}, set()
    for key, heading in mapping.headings():
        same = [index for index, cell in enumerate(spelled) if cell == compose(heading)]
        indexes[heading] = same or [index for index, cell in enumerate(folded) if cell == fold(heading)]
        if not indexes[heading]:
            wrong.add(f"{key}: the file has no column « {heading} »")
        elif len(indexes[heading]) > 1 and heading not in mapping.file.repeated:
            wrong.add(f"{key}: the file has more than one column « {heading} »")
    return Header(len(spelled), indexes, wrong)


def is_footer(cells: Sequence[str], mapping: IncidentMap) -> bool:
    """Whether the row has one cell, and the map's footer at its beginning."""
    filled = [cell for cell in cells if cell.strip()]
    return bool(mapping.file.footer and len(filled) == 1 and fold(filled[0]).startswith(fold(mapping.file.footer)))


def _read_cell(cell: str, unknown: str, *, is_html: bool) -> str:
    value = compose(cell.strip())
    if not value.isprintable():
        value = normalize_line_breaks(value)
    if value.startswith("'"):
        value = GUARDED_FORMULA.sub("", value)
    value = html_to_text(value) if is_html else value
    return "" if value == unknown else value
