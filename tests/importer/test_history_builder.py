"""Rows become a history whose steps the permissions allow."""

from pathlib import Path

import pytest

from osit_graphql.domain.enums import ActivityKind, Status
from osit_graphql.services.importer.history_builder import History, Step
from osit_graphql.services.importer.plan import Plan
from tests.importer.exports import paris, plan_rows

DONE = {"state": "Done", "at": "2026-01-07 09:00", "solver": "Nadia Petit", "cause": "Câble"}


def only_history(plan: Plan) -> History:
    """Return the only history."""
    assert plan.errors == []
    [history] = plan.histories
    return history


def numbered_comments(history: History) -> list[tuple[ActivityKind, int, str]]:
    """Return kinds, versions and comments, without their common prefix."""
    for step in history.steps:
        assert step.comment.startswith(f"Importé de Vieux tickets ({history.number}, ligne ")
    return [(step.kind, step.version, step.comment.split(", ligne ", 1)[1]) for step in history.steps]


def test_rows_become_a_complete_history(tmp_path: Path) -> None:
    history = only_history(
        plan_rows(
            tmp_path,
            {},
            {"group": "Postes", "tech": "Nadia Petit", "at": "2026-01-06 09:00"},
            {"group": "Postes", "tech": "Nadia Petit", "impact": "low", "app": "Congés", "at": "2026-01-06 10:00"},
            DONE | {"group": "Postes", "tech": "Nadia Petit", "impact": "low", "app": "Congés"},
        )
    )
    assert numbered_comments(history) == [
        (ActivityKind.OPENED, 1, "2) : incident ouvert, groupe « Réseau »."),
        (ActivityKind.REROUTING, 2, "3) : le groupe passe de « Réseau » à « Postes »."),
        (ActivityKind.ASSIGNMENT, 3, "3) : affecté à « Nadia Petit »."),
        (ActivityKind.QUALIFICATION, 4, "4) : modification de la qualification (gravité, application, titre)."),
        (ActivityKind.STATUS_CHANGE, 5, "5) : incident clos, état « Done », cause « Câble »."),
    ]
    assert [step.at for step in history.steps] == [paris(5, 8), paris(6, 9), paris(6, 9), paris(6, 10), paris(7, 9)]
    assert [step.author for step in history.steps] == ["Omar Diallo", None, None, None, "Nadia Petit"]
    assert history.closed_at == paris(7, 9)
    assert history.last.after.assignee == "Nadia Petit"
    assert history.warnings == []


def test_an_open_row_after_a_closed_one_reopens_the_ticket(tmp_path: Path) -> None:
    again = {"at": "2026-01-08 09:00", "solver": "Nadia Petit", "cause": "Câble"}
    history = only_history(plan_rows(tmp_path, {}, DONE, DONE, again, DONE | {"at": "2026-01-09 09:00"}))
    moves = [(step.before.status, step.after.status, step.at, step.author) for step in history.steps[1:]]
    assert moves == [
        (Status.OPEN, Status.CLOSED, paris(7, 9), None),
        (Status.CLOSED, Status.OPEN, paris(8, 9), None),
        (Status.OPEN, Status.CLOSED, paris(9, 9), "Nadia Petit"),
    ]
    assert history.reopened == 1
    assert only_history(plan_rows(tmp_path, {}, DONE, again)).closed_at is None


@pytest.mark.parametrize(
    ("groups", "services"),
    [
        (["Réseau", "?", "Réseau"], ["Réseau"]),
        (["Réseau", "?", "Postes"], ["Réseau", "Postes"]),
        (["?", "?", "Réseau"], ["Réseau"]),
        (["?", "Réseau", "Postes"], ["Réseau", "Postes"]),
        (["Réseau", "?"], ["Réseau"]),
        (["?", "?"], ["Groupe inconnu"]),
        (["Réseau", "Postes", "Réseau"], ["Réseau", "Postes", "Réseau"]),
    ],
)
def test_an_unknown_group_does_not_reroute(tmp_path: Path, groups: list[str], services: list[str]) -> None:
    history = only_history(plan_rows(tmp_path, *({"group": group} for group in groups)))
    moved = [step.after.service for step in history.steps if step.kind is ActivityKind.REROUTING]
    assert [history.steps[0].after.service, *moved] == services


def test_a_rerouting_unassigns_unless_the_row_names_an_assignee(tmp_path: Path) -> None:
    reassigned = only_history(plan_rows(tmp_path, {"tech": "Nadia Petit"}, {"group": "Postes", "tech": "Nadia Petit"}))
    assert [step.kind for step in reassigned.steps[2:]] == [ActivityKind.REROUTING, ActivityKind.ASSIGNMENT]
    assert reassigned.steps[2].after.assignee is None
    unassigned = only_history(plan_rows(tmp_path, {"tech": "Nadia Petit"}, {"group": "Postes"}))
    assert [step.kind for step in unassigned.steps[2:]] == [ActivityKind.REROUTING]
    assert (
        only_history(plan_rows(tmp_path, {"tech": "Nadia Petit"}, {})).steps[-1].comment.endswith("n'est plus affecté.")
    )


