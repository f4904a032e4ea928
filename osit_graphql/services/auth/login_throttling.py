"""Login throttling: failed attempts are counted in PostgreSQL, for all processes, before the password is checked.

Three counters: an account from a network, an account from anywhere, a network over all accounts. Each allows some
failures; then every failure doubles a delay, during which the right password is refused too.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Double,
    LargeBinary,
    any_,
    case,
    delete,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from osit_graphql.db import statements
from osit_graphql.db.engine import Session
from osit_graphql.db.models import SignInMark
from osit_graphql.db.statements import Row, Statement, column_params, param, param_values
from osit_graphql.domain import clock
from osit_graphql.domain.client_network import client_network
from osit_graphql.domain.errors import TooManyAttempts

MAX_DELAY_S = 15 * 60
TRUSTED_NETWORK_TTL = timedelta(days=90)  # an account trusts a network for this long after a sign-in from it
TRUSTED_FAILURES = 3  # below, a trusted network ignores the failures of other networks
CLEANUP_BATCH_SIZE = 20  # expired counters deleted by each attempt


@dataclass(frozen=True)
class LoginThrottle:
    """Allows `free` failures, which expire one by one over `period` seconds."""

    free: int
    period: int

    def level(self, counter: Row, now: datetime) -> float:
        """Return the failures that count now: once above `free`, none expires before a period without failures."""
        failures: float = counter.failures
        elapsed: float = (now - counter.failed_at).total_seconds()
        if failures < self.free:
            return max(0.0, failures - max(0.0, elapsed) * self.free / self.period)
        return 0.0 if elapsed > self.period + self.delay(failures) else failures

    def delay(self, level: float) -> float:
        """Return the seconds between a failure at this level and the next allowed attempt."""
        doubled: float = 2 ** min(level - self.free, 20.0)
        return 0.0 if level < self.free else min(doubled, float(MAX_DELAY_S))

    def wait(self, counter: Row, now: datetime) -> float:
        """Return the seconds from now to the next allowed attempt."""
        elapsed: float = (now - counter.failed_at).total_seconds()
        return self.delay(self.level(counter, now)) - max(0.0, elapsed)


class CounterKind(StrEnum):
    """The kinds of counters. The values are part of stored keys: they never change."""

    PAIR = "PAIR"
    """An account from a network."""
    ACCOUNT = "ACCOUNT"
    ADDRESS = "ADDRESS"
    SESSION = "SESSION"
    """A session that changes the password."""


Counters = Mapping[bytes, CounterKind]
"""Counters by key: a digest, so that no typed address is stored."""
LOGIN_THROTTLES: Mapping[CounterKind, LoginThrottle] = {
    CounterKind.PAIR: LoginThrottle(10, 10 * 60),
    CounterKind.ACCOUNT: LoginThrottle(30, 30 * 60),
    CounterKind.ADDRESS: LoginThrottle(100, 10 * 60),
    CounterKind.SESSION: LoginThrottle(10, 10 * 60),
}


def sign_in_counters(account: str, address: str | None) -> Counters:
    """Return the counters of an attempt to sign in."""
    network = client_network(address)
    names = {CounterKind.PAIR: (account, network), CounterKind.ACCOUNT: (account,), CounterKind.ADDRESS: (network,)}
    return {_key(kind, *words): kind for kind, words in names.items()}


def password_change_counters(session_digest: bytes, address: str | None) -> Counters:
    """Return the counters of an attempt to change a password: a stolen session can't guess it."""
    names = {CounterKind.SESSION: (session_digest.hex(),), CounterKind.ADDRESS: (client_network(address),)}
    return {_key(kind, *words): kind for kind, words in names.items()}


