"""CSV of a table (RFC 4180, UTF-8, with a header row), for `Accept: text/csv`."""

import csv
import re
from collections.abc import Iterable
from io import StringIO
from typing import Any

from osit_graphql.api.tables import Table

# Spreadsheets run a cell that begins so as a formula, also after white space; and the forms of these in full width.
FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
NUMBER = re.compile(r"-?\d+(\.\d+)?")
TEXT_MARK = "'"  # spreadsheets show the rest of the cell as text


def write_csv(table: Table, data: Any) -> bytes:
    """Return the header and the rows of `data`, a response as JSON values. Nested names are dotted."""
    text = StringIO(newline="")
    writer = csv.writer(text)  # CRLF, and quotation marks where they are needed
    writer.writerow(".".join(column) for column in table.columns)
    writer.writerows(_cells(row) for row in table.rows(data))
    return text.getvalue().encode()


def _cells(values: Iterable[Any]) -> list[str]:
    return [_cell(value) for value in values]


def _cell(value: Any) -> str:
    """Return a value as JSON writes it, without quotation marks; null is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and FORMULA.match(value) and not NUMBER.fullmatch(value):
        return TEXT_MARK + value
    return str(value)
