"""Of many writers with one version, one wins."""

import asyncio
from collections import Counter

from osit_graphql.domain.enums import Action
from tests.desk import Desk

AT_ONCE = 8


async def test_of_200_edits_of_one_version_one_wins(desk: Desk) -> None:
    number = await desk.company.ticket()
    gate = asyncio.Semaphore(AT_ONCE)

    async def edit(turn: int) -> tuple[str, int]:
        async with gate:
            said = {"expectedVersion": 1, "comment": f"{turn}"}
            while (answer := await desk.answer("developer", Action.COMMENT, number, **said)).errors:
                assert answer.codes == ["UNAVAILABLE"]  # a slow machine: the ticket was not had in time, try again
        [payload] = answer.data.values()
        return ", ".join(error["code"] for error in payload["userErrors"]), payload["ticket"]["version"]

    found = Counter(await asyncio.gather(*map(edit, range(200))))
    assert found == {("", 2): 1, ("STALE_VERSION", 2): 199}
    assert len(await desk.history("developer", number)) == 2
