"""Whatever the rows say, the history that comes of them is one that the API could have written."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osit_graphql.domain.enums import ActivityKind, Criticality, Status
from osit_graphql.services.importer.csv_reader import Row
from osit_graphql.services.importer.history_builder import History, derive_history
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
}
SEQUENCES = st.lists(st.fixed_dictionaries({key: st.sampled_from(said) for key, said in CELLS.items()}), min_size=1)


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> IncidentMap:
    place: Path = tmp_path_factory.mktemp("map") / "map.toml"
    place.write_text(MAP + "[interventions]\nminutes = 30\n", encoding="utf-8")
    return read_map(place)


def derive(said: list[dict[str, str]], layout: IncidentMap) -> History:
    """Derive a history from what differs from `ROW` in each row."""
    rows = [
        Row(line, {key: value.replace("?", "") for key, value in (ROW | row).items()})
        for line, row in enumerate(said, start=2)
    ]
    readings, errors = read_incident(rows, layout, {})
    assert errors == []
    return derive_history("I1", readings, layout)


@given(SEQUENCES)
def test_each_step_follows_from_the_one_before(layout: IncidentMap, said: list[dict[str, str]]) -> None:
    steps = derive(said, layout).steps
    assert steps[0].kind is ActivityKind.OPENED
    assert steps[0].before == steps[0].after
    assert all(before.after == after.before for before, after in pairwise(steps))
    assert [step.version for step in steps] == sorted(step.version for step in steps)
    assert {step.version for step in steps} == set(range(1, steps[-1].version + 1))
    assert all(step.comment.strip() for step in steps)


@given(SEQUENCES)
def test_a_closed_ticket_is_only_reopened(layout: IncidentMap, said: list[dict[str, str]]) -> None:
    steps = derive(said, layout).steps
    for step in steps:
        assert (step.kind is ActivityKind.STATUS_CHANGE) == (step.before.status is not step.after.status)
        assert step.before.status is not Status.CLOSED or step.kind is ActivityKind.STATUS_CHANGE


@given(SEQUENCES)
def test_only_evolutions_wait_for_a_decision(layout: IncidentMap, said: list[dict[str, str]]) -> None:
    last_of_version = {step.version: step.after for step in derive(said, layout).steps}
    for after in last_of_version.values():
        if after.status is not Status.CLOSED:
            waits = after.facts.criticality is Criticality.EVOLUTION
            assert after.status is (Status.PENDING_DECISION if waits else Status.OPEN)


@given(SEQUENCES)
def test_the_ticket_ends_as_its_last_row_says(layout: IncidentMap, said: list[dict[str, str]]) -> None:
    history = derive(said, layout)
    last, end = said[-1], history.last.after
    groups = [row["group"] for row in said if row["group"] != "?"]
    assert (end.status is Status.CLOSED) == (last["state"] == "Done")
    assert end.service == (groups[-1] if groups else "Groupe inconnu")
    assert history.rerouted == sum(before != after for before, after in pairwise(groups))
    assert (history.closed_at is not None) == (last["state"] == "Done")
    if last["tech"] != "?" or last["state"] == "Todo":
        assert end.assignee == (None if last["tech"] == "?" else last["tech"])


@given(SEQUENCES)
def test_what_is_closed_was_closed_and_reopened_by_rows(layout: IncidentMap, said: list[dict[str, str]]) -> None:
    history = derive(said, layout)
    assert history.reopened == sum(
        before["state"] == "Done" and after["state"] == "Todo" for before, after in pairwise(said)
    )
    closings = sum(step.after.status is Status.CLOSED is not step.before.status for step in history.steps)
    assert closings == history.reopened + (said[-1]["state"] == "Done")
    work = [step for step in history.steps if step.kind is ActivityKind.INTERVENTION]
    assert len(work) <= 1
    assert all(step.before.status is not Status.CLOSED for step in work)