def test_a_change_after_the_closing_moves_the_closing_to_it(tmp_path: Path) -> None:
    later = DONE | {"group": "Postes", "at": "2026-01-08 09:00"}
    plan = plan_rows(tmp_path, {}, DONE, later, later | {"at": "2026-01-09 09:00"})
    history = only_history(plan)
    assert [step.kind for step in history.steps] == [
        ActivityKind.OPENED, ActivityKind.REROUTING, ActivityKind.STATUS_CHANGE,
    ]  # fmt: skip
    assert history.closed_at == paris(8, 9)
    assert history.reopened == 0
    assert list(map(str, plan.warnings)) == [
        "line 4, state: the incident changes after its closing; its closing is taken to be at this line."
    ]


def test_an_unknown_assignee_after_the_closing_stays_the_last_one(tmp_path: Path) -> None:
    history = only_history(plan_rows(tmp_path, {"tech": "Nadia Petit"}, DONE | {"tech": "Nadia Petit"}, DONE))
    assert history.last.after.assignee == "Nadia Petit"
    assert history.warnings == []


def test_an_evolution_waits_for_its_decision(tmp_path: Path) -> None:
    wish = {"urgency": "wish"}
    history = only_history(plan_rows(tmp_path, wish, {}, wish, DONE | wish, wish))
    assert [(step.kind, step.version, step.after.status) for step in history.steps] == [
        (ActivityKind.OPENED, 1, Status.PENDING_DECISION),
        (ActivityKind.QUALIFICATION, 2, Status.PENDING_DECISION),
        (ActivityKind.STATUS_CHANGE, 2, Status.OPEN),
        (ActivityKind.QUALIFICATION, 3, Status.OPEN),
        (ActivityKind.STATUS_CHANGE, 3, Status.PENDING_DECISION),
        (ActivityKind.STATUS_CHANGE, 4, Status.CLOSED),
        (ActivityKind.STATUS_CHANGE, 5, Status.PENDING_DECISION),
    ]


def test_times_that_run_backwards_stay_and_give_a_warning(tmp_path: Path) -> None:
    plan = plan_rows(tmp_path, {"at": "2026-01-05 07:00"}, {"at": "2026-01-04 07:00"}, DONE)
    sentence = "the time runs backwards; it is taken as the file gives it."
    assert list(map(str, plan.warnings)) == [f"line 2, at: {sentence}", f"line 3, at: {sentence}"]
    assert [step.at for step in only_history(plan).steps] == [paris(5, 8), paris(7, 9)]


def test_the_export_s_counters_are_compared(tmp_path: Path) -> None:
    plan = plan_rows(tmp_path, {}, {"group": "Postes", "moves": "2", "reopens": "0"}, DONE | {"no": "I2", "moves": "0"})
    assert list(map(str, plan.warnings)) == ["line 3, moves: the file counts 2, its rows show 1."]


def steps_of_work(plan: Plan) -> list[Step]:
    """Return the only history's interventions."""
    return [step for step in only_history(plan).steps if step.kind is ActivityKind.INTERVENTION]


def test_without_a_declaration_in_the_map_there_is_no_intervention(tmp_path: Path) -> None:
    assert steps_of_work(plan_rows(tmp_path, {}, DONE)) == []


def test_a_declared_duration_makes_an_intervention_of_the_last_closing(tmp_path: Path) -> None:
    more = "[interventions]\nminutes = 30\n"
    [step] = steps_of_work(plan_rows(tmp_path, {}, DONE, {}, DONE | {"at": "2026-01-09 09:00"}, more=more))
    assert (step.minutes, step.author, step.at, step.after.status) == (30, "Nadia Petit", paris(9, 9), Status.OPEN)
    assert step.comment.endswith("intervention de 30 min d'après la carte d'import, cause « Câble ».")
    assert steps_of_work(plan_rows(tmp_path, {}, DONE | {"cause": "?"}, more=more)) == []
    assert steps_of_work(plan_rows(tmp_path, {}, DONE | {"solver": "?"}, more=more)) == []
    assert steps_of_work(plan_rows(tmp_path, {}, more=more)) == []


def test_a_duration_may_be_a_column(tmp_path: Path) -> None:
    more = '[interventions]\ncolumn = "word"\n'
    [step] = steps_of_work(plan_rows(tmp_path, {"word": "45"}, DONE | {"word": "45"}, more=more))
    assert step.minutes == 45
    for value in ("0", "1441", "0000000451234567890", "9" * 150):
        plan = plan_rows(tmp_path, {"word": value}, more=more)
        assert list(map(str, plan.errors)) == [f"line 2, word: « {value} » is not a whole number from 1 to 1440."]


def test_a_long_comment_is_cut_to_the_limit(tmp_path: Path) -> None:
    long = {"state": "Done", "group": "é" * 200, "cause": "c" * 200, "at": "2026-01-07 09:00"}
    assert max(len(step.comment) for step in only_history(plan_rows(tmp_path, {}, long)).steps) < 1000
