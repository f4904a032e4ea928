"""A file is read to its end: what is wrong is told by line and column, and keeps out its own incident only."""

from pathlib import Path

import pytest

from osit_graphql.domain.errors import SetupError
from osit_graphql.services.importer.csv_reader import Sheet, read_rows
from tests.importer.exports import MAP, ROW, make_map, write_export, write_lines

HEADER = ",".join(ROW)
GOOD = ",".join(ROW.values())


def read(folder: Path, *lines: str) -> Sheet:
    """Read a file of these lines."""
    return read_rows(write_lines(folder, lines), make_map(folder))


def told(sheet: Sheet) -> list[str]:
    """Return the errors as whoever imports reads them."""
    return list(map(str, sheet.errors))


def test_rows_are_grouped_by_incident_even_when_they_do_not_follow_one_another(tmp_path: Path) -> None:
    sheet = read(tmp_path, HEADER, GOOD, GOOD.replace("I1", "I2"), GOOD.replace("Lyon", " ? "))
    assert {number: [row.line for row in rows] for number, rows in sheet.incidents.items()} == {"I1": [2, 4], "I2": [3]}
    assert [row.cells["place"] for row in sheet.incidents["I1"]] == ["Lyon", ""]
    assert sheet.rows == 3
    assert sheet.errors == []


def test_a_row_over_several_lines_is_told_by_its_first(tmp_path: Path) -> None:
    sheet = read(tmp_path, HEADER, GOOD.replace("écran noir", '"écran\nnoir"'), "", GOOD.replace("I1", "I2"))
    assert [row.line for rows in sheet.incidents.values() for row in rows] == [2, 5]
    assert sheet.incidents["I1"][0].cells["word"] == "écran\nnoir"


def test_a_bad_row_keeps_its_incident_out_and_the_others_in(tmp_path: Path) -> None:
    sheet = read(tmp_path, HEADER, GOOD, "I1,too,short", GOOD.replace("I1", "I2"), GOOD.replace("I1", "?"))
    assert told(sheet) == ["line 3: 3 cells where the header has 19.", "line 5, no: the incident has no number."]
    assert sheet.broken == {"I1"}
    assert sheet.incidents.keys() == {"I1", "I2"}


def test_a_number_has_a_limit(tmp_path: Path) -> None:
    sheet = read(tmp_path, HEADER, GOOD.replace("I1", "I" * 101))
    assert told(sheet) == ["line 2, no: the incident's number has more than 100 characters."]
    assert sheet.broken == {"I" * 101}


def test_characters_that_cannot_be_stored_are_told(tmp_path: Path) -> None:
    place = write_lines(tmp_path, [HEADER, GOOD, GOOD.replace("I1", "I2").replace("Lyon", "Ly\x00on")])
    place.write_bytes(place.read_bytes().replace(b"Paie", b"\xe9t\xe9", 1))
    sheet = read_rows(place, make_map(tmp_path))
    sentence = "this has characters that can't be read or stored."
    assert told(sheet) == [f"line 2, app: {sentence}", f"line 3, place: {sentence}"]


def test_a_quotation_mark_out_of_place_is_told(tmp_path: Path) -> None:
    sheet = read(tmp_path, HEADER, GOOD.replace("écran noir", '"écran" noir'), GOOD.replace("I1", "I2"))
    assert told(sheet) == ["line 2: this is not readable CSV: a quotation mark is out of place, or a cell is too long."]
    assert sheet.incidents.keys() == {"I2"}


def test_another_delimiter_encoding_and_a_byte_order_mark(tmp_path: Path) -> None:
    place = write_export(tmp_path, {})
    text = place.read_text(encoding="utf-8").replace(",", ";")
    place.write_text(text, encoding="latin-1")
    changed = MAP.replace('unknown = "?"', 'unknown = "?"\ndelimiter = ";"\nencoding = "latin-1"')
    assert read_rows(place, make_map(tmp_path, changed)).incidents["I1"][0].cells["word"] == "écran noir"
    write_export(tmp_path, {}).write_text(text.replace(";", ","), encoding="utf-8-sig")
    assert read_rows(place, make_map(tmp_path)).incidents.keys() == {"I1"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is empty"),
        (HEADER.replace("place,", "") + "\n", "site.column: the file has no column « place »"),
        (HEADER.replace("place", "app") + "\n", "application.column: the file has more than one column « app »"),
        ('"a" b\n', "is not a CSV header"),
    ],
)
def test_a_file_that_the_map_does_not_fit_is_refused_at_once(tmp_path: Path, content: str, told: str) -> None:
    place = tmp_path / "export.csv"
    place.write_text(content, encoding="utf-8")
    with pytest.raises(SetupError, match=told):
        read_rows(place, make_map(tmp_path))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="can't be read: No such file or directory"):
        read_rows(tmp_path / "none.csv", make_map(tmp_path))


def test_a_file_in_a_stricter_encoding_is_told(tmp_path: Path) -> None:
    place = tmp_path / "export.csv"
    place.write_bytes(b"abc")
    with pytest.raises(SetupError, match="is not written in utf-16"):
        read_rows(place, make_map(tmp_path, MAP.replace('unknown = "?"', 'encoding = "utf-16"')))
