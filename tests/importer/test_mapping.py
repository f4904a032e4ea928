"""A map is valid, or is refused with one sentence that names each wrong key."""

from pathlib import Path

import pytest

from osit_graphql.domain.enums import Criticality, Severity, Status
from osit_graphql.domain.errors import SetupError
from osit_graphql.services.importer.mapping import read_map
from tests.importer.exports import EXAMPLE, MAP, make_map


def test_the_example_map_fits_the_real_export() -> None:
    mapping = read_map(EXAMPLE)
    assert {state for state, status in mapping.state.values.items() if status is Status.CLOSED} == {
        "Resolved",
        "Closed",
    }
    assert mapping.state.otherwise is None
    assert list(mapping.severity.values.values()) == [Severity.MAJOR, Severity.MODERATE, Severity.MINOR]
    assert mapping.criticality.values == {"1 - High": Criticality.BLOCKING}
    assert mapping.criticality.otherwise is Criticality.NON_BLOCKING
    assert mapping.interventions is None
    assert {heading for _, heading in mapping.headings()} >= {
        "number",
        "assignment_group",
        "sys_updated_at",
        "u_symptom",
    }


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('source = "Vieux tickets"', "", "source: is missing"),
        ('number = "no"', "", "columns.number: is missing"),
        ('number = "no"', 'number = "no"\nnumbr = "no"', "columns.numbr: is not a key of a map"),
        ('number = "no"', "number = 3", "columns.number: must be a string"),
        ('number = "no"', 'number = " "', "columns.number: can't be empty"),
        ('"Europe/Paris"', '"Paris/Europe"', "file.time_zone: is not a time zone, like Europe/Paris"),
        ('"Europe/Paris"', '"../etc"', "file.time_zone: is not a time zone"),
        ('"%Y-%m-%d %H:%M"', '"%Y-%m"', "file.date_format: is not a date format that can be read back"),
        ('"%Y-%m-%d %H:%M"', '"%d/%m/%Y %Q"', "file.date_format: is not a date format"),
        ('unknown = "?"', 'encoding = "utf-99"', "file.encoding: is not an encoding, like utf-8"),
        ('unknown = "?"', 'delimiter = ";;"', "file.delimiter: "),
        ('Done = "CLOSED"', 'Done = "FERMÉ"', "state.values.Done: "),
        ('Done = "CLOSED"', 'Done = "PENDING_DECISION"', "state.values.Done: must be OPEN or CLOSED"),
        ('values = { high = "MAJOR", low = "MINOR" }', "", "severity: translates nothing"),
        ('"{app} : {word}"', '"{app"', "text.title: has unmatched braces"),
        ('"{app} : {word}"', '"{app.secret}"', None),
        ('"{app} : {word}"', '"{app!r}"', "text.title: has braces that contain more"),
        ('"{app} : {word}"', '"{}"', "text.title: has braces that contain more"),
        ("[text]", "[interventions]\n[text]", "interventions: has either minutes or column"),
        ("[text]", '[interventions]\nminutes = 5\ncolumn = "m"\n[text]', "interventions: has either"),
        ("[text]", "[interventions]\nminutes = 1441\n[text]", "interventions.minutes: "),
        ("[cause]", "[interventions]\nminutes = 30\n[causes]", "causes: is not a key of a map"),
        ("[text]", "[text", "is not TOML"),
    ],
)
def test_an_error_names_its_key(tmp_path: Path, old: str, new: str, message: str | None) -> None:
    assert old in MAP
    if message is None:  # any column name is valid; the header shows whether the file has it
        assert ("text.title", "app.secret") in make_map(tmp_path, MAP.replace(old, new)).headings()
        return
    with pytest.raises(SetupError) as refusal:
        make_map(tmp_path, MAP.replace(old, new))
    sentence = str(refusal.value)
    assert message in sentence
    assert sentence.startswith("The map ")
    assert "\n" not in sentence


def test_all_errors_are_reported_together(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"columns\.number: is missing; times\.opened: is missing\.$"):
        make_map(tmp_path, MAP.replace('number = "no"', "").replace('opened = "opened"', ""))


def test_interventions_need_a_cause_and_a_technician(tmp_path: Path) -> None:
    text = MAP.replace('[cause]\ncolumn = "cause"\n', "") + "[interventions]\nminutes = 30\n"
    with pytest.raises(SetupError, match="interventions need the tables cause and resolver"):
        make_map(tmp_path, text)


def test_an_unreadable_map_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"map\.toml can't be read: No such file or directory\.$"):
        read_map(tmp_path / "map.toml")
    (tmp_path / "map.toml").write_bytes(b'source = "\xe9t\xe9"')
    with pytest.raises(SetupError, match="is not UTF-8 text"):
        read_map(tmp_path / "map.toml")


def test_a_delimiter_may_be_a_tab(tmp_path: Path) -> None:
    assert make_map(tmp_path, MAP.replace('unknown = "?"', 'delimiter = "\\t"')).file.delimiter == "\t"
