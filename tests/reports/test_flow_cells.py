"""The rollup of the flow matches the history, for any viewer, grouping and filter."""

from dataclasses import astuple
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from osit_graphql.domain import clock
from osit_graphql.domain.date_range import Period
from osit_graphql.domain.enums import Criticality
from osit_graphql.services.reports import flow, rollup_jobs
from osit_graphql.services.reports.flow import FlowRow, ticket_flow
from osit_graphql.services.reports.request import Dimension, ReportFilter, ReportRequest
from osit_graphql.services.reports.rollup_check import check_rollups
from osit_graphql.services.tickets import qualify, reroute
from osit_graphql.services.tickets.qualification import Correction
from tests.company import Company
from tests.reports import flow_oracle
from tests.reports.playing import PARIS, play
from tests.reports.scenes import FILTER_VALUES
from tests.superuser import acting_as, as_superuser, rolled_back

TOKYO = ZoneInfo("Asia/Tokyo")
OPEN_ANOTHER = """
INSERT INTO ticket (title, description, status, severity, criticality, priority, requester_id, application_id,
    service_id, site_id, opened_at, updated_at, closed_at)
SELECT title, description, 'CLOSED', severity, criticality, priority, requester_id, application_id, service_id, site_id,
    opened_at, updated_at, updated_at FROM ticket ORDER BY id LIMIT 1 RETURNING id
"""
HISTORY = """
INSERT INTO activity (ticket_id, version, kind, comment, created_at, to_service_id, from_status, to_status)
SELECT id, 1, 'OPENED', NULL, opened_at, service_id, NULL, NULL FROM ticket WHERE id = :ticket
UNION ALL SELECT id, 2, 'STATUS_CHANGE', 'Fermé.', opened_at, NULL, 'OPEN', 'CLOSED' FROM ticket WHERE id = :ticket
"""
WHO = ("manager", "network", "developer")
DIMENSIONS = (Dimension.APPLICATION, Dimension.SERVICE, Dimension.SITE, Dimension.MONTH)


@pytest.fixture
async def flowing(company: Company) -> Company:
    """Return a company with a history, partly merged into the rollup, and a ticket corrected after a re-routing."""
    await play(company, actions=120, writers=2, seed=5)
    await rollup_jobs.merge(company.database)
    await play(company, actions=60, writers=2, seed=6)
    with clock.at(datetime(2026, 3, 2, 9, tzinfo=PARIS)):
        number = await company.ticket()
        await company.do("developer", reroute, number, service_id=company.keys["Réseau"], comment="Au réseau.")
        elsewhere = Correction(application_id=company.keys["Paie"], site_id=company.keys["Lyon"])
        await company.do("network", qualify, number, elsewhere, comment="De la paie.")
    async with as_superuser(company.database).transaction() as session:
        await session.execute(text("SELECT osit_merge_reports(1)"))
        assert await session.scalar(text("SELECT count(*) FROM flow_delta")) > 0
        assert await session.scalar(text("SELECT count(own_application_id) FROM flow_event")) > 0
    return company


def ask(company: Company, chance: Random) -> ReportRequest:
    """Draw a request; the rollup can answer half of them."""
    start = date(2025, 12, 20) + timedelta(days=chance.randrange(120))
    period = Period(start, start + timedelta(days=chance.choice([0, 6, 29, 200])))
    group_by = tuple(name for name in DIMENSIONS if chance.random() < 0.4)
    lists = {
        name: tuple(company.keys[thing] for thing in things if chance.random() < 0.6)
        for name, things in FILTER_VALUES.items()
        if chance.random() < 0.15
    }
    return ReportRequest(period, group_by, ReportFilter(**lists))


def rounded_row(flow: FlowRow) -> tuple[object, ...]:
    return tuple(pytest.approx(value) if isinstance(value, float) else value for value in astuple(flow))


