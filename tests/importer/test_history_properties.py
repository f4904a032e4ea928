"""Any rows give a history that the API could have written."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osit_graphql.domain.enums import ActivityKind, Criticality, Status
from osit_graphql.services.importer.csv_reader import Row
from osit_graphql.services.importer.history_builder import History, build_history
from osit_graphql.services.importer.mapping import IncidentMap, read_map
from osit_graphql.services.importer.row_parser import read_incident
from tests.importer.exports import MAP, ROW

CELLS = {
    "state": ["Todo", "Done"],
    "group": ["Réseau", "Postes", "?"],
    "tech": ["Nadia Petit", "Luc Morel", "?"],
    "urgency": ["stop", "wish", "none"],
    "place": ["Lyon", "Metz", "?"],
    "cause": ["Câble", "?"],
    "solver": ["Nadia Petit", "?"],
    "at": ["2026-01-05 09:00", "2026-01-06 09:00", "2026-01-04 09:00"],
    "opened": ["2026-01-04 08:00"],
}
SEQUENCES = st.lists(st.fixed_dictionaries({key: st.sampled_from(values) for key, values in CELLS.items()}), min_size=1)


@pytest.fixture(scope="module")
def mapping(tmp_path_factory: pytest.TempPathFactory) -> IncidentMap:
    path: Path = tmp_path_factory.mktemp("map") / "map.toml"
    path.write_text(MAP + "[interventions]\nminutes = 30\n", encoding="utf-8")
    return read_map(path)


def derive(rows: list[dict[str, str]], mapping: IncidentMap) -> History:
    """Build a history from rows with the cells that differ from `ROW`."""
    csv_rows = [
        Row(line, {key: value.replace("?", "") for key, value in (ROW | row).items()})
        for line, row in enumerate(rows, start=2)
    ]
    parsed_rows, errors = read_incident(csv_rows, mapping, {})
    assert errors == []
    return build_history("I1", parsed_rows, mapping)


@given(SEQUENCES)
def test_each_step_starts_from_the_previous_one(mapping: IncidentMap, rows: list[dict[str, str]]) -> None:
    steps = derive(rows, mapping).steps
    assert steps[0].kind is ActivityKind.OPENED
    assert steps[0].before == steps[0].after
    assert all(before.after == after.before for before, after in pairwise(steps))
    assert [step.version for step in steps] == sorted(step.version for step in steps)
    assert {step.version for step in steps} == set(range(1, steps[-1].version + 1))
    assert all(step.comment.strip() for step in steps)


@given(SEQUENCES)
def test_a_closed_ticket_is_only_reopened(mapping: IncidentMap, rows: list[dict[str, str]]) -> None:
    steps = derive(rows, mapping).steps
    for step in steps:
        assert (step.kind is ActivityKind.STATUS_CHANGE) == (step.before.status is not step.after.status)
        assert step.before.status is not Status.CLOSED or step.kind is ActivityKind.STATUS_CHANGE


@given(SEQUENCES)
def test_only_evolutions_wait_for_a_decision(mapping: IncidentMap, rows: list[dict[str, str]]) -> None:
    last_of_version = {step.version: step.after for step in derive(rows, mapping).steps}
    for after in last_of_version.values():
        if after.status is not Status.CLOSED:
            waits = after.facts.criticality is Criticality.EVOLUTION
            assert after.status is (Status.PENDING_DECISION if waits else Status.OPEN)


@given(SEQUENCES)
def test_the_ticket_ends_in_the_state_of_its_last_row(mapping: IncidentMap, rows: list[dict[str, str]]) -> None:
    history = derive(rows, mapping)
    last, end = rows[-1], history.last.after
    groups = [row["group"] for row in rows if row["group"] != "?"]
    assert (end.status is Status.CLOSED) == (last["state"] == "Done")
    assert end.service == (groups[-1] if groups else "Groupe inconnu")
    assert history.rerouted == sum(before != after for before, after in pairwise(groups))
    assert (history.closed_at is not None) == (last["state"] == "Done")
    if last["tech"] != "?" or last["state"] == "Todo":
        assert end.assignee == (None if last["tech"] == "?" else last["tech"])


@given(SEQUENCES)
def test_closings_and_reopenings_come_from_rows(mapping: IncidentMap, rows: list[dict[str, str]]) -> None:
    history = derive(rows, mapping)
    assert history.reopened == sum(
        before["state"] == "Done" and after["state"] == "Todo" for before, after in pairwise(rows)
    )
    closings = sum(step.after.status is Status.CLOSED is not step.before.status for step in history.steps)
    assert closings == history.reopened + (rows[-1]["state"] == "Done")
    work = [step for step in history.steps if step.kind is ActivityKind.INTERVENTION]
    assert len(work) <= 1
    assert all(step.before.status is not Status.CLOSED for step in work)
