"""Issue 17, lines 21 to 23: spellings, times and lines as other tools write them."""

import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osit_graphql.domain.errors import SetupError
from osit_graphql.services.importer.csv_reader import read_export
from osit_graphql.services.importer.plan import Plan, plan_import
from osit_graphql.services.importer.time_parser import parse_time
from tests.importer.exports import MAP, ONE_ROW_MAP, ROW, make_map, paris, plan_rows, write_export, write_lines

FRENCH = MAP.replace('values = { Done = "CLOSED", Todo = "OPEN" }', 'values = { "Résolu" = "CLOSED", Todo = "OPEN" }')
PARIS = ZoneInfo("Europe/Paris")
AMBIGUOUS = "2025-10-26"  # the hour from 2 to 3 occurs twice in Paris


def closings(plan: Plan) -> list[bool]:
    """Return whether each ticket is closed."""
    assert plan.errors == []
    return [history.closed_at is not None for history in plan.histories]


def read_lines(folder: Path, *lines: str, text: str = MAP) -> Plan:
    """Plan the import of a file with these lines."""
    return plan_import(write_lines(folder, lines), make_map(folder, text))


@pytest.mark.parametrize("state", ["Résolu", "RÉSOLU", "resolu", " Résolu ", unicodedata.normalize("NFD", "Résolu")])
def test_line_21_case_accents_and_their_encoding_do_not_change_a_state(tmp_path: Path, state: str) -> None:
    assert closings(plan_rows(tmp_path, {"state": state}, text=FRENCH)) == [True]
    composed = FRENCH.replace("Résolu", unicodedata.normalize("NFD", "Résolu"))
    assert closings(plan_rows(tmp_path, {"state": state}, text=composed)) == [True]


def test_line_21_a_state_that_no_rule_names_is_an_error_and_not_open(tmp_path: Path) -> None:
    plan = plan_rows(tmp_path, {}, {"no": "I2", "state": "En attente"})
    assert list(map(str, plan.errors)) == ["line 3, state: the map doesn't translate the state « En attente »."]
    assert [history.number for history in plan.histories] == ["I1"]
    otherwise = MAP.replace('Todo = "OPEN" }', '}\notherwise = "OPEN"').replace('"CLOSED", }', '"CLOSED" }')
    assert closings(plan_rows(tmp_path, {"state": "En attente"}, {"no": "I2", "state": "done"}, text=otherwise)) == [
        False,
        True,
    ]


def test_line_21_headers_are_compared_like_states(tmp_path: Path) -> None:
    text = MAP.replace('"state"', '"État"').replace('"place"', '"Lieu d’affectation"')
    header = (
        ",".join(ROW).replace("state", unicodedata.normalize("NFD", "ÉTAT")).replace("place", "lieu  d'Affectation")
    )
    plan = read_lines(tmp_path, header, ",".join(ROW.values()), text=text)
    assert plan.errors == []
    assert plan.histories[0].last.after.facts.site == "Lyon"


def test_line_21_a_header_that_is_written_as_in_the_map_comes_first(tmp_path: Path) -> None:
    header = ",".join(ROW).replace("moves", "PLACE")
    assert read_lines(tmp_path, header, ",".join(ROW.values()), text=MAP.replace('rerouted = "moves"', "")).errors == []
    with pytest.raises(SetupError, match=r"site\.column: the file has more than one column « Place »"):
        read_lines(tmp_path, header, text=MAP.replace('rerouted = "moves"', "").replace('"place"', '"Place"'))


def test_line_21_a_map_that_translates_a_value_in_two_ways_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        SetupError, match=r"state: translates « (done|Done) » twice: case and accents make no difference"
    ):
        make_map(tmp_path, MAP.replace('Done = "CLOSED"', 'Done = "CLOSED", done = "OPEN"'))
    assert make_map(tmp_path, MAP.replace('Done = "CLOSED"', 'Done = "CLOSED", done = "CLOSED"'))


