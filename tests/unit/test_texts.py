"""Texts of tickets: line breaks, and characters that print nothing."""

import pytest

from osit_graphql.domain.enums import Action
from tests.desk import Desk

# Characters that print nothing, though Unicode counts some of them as letters, marks or symbols.
INVISIBLE = [
    "\u3164",
    "\u2800",
    "\u115f",
    "\u1160",
    "\uffa0",
    "\ufe0f",
    "\u034f",
    "\u17b4",
    "\U000e0100",
    "\u00ad",
    "\u200b",
]


@pytest.mark.parametrize("comment", [*INVISIBLE, "".join(INVISIBLE), " \u3164\n\u2800 "])
async def test_line_18_a_mandatory_comment_prints_something(desk: Desk, comment: str) -> None:
    number = await desk.company.ticket()
    before = await desk.company.snapshot()
    assert await desk.is_refused("developer", Action.CLOSE, number, comment=comment) == [("input.comment", "REQUIRED")]
    assert await desk.company.snapshot() == before


async def test_a_comment_with_a_visible_character_keeps_the_invisible_ones(desk: Desk) -> None:
    number = await desk.company.ticket()
    await desk.does("developer", Action.COMMENT, number, comment="\u3164\u0301!\ufe0f")
    assert (await desk.history("requester", number, "comment"))[-1] == {"comment": "\u3164\u0301!\ufe0f"}


@pytest.mark.parametrize("line_break", ["\r\n", "\r", "\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
async def test_line_19_every_line_break_is_stored_as_lf(desk: Desk, line_break: str) -> None:
    number = await desk.company.ticket()
    text = f"Premier{line_break}second{line_break}{line_break}dernier{line_break}"
    await desk.does("developer", Action.COMMENT, number, comment=text)
    assert (await desk.history("requester", number, "comment"))[-1] == {"comment": "Premier\nsecond\n\ndernier"}
    await desk.does("developer", Action.QUALIFY, number, description=text)
    assert await desk.ticket("requester", number, "description") == {"description": "Premier\nsecond\n\ndernier"}
    assert await desk.numbers("operator", filter={"search": f"premier{line_break}dernier"}) == [number]
