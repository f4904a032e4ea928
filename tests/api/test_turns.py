"""Whoever has much to do lets others in between."""

import asyncio
from time import perf_counter

from osit_graphql.api.turns import LENGTH, wait_turn


def work() -> None:
    """Be busy for a fifth of a turn."""
    until = perf_counter() + LENGTH / 5
    while perf_counter() < until:
        pass


async def test_others_come_in_between() -> None:
    happened: list[str] = []

    async def answer(whose: str) -> None:
        await wait_turn(whose)
        work()
        happened.append(whose)

    large, small = [answer("large") for _ in range(40)], [answer("small") for _ in range(4)]
    await asyncio.gather(*large, *small)
    assert happened.count("large") == 40
    assert [place for place, whose in enumerate(happened) if whose == "small"][-1] < 20, "each in their own turns"


async def test_whoever_gave_up_holds_nobody_up() -> None:
    happened: list[int] = []

    async def answer(place: int) -> None:
        await wait_turn("somebody")
        work()
        happened.append(place)

    tasks = [asyncio.create_task(answer(place)) for place in range(20)]
    await asyncio.sleep(0)
    tasks[10].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert happened == [place for place in range(20) if place != 10]


async def test_a_young_turn_is_not_waited_for() -> None:
    happened: list[str] = []
    asyncio.get_running_loop().call_soon(happened.append, "another turn")
    await wait_turn("somebody")
    await wait_turn("somebody")
    assert happened == []