def test_line_22_rows_of_the_repeated_hour_do_not_run_backwards(tmp_path: Path) -> None:
    times = ["01:30", "02:10", "02:50", "02:05", "02:55", "03:10"]
    rows = [{"opened": f"{AMBIGUOUS} 01:00", "at": f"{AMBIGUOUS} {time}", "word": time} for time in times]
    plan = plan_rows(tmp_path, *rows)
    assert (plan.errors, plan.warnings) == ([], [])
    minutes = [(step.at - plan.histories[0].steps[0].at).seconds // 60 for step in plan.histories[0].steps[1:]]
    assert [30, *minutes] == [30, 70, 110, 125, 175, 190]


def test_line_22_an_hour_that_occurs_once_is_no_way_out(tmp_path: Path) -> None:
    row = {"opened": "2025-10-25 01:00"}
    rows = [row | {"at": f"{AMBIGUOUS} {time}", "word": time} for time in ("03:10", "02:10", "04:00")]
    plan = plan_rows(tmp_path, *rows)
    assert list(map(str, plan.warnings)) == ["line 3, at: the time runs backwards; it is taken as the file gives it."]
    assert plan.histories[0].steps[1].at == datetime(2025, 10, 26, 0, 10, tzinfo=UTC)


@given(st.lists(st.integers(0, 300), min_size=2, max_size=12).map(sorted))
def test_line_22_no_times_in_order_are_read_backwards(minutes: list[int]) -> None:
    moments = [datetime(2025, 10, 25, 22, tzinfo=UTC) + timedelta(minutes=minute) for minute in minutes]
    read: list[datetime] = []
    for moment in moments:
        cell = f"{moment.astimezone(PARIS):%d/%m/%Y %H:%M}"
        read.append(parse_time(cell, "%d/%m/%Y %H:%M", "Europe/Paris", read[-1] if read else None))
    assert read == sorted(read)
    assert {before - after for before, after in zip(moments, read, strict=True)} <= {timedelta(0), timedelta(hours=1)}


def test_line_22_another_incident_begins_with_the_first_of_both_hours(tmp_path: Path) -> None:
    row = {"opened": f"{AMBIGUOUS} 02:40", "at": f"{AMBIGUOUS} 02:50"}
    plan = plan_rows(tmp_path, row, row | {"no": "I2"})
    assert {history.steps[0].at for history in plan.histories} == {datetime(2025, 10, 26, 0, 40, tzinfo=UTC)}


def test_line_23_the_first_line_may_name_the_delimiter(tmp_path: Path) -> None:
    lines = [line.replace(",", ";") for line in (",".join(ROW), ",".join(ROW.values()), ",".join(ROW.values()) + ",x")]
    for first in ("sep=;", '"sep=;"', "SEP=;"):
        plan = read_lines(tmp_path, first, *lines)
        assert list(map(str, plan.errors)) == ["line 4: 20 cells where the header has 19."]
        assert plan.rows == 2


def test_line_23_empty_lines_and_cells_are_accepted(tmp_path: Path) -> None:
    header, row = ",".join(ROW), ",".join((ROW | {"cause": "", "word": ""}).values())
    plan = read_lines(
        tmp_path, ",,,", "", f"{header},,", f"{row},,,", ",,,,", row.removesuffix(",,").replace("I1", "I2"), " , ,"
    )
    assert plan.errors == []
    assert [(history.number, history.cause) for history in plan.histories] == [("I1", None), ("I2", None)]
    assert plan.rows == 2
    assert list(map(str, plan.warnings)) == [
        "line 6: the line lacks cells at its end, which are read as empty (such lines: 1)."
    ]


def test_line_23_a_title_above_the_header_and_a_footer_are_accepted(tmp_path: Path) -> None:
    text = MAP.replace('unknown = "?"', 'unknown = "?"\nfooter = "Time zone:"')
    lines = ["Tickets 2026,,", ",,", ",".join(ROW), ",".join(ROW.values()), ",,", "time zone: Europe/Paris,,"]
    plan = read_lines(tmp_path, *lines, text=text)
    assert (plan.errors, plan.warnings, len(plan.histories)) == ([], [], 1)
    assert list(map(str, read_lines(tmp_path, *lines).errors)) != []


def test_line_23_rows_from_the_newest_to_the_oldest_are_put_in_order(tmp_path: Path) -> None:
    rows = [
        {"state": "Done", "at": "2026-01-07 09:00"}, {"no": "I2", "at": "2026-01-07 08:00", "group": "Postes"},
        {"at": "2026-01-06 09:00", "group": "Postes"}, {"no": "I2", "at": "2026-01-06 08:00"},
        {"at": "2026-01-05 09:00"},
    ]  # fmt: skip
    plan = plan_rows(tmp_path, *rows)
    assert plan.errors == []
    assert list(map(str, plan.warnings)) == [
        "line 2, at: the file lists the newest rows first; they are imported oldest first."
    ]
    assert [history.closed_at for history in plan.histories] == [paris(7, 9), None]
    assert [history.rerouted for history in plan.histories] == [2, 1]


def test_line_23_incidents_from_the_newest_to_the_oldest_are_put_in_order(tmp_path: Path) -> None:
    days = [9, 8, 7, 7, 6]
    rows = [
        {"no": f"I{number}", "opened": f"2026-01-0{day} 08:00", "at": "2026-01-10 08:00"}
        for number, day in enumerate(days)
    ]
    plan = plan_rows(tmp_path, *rows, text=ONE_ROW_MAP)
    assert [history.number for history in plan.histories] == ["I4", "I3", "I2", "I1", "I0"]
    assert list(map(str, plan.warnings)) == [
        "line 2, opened: the file lists the newest rows first; they are imported oldest first."
    ]


@pytest.mark.parametrize(
    ("pattern", "written", "month"),
    [
        ("%d %b %Y %H:%M", "5 janv. 2026 09:00", 1),
        ("%d %b %Y %H:%M", "5 févr. 2026 09:00", 2),
        ("%d/%b/%Y %H:%M", "05/fevr./2026 09:00", 2),
        ("%d %B %Y %H:%M", "5 AOÛT 2026 09:00", 8),
        ("%d.%b.%Y %H:%M", "05.juil.2026 09:00", 7),
        ("%d %B %Y %H:%M", "05 juin 2026 09:00", 6),
        ("%d-%b-%Y %H:%M", "05-Sept-2026 09:00", 9),
        ("%b %d, %Y %I:%M %p", "Dec 5, 2025 9:00 AM", 12),
    ],
)
def test_line_23_french_and_english_months_are_read(tmp_path: Path, pattern: str, written: str, month: int) -> None:
    text = ONE_ROW_MAP.replace("%Y-%m-%d %H:%M", pattern)
    cell = f'"{written}"'
    plan = plan_rows(tmp_path, {"opened": cell, "at": cell}, text=text)
    assert plan.errors == []
    assert (plan.histories[0].steps[0].at.month, plan.histories[0].steps[0].at.day) == (month, 5)


def test_line_23_a_word_that_is_no_month_is_an_error(tmp_path: Path) -> None:
    text = MAP.replace("%Y-%m-%d %H:%M", "%d %b %Y %H:%M")
    plan = plan_rows(tmp_path, {"opened": "5 janv. 2026 08:00", "at": "5 nivôse 2026 09:00"}, text=text)
    assert list(map(str, plan.errors)) == [
        "line 2, at: « 5 nivôse 2026 09:00 » is not a time written as %d %b %Y %H:%M."
    ]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("%d/%m/%Y %I:%M", "file.date_format: has %I (12-hour clock) without %p (AM or PM)"),
        ("%d/%m/%Y %H:%M %p", "file.date_format: has %p (AM or PM) without %I (12-hour clock)"),
        ("%d/%m/%Y %I h %M", "file.date_format: has %I (12-hour clock) without %p (AM or PM)"),
    ],
)
def test_line_23_half_days_are_written_completely(tmp_path: Path, pattern: str, message: str) -> None:
    with pytest.raises(SetupError) as refusal:
        make_map(tmp_path, MAP.replace("%Y-%m-%d %H:%M", pattern))
    assert message in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "row", "message"),
    [
        (MAP, {"state": "Done", "at": "2026-01-05 07:00"}, "line 3, at: the closing is before the opening."),
        (
            ONE_ROW_MAP,
            {"state": "Done", "closed": "2026-01-05 07:00"},
            "line 3, closed: the closing is before the opening.",
        ),
        (
            ONE_ROW_MAP,
            {"state": "Done", "resolved": "2026-01-05 07:00", "closed": "2026-01-05 08:30"},
            "line 3, resolved: the closing is before the opening.",
        ),
    ],
)
def test_line_23_a_closing_before_the_opening_is_an_error(
    tmp_path: Path, text: str, row: dict[str, str], message: str
) -> None:
    plan = plan_rows(tmp_path, {"no": "I0"}, row, {"no": "I2"}, text=text)
    assert list(map(str, plan.errors)) == [message]
    assert [history.number for history in plan.histories] == ["I0", "I2"]


