"""Of many writers with one version, one succeeds."""

import asyncio
from collections import Counter

from osit_graphql.domain.enums import Action
from tests.desk import Desk

AT_ONCE = 8


async def test_one_of_200_edits_of_a_version_succeeds(desk: Desk) -> None:
    number = await desk.company.ticket()
    gate = asyncio.Semaphore(AT_ONCE)

    async def edit(turn: int) -> tuple[str, int]:
        async with gate:
            input_ = {"expectedVersion": 1, "comment": f"{turn}"}
            while (answer := await desk.answer("developer", Action.COMMENT, number, **input_)).errors:
                assert answer.codes == ["UNAVAILABLE"]  # a slow machine: the lock timed out, try again
        [payload] = answer.data.values()
        return ", ".join(error["code"] for error in payload["userErrors"]), payload["ticket"]["version"]

    results = Counter(await asyncio.gather(*map(edit, range(200))))
    assert results == {("", 2): 1, ("STALE_VERSION", 2): 199}
    assert len(await desk.history("developer", number)) == 2
