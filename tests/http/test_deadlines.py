"""One timer stops each request that takes too long at its own end, and leaves others' cancellations to them."""

import asyncio

import pytest

from osit_graphql.http.deadlines import Deadlines

SOON, LONG = 0.02, 3_600


async def wait(deadlines: Deadlines, seconds: float = LONG) -> str:
    """Return how a block ended that waits so long."""
    try:
        with deadlines.limit():
            await asyncio.sleep(seconds)
    except TimeoutError:
        return "stopped"
    return "done"


async def test_what_takes_too_long_is_stopped_whenever_it_began() -> None:
    deadlines = Deadlines(SOON)
    begun = []
    for _ in range(3):
        begun.append(asyncio.create_task(wait(deadlines)))
        await asyncio.sleep(SOON / 4)
    assert await asyncio.gather(*begun) == ["stopped"] * 3
    assert await wait(deadlines) == "stopped", "the timer begins again after there was nothing to do"
    assert deadlines._under_way == {}


async def test_what_is_done_in_time_is_left_alone() -> None:
    deadlines = Deadlines(LONG)
    assert await asyncio.gather(*(wait(deadlines, 0) for _ in range(3))) == ["done"] * 3
    assert deadlines._under_way == {}
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_an_end_in_time_does_not_keep_the_next_from_theirs() -> None:
    deadlines = Deadlines(SOON)
    assert await wait(deadlines, 0) == "done"
    await asyncio.sleep(SOON / 2)  # the timer of the one that is over still runs
    assert await wait(deadlines) == "stopped"


@pytest.mark.parametrize("over", [False, True])
async def test_whoever_else_cancels_it_is_heard(over: bool) -> None:
    deadlines = Deadlines(LONG)
    task = asyncio.create_task(wait(deadlines))
    await asyncio.sleep(0)
    if over:
        next(iter(deadlines._under_way)).stop()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert deadlines._under_way == {}


async def test_an_error_within_is_its_own() -> None:
    deadlines = Deadlines(LONG)
    with pytest.raises(ZeroDivisionError), deadlines.limit():
        _ = 1 / 0
    assert deadlines._under_way == {}


def test_another_loop_has_a_timer_of_its_own() -> None:
    deadlines = Deadlines(SOON)
    assert asyncio.run(wait(deadlines, 0)) == "done"
    assert asyncio.run(wait(deadlines)) == "stopped"
