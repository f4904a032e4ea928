"""Visibility: for random companies, PostgreSQL returns the same rows as a small oracle, for every person."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from osit_graphql.db.engine import Database, Session
from osit_graphql.domain.enums import Status
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.queries import activities, people, ticket_filter, tickets
from osit_graphql.services.queries.keyset_pagination import PageArgs
from osit_graphql.services.queries.ticket_filter import TicketFilter
from osit_graphql.services.queries.ticket_ordering import Listing
from tests.protection import weaker_under_rls
from tests.superuser import acting_as, as_superuser, rolled_back
from tests.unit import permission_table
from tests.unit.random_company import LISTS, RandomCompany, insert_company, random_companies

EVERY = PageArgs(first=100)
HYPOTHESIS_SETTINGS = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
Check = Callable[[Session, RandomCompany, int, Viewer], Awaitable[None]]


@pytest.fixture
async def each(database: Database) -> Callable[[RandomCompany, Check], Awaitable[None]]:
    """Provide a function that inserts a company and runs a check as each of its people."""

    async def look(world: RandomCompany, check: Check) -> None:
        async with rolled_back(as_superuser(database)) as session:
            await insert_company(session, world)
            for who in range(1, len(world.people) + 1):
                async with acting_as(session, world.viewer(who)):
                    await check(session, world, who, world.viewer(who))

    return look


async def numbers(session: Session, viewer: Viewer, listing: Listing) -> set[int]:
    """Return the numbers in a list; its count must be equal."""
    page = await tickets.page(session, viewer, listing, EVERY, ())
    assert await tickets.total_count(session, viewer, listing) == len(page.rows)
    return {row.id for row in page.rows}


@HYPOTHESIS_SETTINGS
@given(world=random_companies())
async def test_tickets(each: Any, world: RandomCompany) -> None:
    async def check(session: Session, world: RandomCompany, who: int, viewer: Viewer) -> None:
        seen = world.seen(who)
        assert await numbers(session, viewer, Listing()) == seen
        assert set(await tickets.by_ids(session, viewer, range(1, 9), ())) == seen
        parts = [await numbers(session, viewer, Listing(name)) for name in LISTS]
        for status, part in zip(LISTS.values(), parts, strict=True):
            assert part == {number for number in seen if world.tickets[number - 1].status is status}
        assert sum(map(len, parts)) == len(seen)

    await each(world, check)


@HYPOTHESIS_SETTINGS
@given(world=random_companies())
async def test_histories(each: Any, world: RandomCompany) -> None:
    async def check(session: Session, world: RandomCompany, who: int, viewer: Viewer) -> None:
        read, written = world.read(who), len(world.rows)
        everything = range(1, len(world.tickets) + 1)
        pages = await activities.pages_by_ticket(session, viewer, everything, None, EVERY, activities.ALL_COLUMNS)
        counts = await activities.counts_by_ticket(session, viewer, everything, None)
        for number in everything:
            rows = {row.id for row in pages[number].rows if row.id <= written}
            assert rows == {key for key in read if world.rows[key - 1].ticket == number}
            assert counts[number] == len(pages[number].rows)
        rows_by_id = await activities.by_ids(session, viewer, range(1, written + 1), activities.INTERVENTION_COLUMNS)
        assert set(rows_by_id) == read
        for key, row in rows_by_id.items():
            line = world.rows[key - 1]
            shown = line.minutes is not None and world.through(who, line.ticket) & permission_table.COSTS
            costs = (row.minutes, row.hourly_rate, row.expenses, row.cost)
            assert costs == ((line.minutes, 60, 0, line.minutes) if shown else (None,) * 4)

    await each(world, check)


@HYPOTHESIS_SETTINGS
@given(world=random_companies())
async def test_costs_and_allowed_actions(each: Any, world: RandomCompany) -> None:
    async def check(session: Session, world: RandomCompany, who: int, viewer: Viewer) -> None:
        wanted = {"minutes_spent", "cost", "allowed_actions"}
        for number, row in (await tickets.by_ids(session, viewer, range(1, 9), wanted)).items():
            minutes = world.minutes(who, number)
            assert (row.minutes_spent, row.cost) == (minutes, minutes)
            assert set(row.seen_through) == world.through(who, number)
            rows = [line for line in world.rows if line.ticket == number and line.minutes and not line.voided]
            assert (row.has_interventions, row.has_own_interventions) == (
                bool(rows),
                any(line.author == who for line in rows),
            )

    await each(world, check)


@weaker_under_rls
@HYPOTHESIS_SETTINGS
@given(world=random_companies())
async def test_people(each: Any, world: RandomCompany) -> None:
    async def check(session: Session, world: RandomCompany, who: int, viewer: Viewer) -> None:
        everybody = range(1, len(world.people) + 1)
        reader = bool(viewer.roles & permission_table.PEOPLE)
        rows_by_id = await people.by_ids(session, viewer, everybody)
        assert set(rows_by_id) == world.visible_people(who)
        for key, row in rows_by_id.items():
            details = (row.email, row.roles is not None, row.site_id)
            assert details == ((f"{key}@example.com", True, 1) if reader or key == who else (None, False, None))
            assert row.active
        requested = await tickets.pages_by_requester(session, viewer, everybody, EVERY, ())
        counts = await tickets.counts_by_requester(session, viewer, everybody)
        for key in everybody:
            expected = {number for number in world.seen(who) if world.tickets[number - 1].requester == key}
            assert {row.id for row in requested[key].rows} == expected
            assert counts[key] == len(expected)

    await each(world, check)


person, service = st.integers(1, 6), st.integers(1, 3)
plain: st.SearchStrategy[TicketFilter] = st.builds(
    TicketFilter,
    statuses=st.none() | st.lists(st.sampled_from(Status), max_size=2).map(tuple),
    service_ids=st.none() | st.lists(service, max_size=2).map(tuple),
    requester_ids=st.none() | st.lists(person, max_size=3).map(tuple),
    assignee_ids=st.none() | st.lists(person, max_size=3).map(tuple),
    cause_ids=st.none() | st.just((1,)) | st.just((2,)),
    unassigned=st.none() | st.booleans(),
)
narrowed = plain | st.builds(
    TicketFilter, any_of=st.none() | st.lists(plain, max_size=2).map(tuple), negated=st.none() | plain
)


def matches(world: RandomCompany, number: int, filter_: TicketFilter) -> bool:
    """Whether a filter matches a ticket."""
    ticket = world.tickets[number - 1]
    interventions = any(row.ticket == number and row.minutes and not row.voided for row in world.rows)
    return (
        (filter_.statuses is None or ticket.status in filter_.statuses)
        and (filter_.service_ids is None or ticket.service in filter_.service_ids)
        and (filter_.requester_ids is None or ticket.requester in filter_.requester_ids)
        and (filter_.assignee_ids is None or ticket.assignee in filter_.assignee_ids)
        and (filter_.cause_ids is None or (1 in filter_.cause_ids and interventions))
        and (filter_.unassigned is None or (not world.is_assigned(number)) == filter_.unassigned)
        and (filter_.any_of is None or any(matches(world, number, inner) for inner in filter_.any_of))
        and (filter_.negated is None or not matches(world, number, filter_.negated))
    )


@HYPOTHESIS_SETTINGS
@given(world=random_companies(), filters=st.lists(narrowed, min_size=1, max_size=3))
async def test_filters_apply_to_visible_tickets(
    each: Any, world: RandomCompany, filters: list[ticket_filter.TicketFilter]
) -> None:
    async def check(session: Session, world: RandomCompany, who: int, viewer: Viewer) -> None:
        for one in filters:
            expected = {number for number in world.seen(who) if matches(world, number, one)}
            assert await numbers(session, viewer, Listing(filter=one)) == expected

    await each(world, check)
