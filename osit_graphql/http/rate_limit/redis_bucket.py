"""Budgets that several processes share, in Redis; while it is away, each process holds to its own."""

from time import monotonic

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from osit_graphql.http.rate_limit.bucket import Budget, LocalBuckets

PATIENCE = 0.25  # seconds for an answer: longer than Redis ever needs, shorter than anybody notices
PAUSE = 5.0  # seconds before Redis is tried again
PREFIX = "osit:budget:"

# What `LocalBuckets` does, in one step and by Redis' own clock, so that processes need not agree on the time.
TAKE = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local points, capacity, rate = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local level = math.max(0, ((redis.call('GET', KEYS[1]) or 0) - now) * rate)
if ARGV[4] == '0' and level + points > capacity then
  return {0, tostring(level)}
end
level = math.max(0, level + points)
if level > 0 then
  local seconds = level / rate
  redis.call('SET', KEYS[1], string.format('%.6f', now + seconds), 'PX', math.ceil(seconds * 1000))
else
  redis.call('DEL', KEYS[1])
end
return {1, tostring(level)}
"""

log = structlog.get_logger()


class SharedBuckets:
    """In the Redis that the URL names; what it answers is remembered here, and goes on from there when it is away."""

    def __init__(self, budget: Budget, url: str) -> None:
        self.budget = budget
        self._own = LocalBuckets(budget)
        self._redis: Redis = Redis.from_url(
            url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 0)
        )
        self._take = self._redis.register_script(TAKE)
        self._away_until = 0.0

    def level(self, key: str) -> float:
        """Return how full a bucket was when it was last looked at, less what has drained since."""
        return self._own.level(key)

    async def take(self, key: str, points: int, *, forced: bool = False) -> tuple[bool, float]:
        """Put points in, if they fit or if `forced`; in this process' own bucket while Redis is away."""
        if monotonic() < self._away_until:
            return await self._own.take(key, points, forced=forced)
        budget = self.budget
        try:
            taken, said = await self._take(
                keys=[f"{PREFIX}{key}"], args=[points, budget.points, budget.rate, int(forced)]
            )
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("budgets not shared", reason=type(error).__name__, seconds=PAUSE)
            self._away_until = monotonic() + PAUSE
            return await self._own.take(key, points, forced=forced)
        level = float(said)
        self._own.put(key, level)
        return bool(taken), level

    async def close(self) -> None:
        """Give the connections back."""
        await self._redis.aclose()
