"""Keyset pages are complete in both directions and every order, also with concurrent writes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from osit_graphql.domain import clock
from osit_graphql.domain.enums import Action, Criticality, Priority
from osit_graphql.services import tickets
from tests.desk import Desk

FIELDS = ("NUMBER", "OPENED_AT", "UPDATED_AT", "CLOSED_AT", "PRIORITY")
DIRECTIONS = ("ASC", "DESC")
LISTS = ("tickets", "openTickets", "evolutionRequests", "closedTickets")
START = datetime(2026, 1, 5, 8, tzinfo=UTC)
PAGE = """
query ($first: Int, $after: String, $last: Int, $before: String, $filter: TicketFilter, $orderBy: [TicketOrder!]) {
  NAME(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
    totalCount nodes { number } edges { cursor node { number } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""


@pytest.fixture
async def many(desk: Desk) -> Desk:
    """Provide 13 tickets with ties everywhere: 7 open, 3 of which of one moment, 3 waiting, 3 closed, 2 together."""
    for index in range(13):
        with clock.at(START + timedelta(hours=index // 3)):
            criticality = Criticality.EVOLUTION if index % 4 == 1 else list(Criticality)[index % 2]
            number = await desk.company.ticket(criticality=criticality)
        with clock.at(START + timedelta(days=1, hours=index // 4)):
            if index % 4 == 2:
                await desk.company.do("developer", tickets.close, number, comment="Fini.")
            elif index % 5 == 3:
                await desk.company.do("developer", tickets.prioritize, number, priority=Priority.URGENT)
    return desk


async def page(desk: Desk, name: str = "tickets", **window: Any) -> Any:
    """Return a page as the operator."""
    return (await desk.reads("operator", PAGE.replace("NAME", name), **window))[name]


async def walk(desk: Desk, name: str, size: int, *, backward: bool, **listing: Any) -> list[int]:
    """Return the complete list, page after page, and check the page information."""
    numbers: list[int] = []
    window: dict[str, Any] = {"last" if backward else "first": size}
    while True:
        connection = await page(desk, name, **window, **listing)
        info, shown = connection["pageInfo"], [node["number"] for node in connection["nodes"]]
        cursors = [edge["cursor"] for edge in connection["edges"]]
        assert [edge["node"]["number"] for edge in connection["edges"]] == shown
        assert (info["startCursor"], info["endCursor"]) == ((cursors[0], cursors[-1]) if cursors else (None, None))
        assert (info["hasNextPage"], info["hasPreviousPage"])[not backward] == (len(numbers) > 0)
        numbers = shown + numbers if backward else numbers + shown
        if not info["hasPreviousPage" if backward else "hasNextPage"]:
            assert connection["totalCount"] == len(numbers)
            return numbers
        assert len(shown) == size
        window["before" if backward else "after"] = cursors[0 if backward else -1]


def expected(rows: list[dict[str, Any]], order: list[dict[str, str]]) -> list[int]:
    """Return the numbers in order: stable sorts from the last key to the first, nulls last either way."""
    rank = {word: index for index, word in enumerate(("LOW", "NORMAL", "HIGH", "URGENT"))}
    keys = {"NUMBER": "number", "OPENED_AT": "openedAt", "UPDATED_AT": "updatedAt", "CLOSED_AT": "closedAt"}
    last = (order[-1]["direction"] == "DESC") != (order[-1]["field"] == "PRIORITY")  # the most urgent has rank 1
    ordered = sorted(rows, key=lambda row: row["number"], reverse=last)
    for step in reversed(order):
        down = step["direction"] == "DESC"
        if step["field"] == "PRIORITY":
            ordered.sort(key=lambda row: rank[row["priority"]], reverse=down)
            continue
        name = keys[step["field"]]
        known = [row for row in ordered if row[name] is not None]
        known.sort(key=lambda row: row[name], reverse=down)
        ordered = known + [row for row in ordered if row[name] is None]
    return [row["number"] for row in ordered]


async def rows_of(desk: Desk, name: str) -> list[dict[str, Any]]:
    """Return the fields by which lists are ordered."""
    fields = "number openedAt updatedAt closedAt priority"
    document = f"{{ {name}(first: 100) {{ nodes {{ {fields} }} }} }}"
    return list((await desk.reads("operator", document))[name]["nodes"])


ORDERS = [[{"field": field, "direction": direction}] for field in FIELDS for direction in DIRECTIONS] + [
    [{"field": first, "direction": "DESC"}, {"field": second, "direction": direction}]
    for first, second in (("PRIORITY", "OPENED_AT"), ("CLOSED_AT", "PRIORITY"), ("OPENED_AT", "NUMBER"))
    for direction in DIRECTIONS
]


async def test_pages_are_complete_in_every_order(many: Desk) -> None:
    rows = await rows_of(many, "tickets")
    assert len(rows) == 13
    for order in ORDERS:
        all_numbers = expected(rows, order)
        for size, backward in ((3, False), (3, True), (5, True), (13, False)):
            assert await walk(many, "tickets", size, backward=backward, orderBy=order) == all_numbers, order


@pytest.mark.parametrize("name", LISTS)
async def test_each_list_has_its_default_order(many: Desk, name: str) -> None:
    default = {
        "tickets": [("UPDATED_AT", "DESC")],
        "openTickets": [("PRIORITY", "DESC"), ("OPENED_AT", "ASC")],
        "evolutionRequests": [("OPENED_AT", "ASC")],
        "closedTickets": [("CLOSED_AT", "DESC")],
    }[name]
    order = [{"field": field, "direction": direction} for field, direction in default]
    all_numbers = expected(await rows_of(many, name), order)
    assert len(all_numbers) >= 3
    for backward in (False, True):
        assert await walk(many, name, 2, backward=backward) == all_numbers
        assert await walk(many, name, 2, backward=backward, orderBy=[]) == all_numbers


async def test_pages_are_stable_under_writes(many: Desk) -> None:
    order = [{"field": "OPENED_AT", "direction": "DESC"}]
    all_numbers = expected(await rows_of(many, "tickets"), order)
    first = await page(many, first=4, orderBy=order)
    await many.company.ticket()  # belongs to the page that was read
    await many.does("developer", Action.COMMENT, all_numbers[5])
    await many.does("developer", Action.REROUTE, all_numbers[3])
    rest = await page(many, after=first["pageInfo"]["endCursor"], orderBy=order)
    assert [node["number"] for node in first["nodes"] + rest["nodes"]] == all_numbers


async def test_a_page_between_two_cursors(many: Desk) -> None:
    order = [{"field": "NUMBER", "direction": "ASC"}]
    cursors = [edge["cursor"] for edge in (await page(many, orderBy=order))["edges"]]
    between = {"after": cursors[2], "before": cursors[8], "orderBy": order}
    assert [node["number"] for node in (await page(many, **between))["nodes"]] == [4, 5, 6, 7, 8]
    assert [node["number"] for node in (await page(many, first=2, **between))["nodes"]] == [4, 5]
    assert [node["number"] for node in (await page(many, last=2, **between))["nodes"]] == [7, 8]
    empty = await page(many, after=cursors[-1], orderBy=order)
    nothing = {"hasNextPage": False, "hasPreviousPage": True, "startCursor": None, "endCursor": None}
    assert (empty["nodes"], empty["pageInfo"]) == ([], nothing)