@pytest.mark.parametrize("zone", [PARIS, TOKYO], ids=str)
async def test_the_flow_matches_the_history(flowing: Company, zone: ZoneInfo) -> None:
    chance, answered_by_rollup = Random(1), 0
    async with as_superuser(flowing.database).reading() as session:
        events, causes = await flow_oracle.read_events(session, zone), await flow_oracle.read_causes(session)
        for number in range(60):
            request, viewer = ask(flowing, chance), flowing.viewers[WHO[number % len(WHO)]]
            answered_by_rollup += flow.rollup_can_answer(request)
            async with acting_as(session, viewer, reports=True):
                actual = await ticket_flow(session, viewer, request, zone=zone)
                bare = await ticket_flow(session, viewer, request, zone=zone, with_hours=False)
            expected = flow_oracle.flow(events, causes, request, viewer.service_id)
            assert {flow.group: astuple(flow) for flow in actual} == {
                group: rounded_row(flow) for group, flow in expected.items()
            }
            assert [astuple(flow)[:-2] for flow in bare] == [astuple(flow)[:-2] for flow in actual]
    assert 20 < answered_by_rollup < 50


async def test_the_time_zone_changes_only_with_a_rebuild(flowing: Company) -> None:
    await rollup_jobs.set_initial_zone(flowing.database, TOKYO)  # too late: something happened already
    [difference] = await check_rollups(flowing.database, TOKYO)
    assert "Europe/Paris" in str(difference)
    await rollup_jobs.rebuild(flowing.database, TOKYO)
    assert await check_rollups(flowing.database, TOKYO) == []
    request = ReportRequest(Period(date(2026, 1, 1), date(2026, 5, 30)), (Dimension.MONTH,))
    async with as_superuser(flowing.database).reading() as session:
        events = await flow_oracle.read_events(session, TOKYO)
        async with acting_as(session, flowing.viewers["manager"], reports=True):
            actual = await ticket_flow(session, flowing.viewers["manager"], request, zone=TOKYO)
    expected = flow_oracle.flow(events, set(), request, None)
    assert {flow.group: astuple(flow) for flow in actual} == {
        group: rounded_row(flow) for group, flow in expected.items()
    }


async def test_an_empty_rollup_adopts_the_time_zone(company: Company) -> None:
    await rollup_jobs.set_initial_zone(company.database, TOKYO)
    await company.ticket()
    assert await check_rollups(company.database, TOKYO) == []


@pytest.mark.parametrize(("minutes", "rounded"), [(0, 0), (1, 1), (128, 128), (129, 130), (600, 600), (86_400, 86_016)])
async def test_minutes_keep_seven_binary_digits(company: Company, minutes: int, rounded: int) -> None:
    assert flow_oracle.rounded(minutes) == rounded
    assert abs(rounded - minutes) <= minutes / 128


async def test_a_new_ticket_has_its_event_at_once(company: Company) -> None:
    # One row of history is counted without `flow_truth`; several rows of one statement are compared with it.
    stored = "SELECT * FROM flow_event ORDER BY activity_id"
    truth = "SELECT * FROM flow_truth ORDER BY activity_id"
    with clock.at(datetime(2026, 3, 1, 0, 30, tzinfo=PARIS)):
        for criticality in Criticality:
            await company.ticket(criticality=criticality)
    async with rolled_back(as_superuser(company.database)) as session:
        assert len(events := (await session.execute(text(stored))).all()) == len(Criticality)
        assert events == (await session.execute(text(truth))).all()
        assert {event.day for event in events} == {date(2026, 3, 1)}  # in Paris; in UTC it is the day before
        assert sum(event.pending_decision for event in events) == 1
        [opened] = (await session.execute(text(OPEN_ANOTHER))).all()
        await session.execute(text(HISTORY), {"ticket": opened.id})
        assert (await session.execute(text(stored))).all() == (await session.execute(text(truth))).all()
        changes = "SELECT sum(events), sum(opened), sum(closed), sum(pending_decision) FROM flow_delta"
        assert tuple((await session.execute(text(changes))).one()) == (5, 4, 1, 1)
