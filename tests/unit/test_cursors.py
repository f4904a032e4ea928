"""Invalid cursors and page sizes are refused with the name of the argument, never an internal error."""

import base64
from typing import Any

import orjson
import pytest

from osit_graphql.domain.enums import Action, Criticality
from tests.client import ApiResponse
from tests.desk import Desk
from tests.unit.test_pages import LISTS, PAGE

NUMBERS = [{"field": "NUMBER", "direction": "ASC"}]


async def fetch_page(desk: Desk, name: str = "tickets", who: str = "operator", **window: Any) -> ApiResponse:
    """Fetch a page."""
    return await desk.api.ask(desk.token(who), PAGE.replace("NAME", name), window)


async def cursor_of(desk: Desk, name: str = "tickets", **listing: Any) -> str:
    """Return the first row's cursor."""
    return str((await fetch_page(desk, name, **listing)).data[name]["edges"][0]["cursor"])


def refused(answer: ApiResponse) -> list[tuple[str, Any]]:
    """Return codes and arguments of the errors, none of them internal."""
    assert "INTERNAL" not in answer.text
    return [(error["extensions"]["code"], error["extensions"].get("argument")) for error in answer.errors]


def forge(*values: Any, like: str) -> str:
    """Return a cursor of the same list with these values."""
    mark = orjson.loads(base64.urlsafe_b64decode(like + "=="))[0]
    return base64.urlsafe_b64encode(orjson.dumps([mark, *values])).rstrip(b"=").decode()


async def test_a_cursor_is_valid_in_its_own_list_only(desk: Desk) -> None:
    for criticality in (Criticality.BLOCKING, Criticality.EVOLUTION):
        await desk.company.ticket(criticality=criticality)
    await desk.does("developer", Action.CLOSE, await desk.company.ticket())
    cursors = {name: await cursor_of(desk, name) for name in LISTS}
    for name in LISTS:
        for other, cursor in cursors.items():
            for argument in ("after", "before"):
                errors = refused(await fetch_page(desk, name, **{argument: cursor}))
                assert errors == ([] if other == name else [("BAD_USER_INPUT", [argument])]), (name, other)


@pytest.mark.parametrize(
    "other",
    [
        {"orderBy": [{"field": "NUMBER", "direction": "DESC"}]},
        {"orderBy": [{"field": "OPENED_AT", "direction": "ASC"}]},
        {"orderBy": [*NUMBERS, {"field": "PRIORITY", "direction": "ASC"}]},
        {"orderBy": NUMBERS, "filter": {"statuses": ["OPEN"]}},
        {"orderBy": NUMBERS, "filter": {"unassigned": True}},
        {"orderBy": NUMBERS, "filter": {"anyOf": []}},
    ],
)
async def test_a_cursor_is_valid_with_its_own_order_and_filter_only(desk: Desk, other: dict[str, Any]) -> None:
    await desk.company.ticket()
    cursor = await cursor_of(desk, orderBy=NUMBERS)
    assert refused(await fetch_page(desk, after=cursor, orderBy=NUMBERS)) == []
    assert refused(await fetch_page(desk, after=cursor, **other)) == [("BAD_USER_INPUT", ["after"])]


@pytest.mark.parametrize(
    "garbage", ["", "x", "é", "=", "AAAA", "e30", "W10", "bnVsbA", "\0", "💥", "W1tbW1tbW10", "A" * 9999]
)
async def test_an_unreadable_cursor_is_refused(desk: Desk, garbage: str) -> None:
    for argument in ("after", "before"):
        assert refused(await fetch_page(desk, **{argument: garbage})) == [("BAD_USER_INPUT", [argument])]


async def test_a_forged_cursor_is_refused(desk: Desk) -> None:
    await desk.company.ticket()
    by_number, by_time = await cursor_of(desk, orderBy=NUMBERS), await cursor_of(desk)
    values: tuple[Any, ...] = (None, True, 1.5, "1", [1], {}, 2**31, -(2**40), 2**63)
    for value in values:
        answer = await fetch_page(desk, after=forge(value, like=by_number), orderBy=NUMBERS)
        assert refused(answer) == [("BAD_USER_INPUT", ["after"])]
    moments: tuple[Any, ...] = ([2**60], [-(2**60)], 12, "x", [1, 2], [None], ["x"], None, [{}])
    for moment in moments:
        answer = await fetch_page(desk, after=forge(moment, 1, like=by_time))
        assert refused(answer) == [("BAD_USER_INPUT", ["after"])], moment
    people = "query ($after: String) { users(after: $after) { edges { cursor } } }"
    cursor = (await desk.reads("operator", people))["users"]["edges"][0]["cursor"]
    for name in ("\0", 1, None, ["x"]):
        answer = await desk.api.ask(desk.token("operator"), people, {"after": forge(name, 1, like=cursor)})
        assert refused(answer) == [("BAD_USER_INPUT", ["after"])], name


@pytest.mark.parametrize(
    ("window", "argument"),
    [
        ({"first": -1}, "first"),
        ({"first": 101}, "first"),
        ({"last": -1}, "last"),
        ({"last": 101}, "last"),
        ({"first": 1, "last": 1}, "last"),
        ({"first": 2**31 - 1}, "first"),
    ],
)
async def test_a_page_size_out_of_bounds_is_refused(desk: Desk, window: dict[str, Any], argument: str) -> None:
    assert refused(await fetch_page(desk, **window)) == [("BAD_USER_INPUT", [argument])]


async def test_the_page_size_is_50_by_default_and_100_at_most(desk: Desk) -> None:
    for _ in range(52):
        await desk.company.ticket()
    sizes: list[tuple[dict[str, Any], int]] = [({}, 50), ({"first": 0}, 0), ({"first": 100}, 52)]
    for window, size in [*sizes, ({"last": 51}, 51), ({"last": 0}, 0)]:
        connection = (await fetch_page(desk, **window)).data["tickets"]
        assert (len(connection["nodes"]), connection["totalCount"]) == (size, 52)


async def test_an_order_with_a_repeated_field_is_refused(desk: Desk) -> None:
    twice = [*NUMBERS, {"field": "NUMBER", "direction": "DESC"}]
    assert refused(await fetch_page(desk, orderBy=twice)) == [("BAD_USER_INPUT", ["orderBy"])]


@pytest.mark.parametrize("key", [2**31, 2**47])
async def test_an_id_out_of_range_is_refused(desk: Desk, key: int) -> None:
    beyond = desk.company.id(key)
    for document in ("node(id: $id) { id }", "nodes(ids: [$id]) { id }", "ticket(by: {id: $id}) { id }"):
        answer = await desk.api.ask(desk.token("operator"), f"query ($id: ID!) {{ {document} }}", {"id": beyond})
        assert [code for code, _ in refused(answer)] == ["BAD_USER_INPUT"]
    assert await desk.is_refused("developer", Action.CLOSE, beyond) == [("ticketClose", "BAD_USER_INPUT")]
    last = desk.company.id(2**31 - 1)
    assert await desk.is_refused("developer", Action.CLOSE, last) == [("id", "NOT_FOUND")]
