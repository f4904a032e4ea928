"""Rate limiting of GraphQL requests: token buckets, concurrency limits, and one `RequestQuota` for each HTTP request.

Each principal has a bucket of points, which refills every second. A request is charged to its user; before
authentication, to the network of the client's address. A recently valid token is charged to its user even if the
request fails before authentication.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil
from time import monotonic
from typing import Any, Self

from osit_graphql.api.context import Caller
from osit_graphql.api.errors import COST, too_complex
from osit_graphql.api.query_cost import QueryCost
from osit_graphql.domain.client_network import client_network
from osit_graphql.domain.errors import Throttled
from osit_graphql.http.errors import USER_CONCURRENCY, Overloaded
from osit_graphql.http.responses import GraphQLResponse, Header
from osit_graphql.settings import Settings

FAILED_REQUEST_POINTS = 10
CHARACTERS_PER_POINT = 10  # of a document outside the cache: parsing 20 kB takes some 60 ms
DEFERRED_FIELD_POINTS = 8  # for a field that waited for a dataloader: some 250 µs of tasks and wake-ups
HEAVY_REQUEST_POINTS = 2_000
MAX_BUCKETS = 10_000  # in memory; above it, full buckets are dropped
MAX_REMEMBERED_TOKENS = 10_000
ENVELOPE_OBJECTS = 2  # of each response: itself and its `data`
UNCHARGED_ERRORS = (Throttled, Overloaded)  # these refusals cost no points


@dataclass(frozen=True, slots=True)
class RateLimit:
    """The size of a bucket in points, and the points that come back each second."""

    points: int
    points_per_s: int

    @property
    def window_s(self) -> int:
        """Seconds until an empty bucket is full."""
        return ceil(self.points / self.points_per_s)

    def remaining(self, used: float) -> int:
        """Return the remaining points."""
        return max(0, int(self.points - used))

    def retry_after_s(self, used: float, points: int) -> int:
        """Return the seconds until this many points are available, at least 1."""
        return max(1, ceil((used + points - self.points) / self.points_per_s))


class TokenBuckets:
    """The token buckets of all principals, in the memory of this process.

    A bucket is stored as the time at which it will be full again; the points in use follow from it.
    """

    def __init__(self, limit: RateLimit) -> None:
        self.limit = limit
        self._full_at: dict[str, float] = {}

    def used(self, key: str) -> float:
        """Return the points in use as far as this process knows, without network access."""
        return max(0.0, self._full_at.get(key, 0.0) - monotonic()) * self.limit.points_per_s

    def set_used(self, key: str, used: float, now: float | None = None) -> None:
        """Set the points in use."""
        self._full_at.pop(key, None)
        if used > 0:
            self._full_at[key] = (monotonic() if now is None else now) + used / self.limit.points_per_s
            if len(self._full_at) > MAX_BUCKETS:
                self._drop_buckets()

    async def take(self, key: str, points: int, *, force: bool = False) -> tuple[bool, float]:
        """Take points if enough remain, or if `force`; a negative number gives back. Return success and points used."""
        limit, now = self.limit, monotonic()
        used = max(0.0, self._full_at.get(key, 0.0) - now) * limit.points_per_s
        if not force and used + points > limit.points:
            return False, used
        used = max(0.0, used + points)
        self.set_used(key, used, now)
        return True, used

    async def close(self) -> None:
        """Do nothing: buckets in memory have no connections."""

    def _drop_buckets(self) -> None:
        """Drop full buckets; if too many are left, the least recently used ones."""
        now = monotonic()
        self._full_at = {key: at for key, at in self._full_at.items() if at > now}
        for key in list(self._full_at)[: max(0, len(self._full_at) - MAX_BUCKETS // 2)]:
            del self._full_at[key]


class ConcurrencyLimiter:
    """Counts active requests and refuses those above a limit. Heavy requests of one user run one after the other.

    `key` is the principal: the user, or the network of an anonymous client.
    """

    def __init__(self, max_requests: int, max_requests_per_user: int) -> None:
        self.max_requests = max_requests
        self.max_requests_per_user = max_requests_per_user
        self.active = 0
        self.active_by_user: Counter[str] = Counter()
        self._heavy_locks: dict[str, asyncio.Lock] = {}
        self._heavy_requests: Counter[str] = Counter()

    @contextmanager
    def process_slot(self) -> Iterator[None]:
        """Hold one of the slots of the process. Raises `Overloaded`."""
        if self.active >= self.max_requests:
            raise Overloaded
        self.active += 1
        try:
            yield
        finally:
            self.active -= 1

    @contextmanager
    def user_slot(self, key: str) -> Iterator[None]:
        """Hold one of the slots of a user. Raises `Throttled`."""
        if self.active_by_user[key] >= self.max_requests_per_user:
            raise Throttled(USER_CONCURRENCY, limit=self.max_requests_per_user)
        self.active_by_user[key] += 1
        try:
            yield
        finally:
            self.active_by_user[key] -= 1
            if not self.active_by_user[key]:
                del self.active_by_user[key]

    @asynccontextmanager
    async def heavy_slot(self, key: str) -> AsyncIterator[None]:
        """Wait for the other heavy requests of this user, so that a burst of them does not delay other users."""
        lock = self._heavy_locks.setdefault(key, asyncio.Lock())
        self._heavy_requests[key] += 1
        try:
            async with lock:
                yield
        finally:
            self._heavy_requests[key] -= 1
            if not self._heavy_requests[key]:
                del self._heavy_requests[key], self._heavy_locks[key]


class RateLimiter:
    """The token buckets and the concurrency limits of one process."""

    def __init__(self, buckets: TokenBuckets, concurrency: ConcurrencyLimiter, *, max_cost: int) -> None:
        self.buckets = buckets
        self.concurrency = concurrency
        self.max_cost = max_cost
        self._principals: OrderedDict[bytes, str] = OrderedDict()

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Build the rate limiter that the settings describe; close it with `close`."""
        limit = RateLimit(settings.budget_points, settings.budget_rate)
        concurrency = ConcurrencyLimiter(settings.max_requests, settings.max_requests_each)
        return cls(_make_buckets(limit, settings.redis_url), concurrency, max_cost=settings.max_cost)

    async def close(self) -> None:
        """Close the connections of the buckets."""
        await self.buckets.close()

    def quota_for(self, caller: Caller) -> RequestQuota:
        """Return the quota of a new request."""
        principal = self._principals.get(caller.token_digest)
        return RequestQuota(self, caller, principal or f"address:{client_network(caller.address)}")

    def remember(self, token_digest: bytes, principal: str) -> None:
        """Charge the next requests with this token to its user from the start."""
        self._principals[token_digest] = principal
        self._principals.move_to_end(token_digest)
        if len(self._principals) > MAX_REMEMBERED_TOKENS:
            self._principals.popitem(last=False)


