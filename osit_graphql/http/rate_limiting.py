"""Who may come in, and what it costs them: one visit for each HTTP request.

The budget is the principal's; until somebody is known to be one, it is that of the address the request comes from.
A token that was alive lately stands for its principal at once, so that what fails before it is looked up is theirs.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_network
from typing import Any

from osit_graphql.api.caller import Caller
from osit_graphql.api.errors import COST, Overloaded, too_complex
from osit_graphql.api.query_cost import Price
from osit_graphql.domain.errors import Throttled
from osit_graphql.http.answers import Answer, Field
from osit_graphql.http.rate_limit.bucket import Buckets, Budget, LocalBuckets
from osit_graphql.http.rate_limit.concurrency import Places
from osit_graphql.settings import Settings

FAILURE = 10  # points for a request that nothing is executed for
READING = 10  # characters of a document that hasn't been seen yet, for a point: 20 kB take some 60 ms
WAIT = 8  # points for a field that waited: some 250 µs, in tasks of its own
LARGE = 2_000  # points, from which a principal's requests run one after the other
REMEMBERED = 10_000  # tokens
ENVELOPE = 2  # objects of any answer: itself, and its `data`
FREE = (Throttled, Overloaded)  # refusals that cost nothing: whoever waits as told gets in


class Admission:
    """The budgets and the places of one process."""

    def __init__(self, buckets: Buckets | None = None, places: Places | None = None, *, max_cost: int = 20_000) -> None:
        self.buckets = buckets or LocalBuckets(Budget(200_000, 2_000))
        self.places = places or Places(100, 10)
        self.max_cost = max_cost
        self._principals: OrderedDict[bytes, str] = OrderedDict()

    async def close(self) -> None:
        """Let go of what the budgets are kept in."""
        await self.buckets.close()

    def receive(self, caller: Caller) -> Visit:
        """Begin a visit."""
        known = self._principals.get(caller.digest)
        return Visit(self, caller, known or f"address:{_network(caller.address)}")

    def remember(self, digest: bytes, principal: str) -> None:
        """Let a token's next requests be its principal's from the start."""
        self._principals[digest] = principal
        self._principals.move_to_end(digest)
        if len(self._principals) > REMEMBERED:
            self._principals.popitem(last=False)


def admit(settings: Settings) -> Admission:
    """Return the admission that the settings describe; whoever serves closes it."""
    budget = Budget(settings.budget_points, settings.budget_rate)
    return Admission(
        _keep(budget, settings.redis_url),
        Places(settings.max_requests, settings.max_requests_each),
        max_cost=settings.max_cost,
    )


def _keep(budget: Budget, redis_url: str | None) -> Buckets:
    if redis_url is None:
        return LocalBuckets(budget)
    from osit_graphql.http.rate_limit.redis_bucket import SharedBuckets  # noqa: PLC0415 - its library is slow to load

    return SharedBuckets(budget, redis_url)


@dataclass(slots=True)
class Visit:
    """One request: whose budget it is on, what it owes, and what was paid already."""

    admission: Admission
    caller: Caller
    key: str
    owed: int = 0
    price: Price | None = None
    actual: int | None = None
    waits: int = 0
    _level: float | None = field(default=None, init=False)

    def inside(self) -> AbstractContextManager[None]:
        """Hold a place in the process, for whoever has anything left. Raises `Throttled` or `Overloaded`."""
        buckets = self.admission.buckets
        level = buckets.level(self.key)
        if level >= buckets.budget.points:
            raise Throttled(after=buckets.budget.wait(level, 1))
        return self.admission.places.one()

    def owe_reading(self, text: str) -> None:
        """Take note that a document had to be read, whatever came of it."""
        self.owed += len(text) // READING

    def recognize(self, principal: str | None) -> None:
        """Take note of who it is."""
        if principal is not None and self.caller.digest:
            self.key = principal
            self.admission.remember(self.caller.digest, principal)

    def seated(self) -> AbstractContextManager[None]:
        """Hold one of the principal's places. Raises `Throttled`."""
        return self.admission.places.one_of(self.key)

    def is_large(self) -> bool:
        """Whether it has to wait for its turn."""
        return self.price is not None and self.price.points >= LARGE

    def turn(self) -> AbstractAsyncContextManager[None]:
        """Wait for the principal's other large request to be done."""
        return self.admission.places.one_large(self.key)

    async def pay(self, price: Price) -> None:
        """Pay before anything runs. Raises `TooComplex` or `Throttled`."""
        if price.points > self.admission.max_cost:
            raise too_complex(COST, price.points, self.admission.max_cost)
        buckets, points = self.admission.buckets, price.points + self.owed
        paid, self._level = await buckets.take(self.key, points)
        if not paid:
            raise Throttled(after=buckets.budget.wait(self._level, points))
        self.price, self.owed = price, 0

    def receive(self, body: bytes) -> None:
        """Take note of how many objects came back, and how many fields waited for a statement that many share.

        Every brace is counted, those of people's words too: that is ten times quicker, and can only keep what was
        paid. Where it would take more than that, objects are told from words. What is left without braces tells how
        many there were in a fifth of what `count` takes, which looks at each byte.
        """
        if self.price is not None:
            braces = max(0, len(body) - len(body.replace(b"{", b"")) - ENVELOPE)
            objects = braces if braces <= self.price.objects else count_objects(body)
            self.actual = self.price.actual(objects) + WAIT * self.waits

    def fail(self) -> None:
        """Take note that nothing was executed after all."""
        self.actual = FAILURE

    def tell(self) -> Mapping[str, Any]:
        """What it cost, for the answer's `extensions.cost`."""
        budget = self.admission.buckets.budget
        paid = self.price.points if self.price else 0
        actual = paid if self.actual is None else self.actual
        return {
            "requestedQueryCost": paid,
            "actualQueryCost": actual,
            "throttleStatus": {
                "maximumAvailable": budget.points,
                "currentlyAvailable": budget.left((self._level or 0) + actual - paid),
                "restoreRate": budget.rate,
            },
        }

    async def settle(self, answer: Answer, *, free: bool = False) -> None:
        """Pay or get back the rest, and write on the answer what is left; `free`: it was refused for nothing."""
        buckets = self.admission.buckets
        if self.price is None:
            due = self.owed if free else self.owed + FAILURE
        else:
            due = 0 if self.actual is None else self.actual - self.price.points
        if due:
            _, self._level = await buckets.take(self.key, due, forced=True)
        level = buckets.level(self.key) if self._level is None else self._level
        answer.fields += describe(buckets.budget, level)


