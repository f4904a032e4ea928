"""Prints rows to standard output: one line for each, or with `--json` one JSON object on a line for each.

Sentences go to standard error when there are JSON objects, so that a program can read all of standard output.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Final

import orjson
import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]

COLUMN_GAP: Final = "  "


def print_json(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print each row as one JSON object on a line of its own, times in UTC."""
    for row in rows:
        typer.echo(orjson.dumps(row, default=str, option=orjson.OPT_UTC_Z))


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a line of headings and one line for each row, in aligned columns, however narrow the terminal is."""
    lines = [headings, *([_on_one_line(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        typer.echo(COLUMN_GAP.join(cells).rstrip())


def _on_one_line(cell: str) -> str:
    """Replace line breaks and control characters by spaces."""
    return "".join(character if character.isprintable() else " " for character in cell)
