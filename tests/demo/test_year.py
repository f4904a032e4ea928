"""The year of the demo company: alive, believable, and never ahead of time."""

from datetime import timedelta

import pytest

from osit_graphql.db.engine import Database
from tests.demo.conftest import NOW
from tests.demo.rows import read, value


async def test_the_year_ends_on_the_day_it_is_filled(filled: Database) -> None:
    [[first, last]] = await read(filled, "SELECT min(opened_at), max(opened_at) FROM ticket")
    assert timedelta(days=350) < NOW - first < timedelta(days=366)
    assert last.astimezone(NOW.tzinfo).date() == NOW.date()
    months = await read(filled, "SELECT date_trunc('month', opened_at), count(*) FROM ticket GROUP BY 1 ORDER BY 1")
    assert len(months) == 13
    assert all(count >= 20 for _, count in months[1:])


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("ticket", ("opened_at", "updated_at", "closed_at")),
        ("activity", ("created_at",)),
        ("intervention", ("started_at",)),
    ],
)
async def test_nothing_is_in_the_future(filled: Database, table: str, columns: tuple[str, ...]) -> None:
    for column in columns:
        assert await value(filled, f"SELECT max({column}) FROM {table}") <= NOW


async def test_everything_happens_in_working_hours(filled: Database) -> None:
    local = "created_at AT TIME ZONE 'Europe/Paris'"
    odd = f"extract(isodow FROM {local}) > 5 OR ({local})::time NOT BETWEEN '08:00' AND '18:00'"
    assert await value(filled, f"SELECT count(*) FROM activity WHERE {odd}") == 0
    assert await value(filled, f"SELECT count(*) FROM activity WHERE ({local})::date = '2025-12-25'") == 0


async def test_history_runs_forward(filled: Database) -> None:
    backwards = (
        "SELECT count(*) FROM (SELECT created_at < lag(created_at) OVER (ORDER BY id) AS b FROM activity) t WHERE b"
    )
    assert await value(filled, backwards) == 0
    early = (
        "SELECT count(*) FROM intervention i JOIN ticket t ON t.id = i.ticket_id"
        " JOIN activity a ON a.id = i.activity_id"
        " WHERE i.started_at < t.opened_at OR i.started_at + make_interval(mins => i.minutes) > a.created_at"
    )
    assert await value(filled, early) == 0
    assert (
        await value(filled, "SELECT count(*) FROM ticket t JOIN ticket u ON u.id > t.id AND u.opened_at < t.opened_at")
        == 0
    )


async def test_every_kind_of_thing_happens(filled: Database) -> None:
    kinds: dict[str, int] = dict(await read(filled, "SELECT kind, count(*) FROM activity GROUP BY kind"))
    assert kinds["OPENED"] == 600
    assert min(kinds.values()) >= 10
    assert len(kinds) == 9
    assert kinds["REROUTING"] >= 60
    assert kinds["INTERVENTION"] >= 500
    decisions = await read(filled, "SELECT decision, count(*) FROM activity WHERE decision IS NOT NULL GROUP BY 1")
    assert {decision for decision, _ in decisions} == {"APPROVED", "REJECTED", "POSTPONED"}
    assert min(count for _, count in decisions) >= 3
    assert await value(filled, "SELECT count(*) FROM activity WHERE internal") >= 50
    assert await value(filled, "SELECT count(*) FROM ticket WHERE reopen_count > 0") >= 15
    assert await value(filled, "SELECT count(*) FROM intervention WHERE expenses > 0") >= 40


async def test_the_more_urgent_the_sooner(filled: Database) -> None:
    medians = await read(
        filled, "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY closed_at - opened_at) FROM ticket"
        " WHERE status = 'CLOSED' AND criticality <> 'EVOLUTION' GROUP BY urgency ORDER BY urgency"
    )  # fmt: skip
    spans = [span for (span,) in medians]
    assert spans == sorted(spans)
    assert spans[0] < timedelta(days=1) < spans[-1]


async def test_recurrences_are_there_to_be_found(filled: Database) -> None:
    clusters = await read(
        filled, "SELECT t.application_id, i.cause_id FROM intervention i JOIN ticket t ON t.id = i.ticket_id"
        " WHERE i.voided_by IS NULL GROUP BY 1, 2 HAVING count(DISTINCT t.id) >= 10"
    )  # fmt: skip
    assert len(clusters) >= 8


async def test_several_callers_tell_one_incident_in_their_own_words(filled: Database) -> None:
    closed_as_duplicates = "kind = 'STATUS_CHANGE' AND comment ~ 'n° [0-9]+'"
    assert await value(filled, f"SELECT count(*) FROM activity WHERE {closed_as_duplicates}") >= 25
    wrong = (
        "SELECT count(*) FROM activity a JOIN ticket t ON t.id = a.ticket_id LEFT JOIN ticket o"
        " ON o.id = substring(a.comment FROM 'n° ([0-9]+)')::int AND o.application_id = t.application_id"
        " AND o.id < t.id"
        " WHERE a.comment ~ 'n° [0-9]+' AND a.kind = 'STATUS_CHANGE' AND t.status = 'CLOSED' AND o.id IS NULL"
        " AND a.comment !~ 'cœur n°'"
    )
    assert await value(filled, wrong) == 0


async def test_tickets_do_not_look_cloned(filled: Database) -> None:
    assert await value(filled, "SELECT count(DISTINCT title) FROM ticket") >= 400
    assert await value(filled, "SELECT count(DISTINCT description) FROM ticket") >= 550
    assert await value(filled, "SELECT count(*) FROM activity WHERE comment ~ '[{}]'") == 0
    assert (
        await value(filled, "SELECT count(*) FROM ticket WHERE title || description || coalesce(impact, '') ~ '[{}]'")
        == 0
    )


async def test_decisions_were_taken_in_meetings_and_the_next_one_is_called(filled: Database) -> None:
    outside = "SELECT count(*) FROM activity WHERE decision IS NOT NULL AND meeting_id IS NULL"
    assert await value(filled, outside) == 0
    pointed = (
        "SELECT count(*) FROM agenda_item i JOIN activity a ON a.id = i.activity_id AND a.meeting_id = i.meeting_id"
    )
    decided = "SELECT count(*) FROM activity WHERE meeting_id IS NOT NULL"
    assert await value(filled, pointed) == await value(filled, decided) > 10
    waiting = "SELECT array_agg(id ORDER BY id) FROM ticket WHERE status = 'PENDING_DECISION'"
    agenda = "SELECT array_agg(ticket_id ORDER BY position) FROM agenda_item WHERE activity_id IS NULL"
    assert await value(filled, agenda) == await value(filled, waiting)
