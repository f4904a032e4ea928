"""Every list comes from an index in its own order, whatever one thing it is narrowed to: nothing is sorted."""

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

NARROWED = {
    "nothing": NO_FILTER,
    "service": TicketFilter(service_ids=(2,)),
    "application": TicketFilter(application_ids=(1,)),
    "requester": TicketFilter(requester_ids=(5,)),
    "assignee": TicketFilter(assignee_ids=(2,)),
}
# Whatever is in the way of an index is dear, so that what is chosen for no rows is what there is for millions.
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
        [(statement, parameters)] = sent
        return "\n".join([row[0] for row in await session.connection.fetch(f"EXPLAIN {statement}", *parameters)])


@pytest.mark.parametrize("narrowed", NARROWED)
@pytest.mark.parametrize("name", [*TicketList, None])
async def test_no_list_is_sorted(company: Company, name: TicketList | None, narrowed: str) -> None:
    listing = Listing(name, NARROWED[narrowed])
    for window in (PageArgs(first=50), PageArgs(last=50)):
        found = await plan(company, "manager", listing, window)
        assert "Sort" not in found, found
        assert "Index" in found, found
        assert narrowed == "nothing" or f"({narrowed}_id = " in found, found


@pytest.mark.parametrize("name", [*TicketList, None])
async def test_nor_a_technicians(company: Company, name: TicketList | None) -> None:
    found = await plan(company, "developer", Listing(name), PageArgs(first=50))
    assert "Sort" not in found, found
    assert "(service_id = " in found, found


async def test_nor_those_of_one_status(company: Company) -> None:
    found = await plan(company, "manager", Listing(None, TicketFilter(statuses=(Status.OPEN,))), PageArgs())
    assert "Sort" not in found, found
    assert "(status = " in found, found


async def test_a_page_is_cut_before_anything_is_joined_to_it(company: Company) -> None:
    """Else all that somebody has would be fetched and joined, wherever PostgreSQL takes it for few."""
    listing = Listing(TicketList.CLOSED, NARROWED["requester"])
    lines = (await plan(company, "manager", listing, PageArgs(first=50), ticket_select.ALL_COLUMNS)).splitlines()
    cut = next(number for number, line in enumerate(lines) if "Limit" in line)
    inner = len(lines[cut]) - len(lines[cut].lstrip())
    within = takewhile(lambda line: len(line) - len(line.lstrip()) > inner, lines[cut + 1 :])
    joined = {line for line in lines if " on person " in line or " on application " in line}
    assert len(joined) >= 4
    assert joined.isdisjoint(within)


@pytest.mark.parametrize("name", [TicketList.CLOSED, TicketList.EVOLUTION_REQUESTS])
async def test_past_a_cursor_what_all_have_alike_is_an_equation(company: Company, name: TicketList) -> None:
    listing = Listing(name, NARROWED["requester"])
    last = SimpleNamespace(_mapping={"key_0": 0, "key_1": datetime(2026, 1, 5, tzinfo=UTC), "key_2": 7})
    window = PageArgs(first=50, after=listing.paging().encode(cast("Any", last)))
    found = await plan(company, "manager", listing, window)
    assert "Sort" not in found, found
    assert "list_rank = " in found, found
    assert "ROW(list_moment, id)" in found, found


async def test_an_order_without_an_index_is_seen_here(company: Company) -> None:
    order = ((OrderField.CLOSED_AT, Direction.ASC),)
    found = await plan(company, "manager", Listing(None, NO_FILTER, order), PageArgs())
    assert "Sort" in found, found