def _make_buckets(limit: RateLimit, redis_url: str | None) -> TokenBuckets:
    if redis_url is None:
        return TokenBuckets(limit)
    from osit_graphql.http.redis_buckets import RedisBuckets  # noqa: PLC0415 - `redis` is slow to import

    return RedisBuckets(limit, redis_url)


@dataclass(slots=True)
class RequestQuota:
    """Rate limiting of one request: its principal, its estimated cost, and its actual cost."""

    limiter: RateLimiter
    caller: Caller
    principal: str
    parse_points: int = 0
    cost: QueryCost | None = None
    actual_points: int | None = None
    deferred_fields: int = 0
    _used: float | None = field(default=None, init=False)

    def process_slot(self) -> AbstractContextManager[None]:
        """Hold a slot of the process. Raises `Throttled` if the principal's bucket is empty, or `Overloaded`."""
        buckets = self.limiter.buckets
        used = buckets.used(self.principal)
        if used >= buckets.limit.points:
            raise Throttled(after=buckets.limit.retry_after_s(used, 1))
        return self.limiter.concurrency.process_slot()

    def add_parse_cost(self, document: str) -> None:
        """Charge for parsing and validating a document, valid or not."""
        self.parse_points += len(document) // CHARACTERS_PER_POINT

    def set_principal(self, principal: str | None) -> None:
        """Charge the authenticated user."""
        if principal is not None and self.caller.token_digest:
            self.principal = principal
            self.limiter.remember(self.caller.token_digest, principal)

    def user_slot(self) -> AbstractContextManager[None]:
        """Hold a slot of the user. Raises `Throttled`."""
        return self.limiter.concurrency.user_slot(self.principal)

    def heavy_slot(self) -> AbstractAsyncContextManager[None]:
        """Wait for the other heavy requests of the user if this request is one."""
        is_heavy = self.cost is not None and self.cost.points >= HEAVY_REQUEST_POINTS
        return self.limiter.concurrency.heavy_slot(self.principal) if is_heavy else nullcontext()

    async def charge(self, cost: QueryCost) -> None:
        """Charge the estimated cost before execution. Raises `TooComplex` or `Throttled`."""
        if cost.points > self.limiter.max_cost:
            raise too_complex(COST, cost.points, self.limiter.max_cost)
        buckets, points = self.limiter.buckets, cost.points + self.parse_points
        taken, self._used = await buckets.take(self.principal, points)
        if not taken:
            raise Throttled(after=buckets.limit.retry_after_s(self._used, points))
        self.cost, self.parse_points = cost, 0

    def measure_response(self, body: bytes) -> None:
        """Compute the actual cost from the objects in the response and the deferred fields.

        Counting all braces is ten times as fast, but includes those in strings, so its result is only used up to the
        estimate. Comparing lengths without braces takes a fifth of the time of `bytes.count`.
        """
        if self.cost is not None:
            braces = max(0, len(body) - len(body.replace(b"{", b"")) - ENVELOPE_OBJECTS)
            objects = braces if braces <= self.cost.objects else count_objects(body)
            self.actual_points = self.cost.actual_points(objects) + DEFERRED_FIELD_POINTS * self.deferred_fields

    def set_failed(self) -> None:
        """Charge a failed request in place of the estimate: nothing was executed."""
        self.actual_points = FAILED_REQUEST_POINTS

    def cost_extension(self) -> Mapping[str, Any]:
        """Return `extensions.cost` of the response."""
        limit = self.limiter.buckets.limit
        estimate = self.cost.points if self.cost else 0
        actual = estimate if self.actual_points is None else self.actual_points
        return {
            "requestedQueryCost": estimate,
            "actualQueryCost": actual,
            "throttleStatus": {
                "maximumAvailable": limit.points,
                "currentlyAvailable": limit.remaining((self._used or 0) + actual - estimate),
                "restoreRate": limit.points_per_s,
            },
        }

    async def settle_cost(self, response: GraphQLResponse, *, uncharged: bool = False) -> None:
        """Charge or give back the difference to the actual cost, and add the RateLimit headers to the response."""
        buckets = self.limiter.buckets
        if self.cost is None:
            due = self.parse_points if uncharged else self.parse_points + FAILED_REQUEST_POINTS
        else:
            due = 0 if self.actual_points is None else self.actual_points - self.cost.points
        if due:
            _, self._used = await buckets.take(self.principal, due, force=True)
        used = buckets.used(self.principal) if self._used is None else self._used
        response.headers += rate_limit_headers(buckets.limit, used)


