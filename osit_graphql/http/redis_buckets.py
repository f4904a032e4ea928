"""Token buckets in Redis, shared by several processes. While Redis is unreachable, each process uses its memory."""

from time import monotonic

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from osit_graphql.http.rate_limiting import RateLimit, TokenBuckets

REDIS_TIMEOUT_S = 0.25
RECONNECT_DELAY_S = 5.0
KEY_PREFIX = "osit:budget:"

# `TokenBuckets.take` in one step, by the clock of Redis: processes need not agree on the time.
TAKE_SCRIPT = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local points, capacity, rate = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local used = math.max(0, ((redis.call('GET', KEYS[1]) or 0) - now) * rate)
if ARGV[4] == '0' and used + points > capacity then
  return {0, tostring(used)}
end
used = math.max(0, used + points)
if used > 0 then
  local seconds = used / rate
  redis.call('SET', KEYS[1], string.format('%.6f', now + seconds), 'PX', math.ceil(seconds * 1000))
else
  redis.call('DEL', KEYS[1])
end
return {1, tostring(used)}
"""

log = structlog.get_logger()


class RedisBuckets(TokenBuckets):
    """Token buckets in Redis. The last known state is cached in memory and used while Redis is unreachable."""

    def __init__(self, limit: RateLimit, url: str) -> None:
        super().__init__(limit)
        self._redis: Redis = Redis.from_url(
            url, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S, retry=Retry(NoBackoff(), 0)
        )
        self._take_script = self._redis.register_script(TAKE_SCRIPT)
        self._unreachable_until = 0.0

    async def take(self, key: str, points: int, *, force: bool = False) -> tuple[bool, float]:
        """Take points if enough remain, or if `force`; from memory while Redis is unreachable."""
        if monotonic() < self._unreachable_until:
            return await super().take(key, points, force=force)
        limit = self.limit
        try:
            taken, used_text = await self._take_script(
                keys=[f"{KEY_PREFIX}{key}"], args=[points, limit.points, limit.points_per_s, int(force)]
            )
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("budgets not shared", reason=type(error).__name__, seconds=RECONNECT_DELAY_S)
            self._unreachable_until = monotonic() + RECONNECT_DELAY_S
            return await super().take(key, points, force=force)
        used = float(used_text)
        self.set_used(key, used)
        return bool(taken), used

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
