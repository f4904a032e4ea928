"""Token buckets: requests take points, unused points and time give them back; both in memory and in Redis."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from osit_graphql.domain.errors import Throttled
from osit_graphql.http import redis_buckets
from osit_graphql.http.errors import Overloaded
from osit_graphql.http.rate_limiting import MAX_BUCKETS, ConcurrencyLimiter, RateLimit, TokenBuckets
from osit_graphql.http.redis_buckets import KEY_PREFIX, RedisBuckets
from tests.limits.redis import RedisServer

SLOW = RateLimit(points=100, points_per_s=1)
TOLERANCE_POINTS = 20  # restored meanwhile, on a busy machine


@pytest.fixture(params=["local", "shared"])
async def buckets(request: pytest.FixtureRequest) -> AsyncIterator[TokenBuckets]:
    if request.param == "local":
        yield TokenBuckets(SLOW)
        return
    server: RedisServer = await RedisServer().start()
    redis_buckets = RedisBuckets(SLOW, server.url)
    yield redis_buckets
    await redis_buckets.close()
    server.remove()


async def test_a_bucket_gives_no_more_than_it_holds(buckets: TokenBuckets) -> None:
    assert (await buckets.take("a", 90))[0]
    taken, used = await buckets.take("a", 90)
    assert (taken, 90 - TOLERANCE_POINTS < used <= 90) == (False, True)
    assert (await buckets.take("b", 90))[0], "each principal has a bucket"
    assert (await buckets.take("a", 5))[0]
    assert 95 - TOLERANCE_POINTS < buckets.used("a") <= 95


async def test_unused_points_are_given_back(buckets: TokenBuckets) -> None:
    await buckets.take("a", 100)
    assert not (await buckets.take("a", 60))[0]
    await buckets.take("a", -80, force=True)
    assert (await buckets.take("a", 60))[0]
    await buckets.take("a", -1_000, force=True)
    assert buckets.used("a") == 0, "a bucket is never more than full"


async def test_a_forced_take_may_exceed_the_bucket(buckets: TokenBuckets) -> None:
    taken, used = await buckets.take("a", 500, force=True)
    assert (taken, used) == (True, 500)
    assert not (await buckets.take("a", 1))[0]
    assert SLOW.retry_after_s(buckets.used("a"), 1) > 300


async def test_time_restores_points() -> None:
    buckets = TokenBuckets(RateLimit(100, 1_000_000))
    await buckets.take("a", 100)
    await asyncio.sleep(0.01)
    assert (await buckets.take("a", 100))[0]
    assert buckets.limit.window_s == 1


async def test_full_buckets_and_the_oldest_are_dropped() -> None:
    buckets = TokenBuckets(SLOW)
    for index in range(MAX_BUCKETS + 1):
        await buckets.take(str(index), 1)
    assert 0 < len(buckets._full_at) <= MAX_BUCKETS // 2
    assert buckets.used(str(MAX_BUCKETS)) > 0, "the newest bucket stays"


async def test_processes_share_a_bucket_in_redis(redis: RedisServer) -> None:
    large = RateLimit(points=10_000, points_per_s=1)
    one, other = RedisBuckets(large, redis.url), RedisBuckets(large, redis.url)
    taken = await asyncio.gather(*(each.take("a", 1_000) for each in (one, other) * 10))
    assert sum(done for done, _ in taken) == 10, "both processes together get one bucket"
    client = Redis.from_url(redis.url)
    assert 1_000 < await client.pttl(f"{KEY_PREFIX}a") <= 10_000_000, "the key of a full bucket expires"
    for each in (client, one, other):
        await (each.aclose() if isinstance(each, Redis) else each.close())


async def test_without_redis_each_process_uses_its_memory(redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    buckets = RedisBuckets(SLOW, redis.url)
    await buckets.take("a", 80)
    redis.stop()
    with capture_logs() as logs:
        assert not (await buckets.take("a", 60))[0], "the last state in Redis is known"
        assert (await buckets.take("a", 10))[0]
        assert (await buckets.take("b", 60))[0]
    assert [entry["event"] for entry in logs] == ["budgets not shared"], "the next attempt comes later"
    monkeypatch.setattr(buckets, "_unreachable_until", 0.0)
    await redis.start()
    assert (await buckets.take("b", 60))[0]
    assert buckets._unreachable_until == 0.0
    await buckets.close()


def test_slots_are_counted_and_released() -> None:
    limiter = ConcurrencyLimiter(2, 1)
    with limiter.process_slot(), limiter.user_slot("a"):
        with limiter.user_slot("b"), pytest.raises(Throttled), limiter.user_slot("a"):
            pass
        with limiter.process_slot(), pytest.raises(Overloaded), limiter.process_slot():
            pass
    assert (limiter.active, dict(limiter.active_by_user)) == (0, {})
    assert redis_buckets.RECONNECT_DELAY_S > redis_buckets.REDIS_TIMEOUT_S