def rate_limit_headers(limit: RateLimit, used: float) -> list[Header]:
    """Return the headers of the current IETF draft, and those of its first drafts, which most clients read."""
    remaining, reset_s = limit.remaining(used), -int(-used // limit.points_per_s)
    policy_header, limit_header = _constant_headers(limit.points, limit.points_per_s)
    return [
        policy_header,
        (b"ratelimit", b'"points";r=%d;t=%d' % (remaining, reset_s)),
        limit_header,
        (b"ratelimit-remaining", b"%d" % remaining),
        (b"ratelimit-reset", b"%d" % reset_s),
    ]


@lru_cache(1)
def _constant_headers(points: int, points_per_s: int) -> tuple[Header, Header]:
    """Return the two headers that are the same in all responses."""
    policy = b'"points";q=%d;w=%d' % (points, RateLimit(points, points_per_s).window_s)
    return (b"ratelimit-policy", policy), (b"ratelimit-limit", b"%d" % points)


def count_objects(body: bytes) -> int:
    """Count the objects in compact JSON, without the response itself and its `data`.

    An object begins with `{"`. Inside a string the quotation mark is escaped, so `{"` does not occur. But a string may
    end with a brace; the character after its closing quotation mark shows that it is not an object.
    """
    string_ends = sum(body.count(end) for end in (b'{",', b'{"}', b'{"]'))
    return max(0, body.count(b'{"') - string_ends - ENVELOPE_OBJECTS)
