"""Buckets leak: what is asked for fills them, time empties them, what was not used is given back; in Redis the same."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from osit_graphql.api.errors import Overloaded
from osit_graphql.domain.errors import Throttled
from osit_graphql.http.rate_limit import redis_bucket
from osit_graphql.http.rate_limit.bucket import MANY, Buckets, Budget, LocalBuckets
from osit_graphql.http.rate_limit.concurrency import Places
from osit_graphql.http.rate_limit.redis_bucket import PREFIX, SharedBuckets
from tests.limits.redis import RedisServer

SLOW = Budget(points=100, rate=1)
NEXT_TO_NOTHING = 20  # points that drain meanwhile, on a machine that is busy with something else


@pytest.fixture(params=["local", "shared"])
async def buckets(request: pytest.FixtureRequest) -> AsyncIterator[Buckets]:
    if request.param == "local":
        yield LocalBuckets(SLOW)
        return
    server: RedisServer = await RedisServer().start()
    found = SharedBuckets(SLOW, server.url)
    yield found
    await found.close()
    server.remove()


async def test_a_bucket_takes_what_fits_and_no_more(buckets: Buckets) -> None:
    assert (await buckets.take("a", 90))[0]
    taken, level = await buckets.take("a", 90)
    assert (taken, 90 - NEXT_TO_NOTHING < level <= 90) == (False, True)
    assert (await buckets.take("b", 90))[0], "another principal's is another bucket"
    assert (await buckets.take("a", 5))[0]
    assert 95 - NEXT_TO_NOTHING < buckets.level("a") <= 95


async def test_what_was_not_used_comes_back(buckets: Buckets) -> None:
    await buckets.take("a", 100)
    assert not (await buckets.take("a", 60))[0]
    await buckets.take("a", -80, forced=True)
    assert (await buckets.take("a", 60))[0]
    await buckets.take("a", -1_000, forced=True)
    assert buckets.level("a") == 0, "never less than nothing"


async def test_what_was_more_than_expected_is_owed(buckets: Buckets) -> None:
    taken, level = await buckets.take("a", 500, forced=True)
    assert (taken, level) == (True, 500)
    assert not (await buckets.take("a", 1))[0]
    assert SLOW.wait(buckets.level("a"), 1) > 300


async def test_time_empties_it() -> None:
    buckets = LocalBuckets(Budget(100, 1_000_000))
    await buckets.take("a", 100)
    await asyncio.sleep(0.01)
    assert (await buckets.take("a", 100))[0]
    assert buckets.budget.window == 1


async def test_buckets_that_drained_are_forgotten_and_so_are_too_many() -> None:
    buckets = LocalBuckets(SLOW)
    for index in range(MANY + 1):
        await buckets.take(str(index), 1)
    assert 0 < len(buckets._empty_at) <= MANY // 2
    assert buckets.level(str(MANY)) > 0, "the latest stays"


async def test_processes_share_and_redis_keeps_the_time(redis: RedisServer) -> None:
    large = Budget(points=10_000, rate=1)
    one, other = SharedBuckets(large, redis.url), SharedBuckets(large, redis.url)
    taken = await asyncio.gather(*(each.take("a", 1_000) for each in (one, other) * 10))
    assert sum(done for done, _ in taken) == 10, "the two together get what one would"
    client = Redis.from_url(redis.url)
    assert 1_000 < await client.pttl(f"{PREFIX}a") <= 10_000_000, "nothing is left of a bucket that has drained"
    for each in (client, one, other):
        await (each.aclose() if isinstance(each, Redis) else each.close())


async def test_while_redis_is_away_each_process_holds_to_its_own(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    buckets = SharedBuckets(SLOW, redis.url)
    await buckets.take("a", 80)
    redis.stop()
    with capture_logs() as logs:
        assert not (await buckets.take("a", 60))[0], "what Redis said last is remembered"
        assert (await buckets.take("a", 10))[0]
        assert (await buckets.take("b", 60))[0]
    assert [entry["event"] for entry in logs] == ["budgets not shared"], "it is tried again after a while, not at once"
    monkeypatch.setattr(buckets, "_away_until", 0.0)
    await redis.start()
    assert (await buckets.take("b", 60))[0]
    assert buckets._away_until == 0.0
    await buckets.close()


def test_places_are_counted_and_given_back() -> None:
    places = Places(2, 1)
    with places.one(), places.one_of("a"):
        with places.one_of("b"), pytest.raises(Throttled), places.one_of("a"):
            pass
        with places.one(), pytest.raises(Overloaded), places.one():
            pass
    assert (places.taken, dict(places._each)) == (0, {})
    assert redis_bucket.PAUSE > redis_bucket.PATIENCE