async def record_attempt(session: Session, counters: Counters) -> None:
    """Count a failure in advance, so that concurrent attempts can't pass together; raises `TooManyAttempts`."""
    now = clock.now()
    rows = await _lock(session, counters)
    if len(rows) < len(counters):
        values = {"keys": sorted(counters), "failed_at": now, "forget_at": now + TRUSTED_NETWORK_TTL}
        await statements.fetch(session, "insert sign-in marks", _insert_counters, values)
        rows = await _lock(session, counters)
    wait = max(LOGIN_THROTTLES[counters[row.key]].wait(row, now) for row in _applicable(rows, counters, now))
    if wait > 0:
        raise TooManyAttempts(after=wait)
    for row in rows:
        throttle = LOGIN_THROTTLES[counters[row.key]]
        level = throttle.level(row, now) + 1
        trusted_until = row.welcomed_at + TRUSTED_NETWORK_TTL if row.welcomed_at else now
        expires_at = max(trusted_until, now + timedelta(seconds=throttle.period + throttle.delay(level)))
        changes = {"failures": level, "failed_at": now, "forget_at": expires_at}
        await statements.fetch(session, "count a failure", _count_failure, {"key": row.key, **param_values(changes)})
    await statements.fetch(session, "delete sign-in marks", _delete_expired, {"now": now})


async def record_success(session: Session, counters: Counters) -> None:
    """Undo the failure that `record_attempt` counted, reset the account's own counter, and trust its network."""
    now = clock.now()
    reset = [key for key, kind in counters.items() if kind in {CounterKind.PAIR, CounterKind.SESSION}]
    await statements.fetch(session, "undo a failure", _undo_failure, {"keys": list(counters), "reset": reset})
    pairs = [key for key, kind in counters.items() if kind is CounterKind.PAIR]
    trust = {"welcomed_at": now, "forget_at": now + TRUSTED_NETWORK_TTL}
    await statements.fetch(session, "trust a network", _trust, {"keys": pairs, **param_values(trust)})


def _applicable(rows: Collection[Row], counters: Counters, now: datetime) -> list[Row]:
    """Return the counters that apply: for a trusted network with few failures, its own only."""
    for row in rows:
        # Only PAIR counters have `welcomed_at`.
        trusted = row.welcomed_at is not None and now - row.welcomed_at < TRUSTED_NETWORK_TTL
        if trusted and LOGIN_THROTTLES[counters[row.key]].level(row, now) < TRUSTED_FAILURES:
            return [row]
    return list(rows)


async def _lock(session: Session, counters: Counters) -> list[Row]:
    """Lock the counters, always in the same order."""
    return await statements.fetch(session, "lock sign-in marks", _select_for_update, {"keys": list(counters)})


def _is_any_of(name: str) -> ColumnElement[bool]:
    return SignInMark.key == any_(param(name, ARRAY(LargeBinary)))


def _select_for_update() -> Statement:
    columns = (SignInMark.key, SignInMark.failures, SignInMark.failed_at, SignInMark.welcomed_at)
    return select(*columns).where(_is_any_of("keys")).order_by(SignInMark.key).with_for_update()


def _insert_counters() -> Statement:
    moments = (param("failed_at", DateTime(timezone=True)), param("forget_at", DateTime(timezone=True)))
    rows = select(func.unnest(param("keys", ARRAY(LargeBinary))), literal(0.0, Double), *moments)
    return insert(SignInMark).from_select(["key", "failures", "failed_at", "forget_at"], rows).on_conflict_do_nothing()


def _count_failure() -> Statement:
    values = column_params(("failures", "failed_at", "forget_at"))
    return update(SignInMark).where(SignInMark.key == param("key")).values(values)


def _undo_failure() -> Statement:
    failures = case((_is_any_of("reset"), 0.0), else_=func.greatest(SignInMark.failures - 1, 0.0))
    return update(SignInMark).where(_is_any_of("keys")).values(failures=failures)


def _trust() -> Statement:
    return update(SignInMark).where(_is_any_of("keys")).values(column_params(("welcomed_at", "forget_at")))


def _delete_expired() -> Statement:
    """Delete a few expired counters."""
    expired = select(SignInMark.key).where(SignInMark.forget_at < param("now"))
    expired = expired.limit(CLEANUP_BATCH_SIZE).with_for_update(skip_locked=True)
    return delete(SignInMark).where(SignInMark.key.in_(expired))


def _key(kind: CounterKind, *words: str) -> bytes:
    text = "\0".join((kind.value, *words))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
