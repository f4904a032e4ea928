"""Fields of a user with much work let other users' fields run in between."""

import asyncio
from time import perf_counter

from osit_graphql.api.dataloader import RUN_LIMIT_S, current_scheduler


def work() -> None:
    """Be busy for a fifth of what one iteration allows."""
    until = perf_counter() + RUN_LIMIT_S / 5
    while perf_counter() < until:
        pass


async def test_other_users_fields_run_in_between() -> None:
    events: list[str] = []

    async def resolve(user: str) -> None:
        await current_scheduler().wait(user)
        work()
        events.append(user)

    large, small = [resolve("large") for _ in range(40)], [resolve("small") for _ in range(4)]
    await asyncio.gather(*large, *small)
    assert events.count("large") == 40
    assert [index for index, user in enumerate(events) if user == "small"][-1] < 20, "users take turns"


async def test_a_cancelled_field_delays_no_other() -> None:
    events: list[int] = []

    async def resolve(index: int) -> None:
        await current_scheduler().wait("user")
        work()
        events.append(index)

    tasks = [asyncio.create_task(resolve(index)) for index in range(20)]
    await asyncio.sleep(0)
    tasks[10].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert events == [index for index in range(20) if index != 10]


async def test_no_field_waits_while_an_iteration_has_time_left() -> None:
    events: list[str] = []
    asyncio.get_running_loop().call_soon(events.append, "another callback")
    await current_scheduler().wait("user")
    await current_scheduler().wait("user")
    assert events == []
