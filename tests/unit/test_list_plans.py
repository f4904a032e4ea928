"""Every list, with any one filter, is read in order from an index: nothing is sorted."""

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime
from itertools import takewhile
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import text

from osit_graphql.domain.enums import Status, TicketList
from osit_graphql.services.queries import ticket_select, tickets
from osit_graphql.services.queries.keyset_pagination import PageArgs
from osit_graphql.services.queries.ticket_filter import NO_FILTER, TicketFilter
from osit_graphql.services.queries.ticket_ordering import Direction, Listing, OrderField
from tests.company import Company
from tests.superuser import rolled_back
from tests.unit.statement_log import NOT_COUNTED

FILTERS = {
    "nothing": NO_FILTER,
    "service": TicketFilter(service_ids=(2,)),
    "application": TicketFilter(application_ids=(1,)),
    "requester": TicketFilter(requester_ids=(5,)),
    "assignee": TicketFilter(assignee_ids=(2,)),
}
# Without these plans PostgreSQL chooses, for an empty table, the plan that it uses for millions of rows.
PLANNING = ("enable_seqscan", "enable_bitmapscan", "enable_sort", "enable_incremental_sort")


async def plan(
    company: Company, who: str, listing: Listing, window: PageArgs, wanted: Collection[str] = frozenset()
) -> str:
    """Return PostgreSQL's plan for a page."""
    sent: list[tuple[str, Any]] = []

    def record(logged: Any) -> None:
        sent.append((logged.query, logged.args))

    async with rolled_back(company.database, company.viewers[who]) as session:
        for setting in PLANNING:
            await session.execute(text(f"SET LOCAL {setting} = off"))
        with session.connection.query_logger(record):
            await tickets.page(session, company.viewers[who], listing, window, wanted)
        await asyncio.sleep(0)  # asyncpg calls its loggers later
        [(statement, parameters)] = [each for each in sent if not any(part in each[0] for part in NOT_COUNTED)]
        return "\n".join([row[0] for row in await session.connection.fetch(f"EXPLAIN {statement}", *parameters)])


@pytest.mark.parametrize("filter_name", FILTERS)
@pytest.mark.parametrize("name", [*TicketList, None])
async def test_every_list_comes_sorted_from_an_index(
    company: Company, name: TicketList | None, filter_name: str
) -> None:
    listing = Listing(name, FILTERS[filter_name])
    for window in (PageArgs(first=50), PageArgs(last=50)):
        query_plan = await plan(company, "manager", listing, window)
        assert "Sort" not in query_plan, query_plan
        assert "Index" in query_plan, query_plan
        assert filter_name == "nothing" or f"({filter_name}_id = " in query_plan, query_plan


@pytest.mark.parametrize("name", [*TicketList, None])
async def test_a_list_of_a_technician_comes_from_an_index(company: Company, name: TicketList | None) -> None:
    query_plan = await plan(company, "developer", Listing(name), PageArgs(first=50))
    assert "Sort" not in query_plan, query_plan
    assert "(service_id = " in query_plan, query_plan


async def test_a_list_of_one_status_comes_from_an_index(company: Company) -> None:
    query_plan = await plan(company, "manager", Listing(None, TicketFilter(statuses=(Status.OPEN,))), PageArgs())
    assert "Sort" not in query_plan, query_plan
    assert "(status = " in query_plan, query_plan


async def test_a_page_is_limited_before_joins(company: Company) -> None:
    """Otherwise PostgreSQL would join all tickets of a person if it expects few."""
    listing = Listing(TicketList.CLOSED, FILTERS["requester"])
    lines = (await plan(company, "manager", listing, PageArgs(first=50), ticket_select.ALL_COLUMNS)).splitlines()
    cut = next(number for number, line in enumerate(lines) if "Limit" in line)
    inner = len(lines[cut]) - len(lines[cut].lstrip())
    within = takewhile(lambda line: len(line) - len(line.lstrip()) > inner, lines[cut + 1 :])
    joined = {line for line in lines if " on person " in line or " on application " in line}
    assert len(joined) >= 4
    assert joined.isdisjoint(within)


@pytest.mark.parametrize("name", [TicketList.CLOSED, TicketList.EVOLUTION_REQUESTS])
async def test_constant_sort_keys_are_compared_with_equality(company: Company, name: TicketList) -> None:
    listing = Listing(name, FILTERS["requester"])
    last = SimpleNamespace(mapping={"key_0": 0, "key_1": datetime(2026, 1, 5, tzinfo=UTC), "key_2": 7})
    window = PageArgs(first=50, after=listing.paging().encode(cast("Any", last)))
    query_plan = await plan(company, "manager", listing, window)
    assert "Sort" not in query_plan, query_plan
    assert "list_rank = " in query_plan, query_plan
    assert "ROW(list_moment, id)" in query_plan, query_plan


async def test_an_order_without_an_index_is_sorted(company: Company) -> None:
    order = ((OrderField.CLOSED_AT, Direction.ASC),)
    query_plan = await plan(company, "manager", Listing(None, NO_FILTER, order), PageArgs())
    assert "Sort" in query_plan, query_plan
