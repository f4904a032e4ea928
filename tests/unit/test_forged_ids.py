"""Ids and cursors that OSIT did not make are BAD_USER_INPUT, whatever bytes and numbers they contain."""

import base64
import hashlib
import random
from datetime import date
from typing import Any

import orjson
import pytest

from osit_graphql.api import global_ids
from osit_graphql.domain.enums import Action, Criticality
from tests.desk import Desk
from tests.unit.test_cursors import cursor_of, fetch_page, forge, refused

ENDS = [sign * 2**bits + near for bits in (0, 15, 31, 47, 48, 53, 62) for sign in (1, -1) for near in (-1, 0, 1)]
VALUES: list[Any] = [*ENDS, 2**63, None, True, 1.5, 1e300, -1e300, "", "1", "\0", "é", [], [1], [[1]], {}]
DAYS = [day.toordinal() for day in (date.min, date(1, 1, 2), date(1969, 12, 31), date(2026, 1, 1), date.max)]
NODE = """query ($id: ID!) { node(id: $id) { id ... on Recurrence {
  occurrences previousOccurrences figures { minutes } tickets(first: 2) { totalCount nodes { number } } } } }"""
ORDERS = ("NUMBER", "OPENED_AT", "UPDATED_AT", "CLOSED_AT", "PRIORITY")
REFUSAL = ("BAD_USER_INPUT", ["after"])
ROUNDS = 400


def forge_recurrence(content: Any) -> str:
    """Return an id with a valid digest."""
    raw = orjson.dumps(content)
    digest = hashlib.blake2s(raw, digest_size=global_ids.RECURRENCE_DIGEST_BYTES).digest()
    return global_ids.RECURRENCE_PREFIX + base64.urlsafe_b64encode(digest + raw).rstrip(b"=").decode()


async def ask_for(desk: Desk, text: str) -> list[tuple[str, Any]]:
    """Ask for the node with this id; return codes and arguments of the errors."""
    return refused(await desk.api.ask(desk.token("manager"), NODE, {"id": text}))


@pytest.mark.parametrize(
    "content",
    [
        [DAYS[3], DAYS[3], [0, 0], [1, 1], [None] * 4],
        [DAYS[3], DAYS[3], [3, 0], [1, 1], [None] * 4],
        [DAYS[3], DAYS[3], [-1], [1], [None] * 4],
        [DAYS[3], DAYS[3], [True], [1], [None] * 4],
        [DAYS[0], DAYS[3], [0], [1], [None] * 4],
        [DAYS[3], DAYS[4], [0], [1], [None] * 4],
        [DAYS[3], DAYS[3], [4], [1], [None] * 4],
        [DAYS[3], DAYS[2], [0], [1], [None] * 4],
        [DAYS[3], DAYS[3], [0], [1], [[], None, None, None, None]],
    ],
)
async def test_line_6_a_recurrence_id_that_no_report_gives_is_refused(desk: Desk, content: Any) -> None:
    assert await ask_for(desk, forge_recurrence(content)) == [("BAD_USER_INPUT", ["id"])]


@pytest.mark.parametrize("start", DAYS)
async def test_line_6_a_recurrence_at_the_first_and_last_dates_is_found_or_not(desk: Desk, start: int) -> None:
    for end in DAYS:
        content = [start, end, [0], [1], [None] * 4]
        assert await ask_for(desk, forge_recurrence(content)) in ([], [("BAD_USER_INPUT", ["id"])]), content


async def test_line_6_random_recurrence_ids_are_never_an_internal_error(desk: Desk) -> None:
    chance = random.Random(6)

    def any_value(*usual: Any) -> Any:
        return chance.choice(VALUES if chance.random() < 0.2 else usual)

    for _ in range(ROUNDS):
        dimensions = any_value([any_value(*range(-6, 7)) for _ in range(chance.randrange(5))])
        group = any_value(
            [any_value(1, 2, 2**40) for _ in range(len(dimensions) if isinstance(dimensions, list) else 1)]
        )
        filters = any_value([any_value(None, [any_value(1, 2)]) for _ in range(4)])
        content = [any_value(*DAYS), any_value(*DAYS), dimensions, group, filters]
        assert await ask_for(desk, forge_recurrence(content)) in ([], [("BAD_USER_INPUT", ["id"])]), content


async def test_line_6_random_bytes_and_flipped_bits_are_never_an_internal_error(desk: Desk) -> None:
    chance, ticket = random.Random(6), desk.company.id(await desk.company.ticket())
    cursor = await cursor_of(desk)
    for _ in range(ROUNDS):
        garbage = chance.choice(
            [
                chance.choice([*global_ids.KINDS_BY_PREFIX, "rec1"]) + "_" + chance.randbytes(8).hex(),
                global_ids.RECURRENCE_PREFIX
                + base64.urlsafe_b64encode(chance.randbytes(chance.randrange(40))).decode(),
                flip(ticket, chance),
                chance.randbytes(chance.randrange(30)).decode("latin-1"),
            ]
        )
        assert await ask_for(desk, garbage) in ([], [("BAD_USER_INPUT", ["id"])]), garbage
        for text in (flip(cursor, chance), garbage):
            assert refused(await fetch_page(desk, after=text)) in ([REFUSAL], []), text


def flip(text: str, chance: random.Random) -> str:
    """Return the text with one bit of one character flipped."""
    at = chance.randrange(len(text))
    return text[:at] + chr(ord(text[at]) ^ (1 << chance.randrange(7))) + text[at + 1 :]


@pytest.mark.parametrize("field", ORDERS)
async def test_line_6_a_cursor_takes_values_of_its_columns_only(desk: Desk, field: str) -> None:
    await desk.company.ticket()
    order = [{"field": field, "direction": "DESC"}]
    cursor = await cursor_of(desk, orderBy=order)
    own = orjson.loads(base64.urlsafe_b64decode(cursor + "=="))[1:]
    for at in range(len(own)):
        for value in [*VALUES, *([end] for end in ENDS)]:
            forged = forge(*own[:at], value, *own[at + 1 :], like=cursor)
            assert refused(await fetch_page(desk, after=forged, orderBy=order)) in ([REFUSAL], []), (at, value)


@pytest.mark.parametrize("name", ["openTickets", "evolutionRequests", "closedTickets", "tickets"])
async def test_line_6_a_cursor_of_a_list_takes_values_of_its_columns_only(desk: Desk, name: str) -> None:
    await desk.company.ticket(criticality=Criticality("EVOLUTION" if name == "evolutionRequests" else "BLOCKING"))
    if name == "closedTickets":
        await desk.does("developer", Action.CLOSE, 1)
    listing: dict[str, Any] = {"filter": {"search": "noir"}} if name == "tickets" else {}
    cursor = await cursor_of(desk, name, **listing)
    own = orjson.loads(base64.urlsafe_b64decode(cursor + "=="))[1:]
    for at in range(len(own)):
        for value in [*VALUES, *([end] for end in ENDS)]:
            forged = forge(*own[:at], value, *own[at + 1 :], like=cursor)
            assert refused(await fetch_page(desk, name, after=forged, **listing)) in ([REFUSAL], []), (at, value)
