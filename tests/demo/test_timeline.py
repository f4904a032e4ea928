"""The year of the demo company: varied, plausible, and not in the future."""

from datetime import timedelta

import pytest

from osit_graphql.db.engine import Database
from tests.demo.conftest import NOW
from tests.demo.queries import fetch_rows, fetch_value


async def test_the_year_ends_on_the_day_of_seeding(demo_database: Database) -> None:
    [[first, last]] = await fetch_rows(demo_database, "SELECT min(opened_at), max(opened_at) FROM ticket")
    assert timedelta(days=350) < NOW - first < timedelta(days=366)
    assert last.astimezone(NOW.tzinfo).date() == NOW.date()
    months = await fetch_rows(
        demo_database, "SELECT date_trunc('month', opened_at), count(*) FROM ticket GROUP BY 1 ORDER BY 1"
    )
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
async def test_nothing_is_in_the_future(demo_database: Database, table: str, columns: tuple[str, ...]) -> None:
    for column in columns:
        assert await fetch_value(demo_database, f"SELECT max({column}) FROM {table}") <= NOW


async def test_activities_happen_in_working_hours(demo_database: Database) -> None:
    local = "created_at AT TIME ZONE 'Europe/Paris'"
    outside_hours = f"extract(isodow FROM {local}) > 5 OR ({local})::time NOT BETWEEN '08:00' AND '18:00'"
    assert await fetch_value(demo_database, f"SELECT count(*) FROM activity WHERE {outside_hours}") == 0
    assert await fetch_value(demo_database, f"SELECT count(*) FROM activity WHERE ({local})::date = '2025-12-25'") == 0


async def test_history_is_in_order(demo_database: Database) -> None:
    backwards = (
        "SELECT count(*) FROM (SELECT created_at < lag(created_at) OVER (ORDER BY id) AS b FROM activity) t WHERE b"
    )
    assert await fetch_value(demo_database, backwards) == 0
    impossible = (
        "SELECT count(*) FROM intervention i JOIN ticket t ON t.id = i.ticket_id"
        " JOIN activity a ON a.id = i.activity_id"
        " WHERE i.started_at < t.opened_at OR i.started_at + make_interval(mins => i.minutes) > a.created_at"
    )
    assert await fetch_value(demo_database, impossible) == 0
    reversed_ids = "SELECT count(*) FROM ticket t JOIN ticket u ON u.id > t.id AND u.opened_at < t.opened_at"
    assert await fetch_value(demo_database, reversed_ids) == 0


async def test_every_kind_of_activity_occurs(demo_database: Database) -> None:
    kinds: dict[str, int] = dict(await fetch_rows(demo_database, "SELECT kind, count(*) FROM activity GROUP BY kind"))
    assert kinds["OPENED"] == 600
    assert min(kinds.values()) >= 10
    assert len(kinds) == 9
    assert kinds["REROUTING"] >= 60
    assert kinds["INTERVENTION"] >= 500
    decisions = await fetch_rows(
        demo_database, "SELECT decision, count(*) FROM activity WHERE decision IS NOT NULL GROUP BY 1"
    )
    assert {decision for decision, _ in decisions} == {"APPROVED", "REJECTED", "POSTPONED"}
    assert min(count for _, count in decisions) >= 3
    assert await fetch_value(demo_database, "SELECT count(*) FROM activity WHERE internal") >= 50
    assert await fetch_value(demo_database, "SELECT count(*) FROM ticket WHERE reopen_count > 0") >= 15
    assert await fetch_value(demo_database, "SELECT count(*) FROM intervention WHERE expenses > 0") >= 40


async def test_more_urgent_tickets_close_sooner(demo_database: Database) -> None:
    rows = await fetch_rows(
        demo_database, "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY closed_at - opened_at) FROM ticket"
        " WHERE status = 'CLOSED' AND criticality <> 'EVOLUTION' GROUP BY urgency ORDER BY urgency"
    )  # fmt: skip
    medians = [median for (median,) in rows]
    assert medians == sorted(medians)
    assert medians[0] < timedelta(days=1) < medians[-1]


async def test_there_are_recurrences(demo_database: Database) -> None:
    clusters = await fetch_rows(
        demo_database, "SELECT t.application_id, i.cause_id FROM intervention i JOIN ticket t ON t.id = i.ticket_id"
        " WHERE i.voided_by IS NULL GROUP BY 1, 2 HAVING count(DISTINCT t.id) >= 10"
    )  # fmt: skip
    assert len(clusters) >= 8


async def test_several_callers_report_one_incident(demo_database: Database) -> None:
    closed_as_duplicates = "kind = 'STATUS_CHANGE' AND comment ~ 'n° [0-9]+'"
    assert await fetch_value(demo_database, f"SELECT count(*) FROM activity WHERE {closed_as_duplicates}") >= 25
    wrongly_linked = (
        "SELECT count(*) FROM activity a JOIN ticket t ON t.id = a.ticket_id LEFT JOIN ticket o"
        " ON o.id = substring(a.comment FROM 'n° ([0-9]+)')::int AND o.application_id = t.application_id"
        " AND o.id < t.id"
        " WHERE a.comment ~ 'n° [0-9]+' AND a.kind = 'STATUS_CHANGE' AND t.status = 'CLOSED' AND o.id IS NULL"
        " AND a.comment !~ 'cœur n°'"
    )
    assert await fetch_value(demo_database, wrongly_linked) == 0


async def test_texts_vary(demo_database: Database) -> None:
    assert await fetch_value(demo_database, "SELECT count(DISTINCT title) FROM ticket") >= 400
    assert await fetch_value(demo_database, "SELECT count(DISTINCT description) FROM ticket") >= 550
    assert await fetch_value(demo_database, "SELECT count(*) FROM activity WHERE comment ~ '[{}]'") == 0
    with_slots = "SELECT count(*) FROM ticket WHERE title || description || coalesce(impact, '') ~ '[{}]'"
    assert await fetch_value(demo_database, with_slots) == 0


async def test_decisions_belong_to_meetings_and_the_next_one_is_scheduled(demo_database: Database) -> None:
    without_meeting = "SELECT count(*) FROM activity WHERE decision IS NOT NULL AND meeting_id IS NULL"
    assert await fetch_value(demo_database, without_meeting) == 0
    on_agenda = (
        "SELECT count(*) FROM agenda_item i JOIN activity a ON a.id = i.activity_id AND a.meeting_id = i.meeting_id"
    )
    decisions = "SELECT count(*) FROM activity WHERE meeting_id IS NOT NULL"
    assert await fetch_value(demo_database, on_agenda) == await fetch_value(demo_database, decisions) > 10
    undecided = "SELECT array_agg(id ORDER BY id) FROM ticket WHERE status = 'PENDING_DECISION'"
    agenda = "SELECT array_agg(ticket_id ORDER BY position) FROM agenda_item WHERE activity_id IS NULL"
    assert await fetch_value(demo_database, agenda) == await fetch_value(demo_database, undecided)
