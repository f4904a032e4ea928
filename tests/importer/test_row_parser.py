"""Parsing of rows: times, names, translations and errors."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from osit_graphql.domain import clock
from osit_graphql.domain.enums import Criticality, Severity
from osit_graphql.services.importer.csv_reader import read_export
from osit_graphql.services.importer.mapping import IncidentMap
from osit_graphql.services.importer.row_parser import Facts, ParsedRow, read_incident
from tests.importer.exports import MAP, make_map, paris, plan_rows, write_export


def read(folder: Path, *rows: dict[str, str], mapping: IncidentMap | None = None) -> list[ParsedRow]:
    """Read the rows of one incident without an error."""
    mapping = mapping or make_map(folder)
    parsed_rows, errors = read_incident(read_export(write_export(folder, *rows), mapping).incidents["I1"], mapping, {})
    assert errors == []
    return parsed_rows


def test_every_field_of_a_row_is_parsed(tmp_path: Path) -> None:
    [parsed] = read(tmp_path, {"tech": "Nadia  Petit", "reopens": "2", "cause": "Câble", "solver": "Nadia Petit"})
    facts = Facts(Severity.MAJOR, Criticality.BLOCKING, "Paie", "Alice Roux", "Lyon", "Paie : écran noir", "écran noir")
    assert parsed == ParsedRow(
        line=2, at=paris(5, 9), opened_at=paris(5, 8), state="Todo", closed=False, service="Réseau", facts=facts,
        operator="Omar Diallo", assignee="Nadia Petit", resolver="Nadia Petit", cause="Câble", minutes=None,
        updated_by="", reopened=2, rerouted=None,
    )  # fmt: skip


def test_an_unknown_value_becomes_the_placeholder_of_the_map_or_none(tmp_path: Path) -> None:
    [parsed] = read(tmp_path, dict.fromkeys(("group", "place", "impact", "desk", "word"), "?"))
    assert parsed.service == "Groupe inconnu"
    assert parsed.facts.site == "Site inconnu"
    assert parsed.facts.severity is Severity.MODERATE
    assert parsed.operator is None
    assert parsed.facts.title == "Paie : inconnu"


def test_an_unknown_value_repeats_the_last_known_one(tmp_path: Path) -> None:
    rows = read(tmp_path, {"group": "?"}, {"tech": "Nadia Petit"}, {"group": "?", "place": ""}, {"group": "Postes"})
    assert [row.service for row in rows] == ["Réseau", "Réseau", "Réseau", "Postes"]
    assert [row.facts.site for row in rows] == ["Lyon"] * 4
    assert [row.assignee for row in rows] == [None, "Nadia Petit", None, None]


def test_a_name_in_another_case_is_the_same_name(tmp_path: Path) -> None:
    rows = read(tmp_path, {}, {"group": "RESEAU", "place": "lyon", "app": " paie"})
    assert [(row.service, row.facts.site, row.facts.application) for row in rows] == [("Réseau", "Lyon", "Paie")] * 2


@pytest.mark.parametrize(
    ("zone", "written", "expected"),
    [
        ("Europe/Paris", "2026-07-01 12:00", datetime(2026, 7, 1, 10, tzinfo=UTC)),
        ("UTC", "2026-07-01 12:00", datetime(2026, 7, 1, 12, tzinfo=UTC)),
        ("Asia/Kolkata", "2026-07-01 12:00", datetime(2026, 7, 1, 6, 30, tzinfo=UTC)),
        ("Europe/Paris", "2026-03-29 02:30", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # an hour that was skipped
        ("Europe/Paris", "2025-10-26 02:30", datetime(2025, 10, 26, 0, 30, tzinfo=UTC)),  # the first of two
    ],
)
def test_times_are_in_the_zone_of_the_map(tmp_path: Path, zone: str, written: str, expected: datetime) -> None:
    mapping = make_map(tmp_path, MAP.replace("Europe/Paris", zone))
    assert read(tmp_path, {"at": written}, mapping=mapping)[0].at == expected


def test_a_time_with_its_own_offset_keeps_it(tmp_path: Path) -> None:
    mapping = make_map(tmp_path, MAP.replace("%H:%M", "%H:%M%z"))
    row = {"at": "2026-07-01 12:00+0530", "opened": "2026-07-01 12:00Z"}
    assert read(tmp_path, row, mapping=mapping)[0].at == datetime(2026, 7, 1, 6, 30, tzinfo=UTC)


def test_a_closing_without_a_time_of_its_own_takes_the_resolution(tmp_path: Path) -> None:
    end = {"state": "Done", "at": "?", "closed": "2026-01-09 10:00"}
    assert read(tmp_path, {}, end)[1].at == paris(9, 10)
    assert read(tmp_path, {}, end | {"resolved": "2026-01-08 10:00"})[1].at == paris(8, 10)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"at": "?"}, "at: the time is unknown."),
        ({"at": "?", "resolved": "2026-01-08 10:00"}, "at: the time is unknown."),
        ({"at": "2026-02-30 10:00"}, "at: « 2026-02-30 10:00 » is not a time written as %Y-%m-%d %H:%M."),
        ({"at": "0001-01-01 00:00"}, "at: « 0001-01-01 00:00 » is not a time written as %Y-%m-%d %H:%M."),
        ({"at": "2126-01-01 00:00"}, "at: « 2126-01-01 00:00 » is in the future."),
        ({"state": "Gone"}, "state: the map doesn't translate the state « Gone »."),
        ({"state": "?"}, "state: the state is unknown, and the map has no word for it."),
        ({"app": "?"}, "app: the application is unknown, and the map has no placeholder."),
        ({"app": "\u200b"}, "app: the application is unknown, and the map has no placeholder."),
        ({"caller": "x" * 201}, "caller: this name has more than 200 characters."),
        ({"word": "x" * 194}, "[text] title: this has 201 characters; it needs 1 to 200."),
    ],
)
def test_an_invalid_cell_is_reported_with_line_and_column(tmp_path: Path, row: dict[str, str], message: str) -> None:
    plan = plan_rows(tmp_path, {"no": "I0"}, row, row, {"no": "I2"})
    assert list(map(str, plan.errors)) == [f"line 3, {message}"]
    assert [history.number for history in plan.histories] == ["I0", "I2"]


def test_all_errors_of_an_incident_are_reported_together(tmp_path: Path) -> None:
    plan = plan_rows(tmp_path, {"impact": "odd"}, {"at": "now", "caller": "?", "impact": "low"})
    assert list(map(str, plan.errors)) == [
        "line 2, impact: the map doesn't translate the severity « odd ».",
        "line 3, at: « now » is not a time written as %Y-%m-%d %H:%M.",
    ]


def test_a_time_after_the_clock_is_an_error(tmp_path: Path) -> None:
    with clock.at(paris(5, 8, 30)):
        plan = plan_rows(tmp_path, {})
    assert list(map(str, plan.errors)) == ["line 2, at: « 2026-01-05 09:00 » is in the future."]


@pytest.mark.parametrize("column", ["opened", "at"])
def test_a_time_before_1970_is_an_error(tmp_path: Path, column: str) -> None:
    plan = plan_rows(tmp_path, {column: "0001-01-01 12:00"})
    assert list(map(str, plan.errors)) == [f"line 2, {column}: « 0001-01-01 12:00 » is before 1970."]
    assert plan.histories == []


def test_an_unreadable_counter_is_ignored(tmp_path: Path) -> None:
    for value in ("many", "-1", "1" * 5000):
        assert read(tmp_path, {"reopens": value})[0].reopened is None