def describe(budget: Budget, level: float) -> list[Field]:
    """Return the fields of the current IETF draft, and those of its first drafts, which most clients read."""
    left, reset = budget.left(level), -int(-level // budget.rate)
    policy, limit = _describe_budget(budget.points, budget.rate)
    return [
        policy,
        (b"ratelimit", b'"points";r=%d;t=%d' % (left, reset)),
        limit,
        (b"ratelimit-remaining", b"%d" % left),
        (b"ratelimit-reset", b"%d" % reset),
    ]


@lru_cache(1)
def _describe_budget(points: int, rate: int) -> tuple[Field, Field]:
    """Return the two fields that are the same in all answers."""
    policy = b'"points";q=%d;w=%d' % (points, Budget(points, rate).window)
    return (b"ratelimit-policy", policy), (b"ratelimit-limit", b"%d" % points)


def count_objects(body: bytes) -> int:
    """Count the objects in JSON without spaces, but for the answer itself and its `data`.

    An object begins with `{"`; so does nothing inside a string, where a quotation mark is escaped. A string may end
    with a brace: what follows its closing mark tells it from a key.
    """
    ends = sum(body.count(end) for end in (b'{",', b'{"}', b'{"]'))
    return max(0, body.count(b'{"') - ends - ENVELOPE)


def _network(address: str | None) -> str:
    """One budget for an IPv4 address, or for the /64 that whoever has one IPv6 address has all of."""
    if address is None or ":" not in address:
        return address or "unknown"
    try:
        return str(ip_network((address.partition("%")[0], 64), strict=False))
    except ValueError:
        return address