def test_cells_that_start_with_a_guarded_sign_lose_the_guard(tmp_path: Path) -> None:
    export = read_export(write_export(tmp_path, {"word": "'-1 écran", "cause": "'abc"}), make_map(tmp_path))
    assert [export.incidents["I1"][0].cells[name] for name in ("word", "cause")] == ["-1 écran", "'abc"]


def test_numbers_of_one_row_lose_the_spaces_between_their_digits(tmp_path: Path) -> None:
    path = write_export(tmp_path, {"no": "5\u00a0732\u202f943"}, {"no": "A\u00a01"})
    assert list(read_export(path, make_map(tmp_path, ONE_ROW_MAP)).incidents) == ["5732943", "A\u00a01"]
    # Earlier imports with a map of changes have the spaces in their references.
    assert list(read_export(path, make_map(tmp_path)).incidents) == ["5\u00a0732\u202f943", "A\u00a01"]


def test_a_name_is_the_first_line_of_its_cell(tmp_path: Path) -> None:
    plan = plan_rows(tmp_path, {"tech": '"\nNadia  Petit\r\nLuc Morel"'})
    assert plan.histories[0].last.after.assignee == "Nadia Petit"


def test_a_repeated_column_has_a_line_for_each_cell(tmp_path: Path) -> None:
    header, row = ",".join(ROW).replace("moves", "word").replace("reopens", "app"), ROW | {"reopens": "Congés"}
    text = MAP.replace('reopened = "reopens"\nrerouted = "moves"', "")
    with pytest.raises(SetupError, match="the file has more than one column « word »"):
        read_lines(tmp_path, header, ",".join(row.values()), text=text)
    text = text.replace('unknown = "?"', 'unknown = "?"\nrepeated = ["word", "app"]', 1)
    lines = [",".join((row | {"moves": moves}).values()) for moves in ("bruit", "?")]
    plan = read_lines(tmp_path, header, *lines[:1], text=text)
    assert plan.errors == []
    facts = plan.histories[0].last.after.facts
    assert (facts.application, facts.description) == ("Congés", "bruit\nécran noir")
    assert read_lines(tmp_path, header, lines[1], text=text).histories[0].last.after.facts.description == "écran noir"


def test_a_column_of_the_file_table_that_nothing_names_is_refused(tmp_path: Path) -> None:
    text = MAP.replace('unknown = "?"', 'unknown = "?"\nhtml = ["wrd"]', 1)
    with pytest.raises(SetupError, match=r"file\.html: no other key names the column « wrd »"):
        make_map(tmp_path, text)


def test_a_name_may_be_the_same_for_all_incidents(tmp_path: Path) -> None:
    text = MAP.replace('[site]\ncolumn = "place"\n', "[site]\n")
    assert plan_rows(tmp_path, {}, text=text).histories[0].last.after.facts.site == "Site inconnu"
    with pytest.raises(SetupError, match="application: names nothing: set `column` or `unknown`"):
        make_map(tmp_path, MAP.replace('[application]\ncolumn = "app"', "[application]"))
