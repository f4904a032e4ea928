"""A file is read completely: an error names its line and column, and excludes only its incident."""

from pathlib import Path

import pytest

from osit_graphql.domain.errors import SetupError
from osit_graphql.services.importer.csv_reader import ParsedExport, read_export
from tests.importer.exports import MAP, ROW, make_map, write_export, write_lines

HEADER = ",".join(ROW)
GOOD = ",".join(ROW.values())


def read(folder: Path, *lines: str) -> ParsedExport:
    """Read a file of these lines."""
    return read_export(write_lines(folder, lines), make_map(folder))


def error_lines(export: ParsedExport) -> list[str]:
    """Return the errors as the command prints them."""
    return list(map(str, export.errors))


def test_rows_are_grouped_by_incident_in_any_order(tmp_path: Path) -> None:
    export = read(tmp_path, HEADER, GOOD, GOOD.replace("I1", "I2"), GOOD.replace("Lyon", " ? "))
    assert {number: [row.line for row in rows] for number, rows in export.incidents.items()} == {
        "I1": [2, 4],
        "I2": [3],
    }
    assert [row.cells["place"] for row in export.incidents["I1"]] == ["Lyon", ""]
    assert export.rows == 3
    assert export.errors == []


def test_a_row_over_several_lines_has_the_number_of_its_first_line(tmp_path: Path) -> None:
    export = read(tmp_path, HEADER, GOOD.replace("écran noir", '"écran\nnoir"'), "", GOOD.replace("I1", "I2"))
    assert [row.line for rows in export.incidents.values() for row in rows] == [2, 5]
    assert export.incidents["I1"][0].cells["word"] == "écran\nnoir"


def test_a_bad_row_excludes_only_its_incident(tmp_path: Path) -> None:
    export = read(tmp_path, HEADER, GOOD, f"{GOOD},much,too,long", GOOD.replace("I1", "I2"), GOOD.replace("I1", "?"))
    assert error_lines(export) == [
        "line 3: 22 cells where the header has 19.",
        "line 5, no: the incident has no number.",
    ]
    assert export.rejected == {"I1"}
    assert export.incidents.keys() == {"I1", "I2"}


def test_an_incident_number_over_the_limit_is_an_error(tmp_path: Path) -> None:
    export = read(tmp_path, HEADER, GOOD.replace("I1", "I" * 101))
    assert error_lines(export) == ["line 2, no: the incident's number has more than 100 characters."]
    assert export.rejected == {"I" * 101}


def test_characters_that_cannot_be_stored_are_errors(tmp_path: Path) -> None:
    path = write_lines(tmp_path, [HEADER, GOOD, GOOD.replace("I1", "I2").replace("Lyon", "Ly\x00on")])
    path.write_bytes(path.read_bytes().replace(b"Paie", b"\xe9t\xe9", 1))
    export = read_export(path, make_map(tmp_path))
    sentence = "this has characters that can't be read or stored."
    assert error_lines(export) == [f"line 2, app: {sentence}", f"line 3, place: {sentence}"]


def test_line_breaks_in_a_cell_are_read_as_lf(tmp_path: Path) -> None:
    export = read(tmp_path, HEADER, GOOD.replace("écran noir", "écran\x0bnoir\x0cet\x85muet"))
    assert error_lines(export) == []
    [[row]] = export.incidents.values()
    assert "écran\nnoir\net\nmuet" in row.cells.values()


def test_a_misplaced_quotation_mark_is_an_error(tmp_path: Path) -> None:
    export = read(tmp_path, HEADER, GOOD.replace("écran noir", '"écran" noir'), GOOD.replace("I1", "I2"))
    assert error_lines(export) == [
        "line 2: this is not readable CSV: a quotation mark is out of place, or a cell is too long."
    ]
    assert export.incidents.keys() == {"I2"}


def test_delimiter_encoding_and_byte_order_mark_are_read(tmp_path: Path) -> None:
    path = write_export(tmp_path, {})
    text = path.read_text(encoding="utf-8").replace(",", ";")
    path.write_text(text, encoding="latin-1")
    changed = MAP.replace('unknown = "?"', 'unknown = "?"\ndelimiter = ";"\nencoding = "latin-1"')
    assert read_export(path, make_map(tmp_path, changed)).incidents["I1"][0].cells["word"] == "écran noir"
    write_export(tmp_path, {}).write_text(text.replace(";", ","), encoding="utf-8-sig")
    assert read_export(path, make_map(tmp_path)).incidents.keys() == {"I1"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        (HEADER.replace("place,", "") + "\n", "site.column: the file has no column « place »"),
        (HEADER.replace("place", "app") + "\n", "application.column: the file has more than one column « app »"),
        ('"a" b\n', "is not a CSV header"),
    ],
)
def test_a_file_that_does_not_fit_the_map_is_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "export.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SetupError, match=message):
        read_export(path, make_map(tmp_path))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="can't be read: No such file or directory"):
        read_export(tmp_path / "none.csv", make_map(tmp_path))


def test_a_file_in_the_wrong_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(b"abc")
    with pytest.raises(SetupError, match="is not encoded in utf-16"):
        read_export(path, make_map(tmp_path, MAP.replace('unknown = "?"', 'encoding = "utf-16"')))
