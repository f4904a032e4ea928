"""Issue 17, line 20: with one row for each incident, each time is the one of its column."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from osit_graphql.db.engine import Database
from osit_graphql.domain.enums import ActivityKind, Status
from osit_graphql.domain.errors import SetupError
from osit_graphql.services.importer.history_builder import History
from osit_graphql.services.importer.writer import import_incidents
from tests.importer.dumps import dump
from tests.importer.exports import MAP, ONE_ROW_MAP, make_map, paris, plan_rows
from tests.superuser import audit_differences

PARIS = ZoneInfo("Europe/Paris")
CLOSED = {
    "state": "Done", "opened": "2026-01-05 08:00", "resolved": "2026-01-06 09:00", "closed": "2026-01-11 10:00",
    "at": "2026-01-20 11:00", "tech": "Nadia Petit", "solver": "Luc Morel", "cause": "Câble",
}  # fmt: skip


def only_history(folder: Path, row: dict[str, str], more: str = "") -> History:
    """Return the history of one row."""
    plan = plan_rows(folder, row, text=ONE_ROW_MAP, more=more)
    assert (plan.errors, plan.warnings) == ([], [])
    [history] = plan.histories
    return history


async def test_line_20_opened_resolved_closed_and_updated_are_their_columns(database: Database, tmp_path: Path) -> None:
    plan = plan_rows(tmp_path, CLOSED, {"no": "I2", "at": "2026-01-12 10:00"}, text=ONE_ROW_MAP)
    assert (plan.errors, plan.warnings) == ([], [])
    await import_incidents(database, plan, PARIS)
    imported = await dump(database, "vieux-tickets")
    assert [(row["opened_at"], row["closed_at"], row["updated_at"]) for row in imported["tickets"]] == [
        (paris(5, 8), paris(11, 10), paris(20, 11)),
        (paris(5, 8), None, paris(12, 10)),
    ]
    history = [row for row in imported["activities"] if row["external_ref"] == "…:I1"]
    assert [
        (row["version"], row["kind"], row["created_at"], row["comment"].partition(") : ")[2], row["author"])
        for row in history
    ] == [
        (1, "OPENED", paris(5, 8), "incident ouvert, groupe « Réseau ».", "omar-diallo@….import.invalid"),
        (2, "ASSIGNMENT", paris(5, 8), "affecté à « Nadia Petit », à une date que l'export n'a pas.", None),
        (3, "COMMENT", paris(6, 9), "incident résolu.", "luc-morel@….import.invalid"),
        (4, "STATUS_CHANGE", paris(11, 10), "incident clos, état « Done », cause « Câble ».",
         "luc-morel@….import.invalid"),
        (5, "COMMENT", paris(20, 11), "dernière modification.", None),
    ]  # fmt: skip
    assert await audit_differences(database) == []


def test_line_20_a_missing_closing_is_the_resolution_and_never_the_last_change(tmp_path: Path) -> None:
    assert only_history(tmp_path, CLOSED | {"closed": ""}).closed_at == paris(6, 9)
    assert only_history(tmp_path, CLOSED | {"resolved": ""}).closed_at == paris(11, 10)
    plan = plan_rows(tmp_path, CLOSED | {"closed": "", "resolved": "?"}, text=ONE_ROW_MAP)
    assert list(map(str, plan.errors)) == ["line 2, closed: the time of the closing is unknown."]
    assert plan.histories == []


def test_line_20_an_evolution_is_closed_in_its_time_too(tmp_path: Path) -> None:
    history = only_history(tmp_path, CLOSED | {"urgency": "wish"})
    assert history.steps[0].after.status is Status.PENDING_DECISION
    assert history.closed_at == paris(11, 10)


def test_declared_work_ends_with_the_resolution(tmp_path: Path) -> None:
    history = only_history(tmp_path, CLOSED, more="[interventions]\nminutes = 30\n")
    assert [(step.kind, step.at) for step in history.steps[2:]] == [
        (ActivityKind.INTERVENTION, paris(6, 9)), (ActivityKind.COMMENT, paris(6, 9)),
        (ActivityKind.STATUS_CHANGE, paris(11, 10)), (ActivityKind.COMMENT, paris(20, 11)),
    ]  # fmt: skip


def test_an_open_incident_keeps_no_closing(tmp_path: Path) -> None:
    plan = plan_rows(tmp_path, CLOSED | {"state": "Todo", "resolved": ""}, text=ONE_ROW_MAP)
    assert list(map(str, plan.warnings)) == [
        "line 2, closed: the incident is open, so the time of its closing is not used."
    ]
    assert plan.histories[0].closed_at is None
    assert plan.histories[0].last.at == paris(20, 11)


def test_another_row_of_the_incident_is_an_error(tmp_path: Path) -> None:
    plan = plan_rows(tmp_path, CLOSED, {"no": "I2"}, CLOSED, text=ONE_ROW_MAP)
    assert list(map(str, plan.errors)) == [
        "line 4, no: the incident has more than one row; a map with `times.updated` allows one."
    ]
    assert [history.number for history in plan.histories] == ["I2"]


def test_a_last_change_before_the_closing_stays_and_gives_a_warning(tmp_path: Path) -> None:
    plan = plan_rows(tmp_path, CLOSED | {"at": "2026-01-10 08:00"}, text=ONE_ROW_MAP)
    assert list(map(str, plan.warnings)) == ["line 2, at: the time runs backwards; it is taken as the file gives it."]
    assert (plan.histories[0].closed_at, plan.histories[0].last.at) == (paris(11, 10), paris(10, 8))


def test_the_times_of_one_row_do_not_run_backwards_when_summer_time_ends(tmp_path: Path) -> None:
    row = {"opened": "2025-10-26 02:50", "resolved": "2025-10-26 02:10", "closed": "2025-10-26 02:20"}
    history = only_history(tmp_path, CLOSED | row | {"at": "2025-10-26 02:30"})
    assert [step.at for step in history.steps[2:]] == [
        datetime(2025, 10, 26, 1, minute, tzinfo=UTC) for minute in (10, 20, 30)
    ]
    assert history.steps[0].at == datetime(2025, 10, 26, 0, 50, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('changed = "at"', "", "times: set either `changed`, the time of each row, or `updated`"),
        ('changed = "at"', 'changed = "at"\nupdated = "at"', "times: set either `changed`, the time of each row, or"),
        (
            'changed = "at"\nresolved = "resolved"\nclosed = "closed"',
            'updated = "at"',
            "times: `updated` needs `resolved`, `closed` or both",
        ),
    ],
)
def test_a_map_names_one_kind_of_time(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in MAP
    with pytest.raises(SetupError, match=message):
        make_map(tmp_path, MAP.replace(old, new))


def test_a_map_of_changes_warns_where_the_only_row_has_another_closing(tmp_path: Path) -> None:
    plan = plan_rows(tmp_path, CLOSED)
    assert plan.histories[0].closed_at == paris(20, 11)
    assert list(map(str, plan.warnings)) == [
        "line 2, closed: the closing takes the time of « at »; if that is the last change, use `times.updated`."
    ]
    assert plan_rows(tmp_path, CLOSED | {"closed": CLOSED["at"]}).warnings == []
    assert plan_rows(tmp_path, {}, CLOSED).warnings == []
