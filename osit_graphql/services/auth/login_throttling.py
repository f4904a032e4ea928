"""Guessing is slowed down: failures are counted in PostgreSQL, for every process alike, before a guess is tried.

Three counts: of an account from an address, of an account from everywhere, of an address over all accounts. Each has
some failures free; after them a delay that doubles, during which the right password is refused like a wrong one.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Double,
    LargeBinary,
    Row,
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
from osit_graphql.db.statements import Statement, column_params, param, param_values
from osit_graphql.domain import clock
from osit_graphql.domain.client_network import client_network
from osit_graphql.domain.errors import TooManyAttempts

LONGEST = 15 * 60  # seconds: no delay is longer
FAMILIAR = timedelta(days=90)  # an address is its account's for so long after a sign-in from there
TRUSTED_FAILURES = 3  # from such an address, others' failures don't count before one has failed so often oneself
SWEPT = 20  # forgotten counts that an attempt takes away with it


@dataclass(frozen=True)
class LoginThrottle:
    """So many failures are free, and come back one by one over so many seconds."""

    free: int
    period: int

    def level(self, mark: Row[Any], now: datetime) -> float:
        """Return how many failures count now. Once over what is free, all of them do until a quiet while has passed."""
        failures: float = mark.failures
        quiet: float = (now - mark.failed_at).total_seconds()
        if failures < self.free:
            return max(0.0, failures - max(0.0, quiet) * self.free / self.period)
        return 0.0 if quiet > self.period + self.delay(failures) else failures

    def delay(self, level: float) -> float:
        """Return how long a failure at this level makes the next attempt wait, in seconds."""
        doubled: float = 2 ** min(level - self.free, 20.0)
        return 0.0 if level < self.free else min(doubled, float(LONGEST))

    def wait(self, mark: Row[Any], now: datetime) -> float:
        """Return how long the next attempt has to wait from now on, in seconds."""
        gone: float = (now - mark.failed_at).total_seconds()
        return self.delay(self.level(mark, now)) - max(0.0, gone)


class Count(StrEnum):
    """What failures are counted of. The values are part of stored keys: they never change."""

    PAIR = "PAIR"
    """An account from an address."""
    ACCOUNT = "ACCOUNT"
    ADDRESS = "ADDRESS"
    SESSION = "SESSION"
    """A session whose password is changed."""


LOGIN_THROTTLES: Mapping[Count, LoginThrottle] = {
    Count.PAIR: LoginThrottle(10, 10 * 60),
    Count.ACCOUNT: LoginThrottle(30, 30 * 60),
    Count.ADDRESS: LoginThrottle(100, 10 * 60),
    Count.SESSION: LoginThrottle(10, 10 * 60),
}


def signing_in(account: str, address: str | None) -> dict[bytes, Count]:
    """Return what an attempt to sign in is counted under: digests, so that what was typed is kept nowhere."""
    network = client_network(address)
    named = {Count.PAIR: (account, network), Count.ACCOUNT: (account,), Count.ADDRESS: (network,)}
    return {_key(count, *words): count for count, words in named.items()}


def changing_password(session_digest: bytes, address: str | None) -> dict[bytes, Count]:
    """Return what an attempt to change a password is counted under: whoever stole a session guesses no further."""
    named = {Count.SESSION: (session_digest.hex(),), Count.ADDRESS: (client_network(address),)}
    return {_key(count, *words): count for count, words in named.items()}


async def engage(session: Session, counts: Mapping[bytes, Count]) -> None:
    """Count a failure before it is known to be none, so that no two slip through at once; or `TooManyAttempts`."""
    now = clock.now()
    marks = await _lock(session, counts)
    if len(marks) < len(counts):
        values = {"keys": sorted(counts), "failed_at": now, "forget_at": now + FAMILIAR}
        await statements.fetch(session, "insert sign-in marks", _inserting, values)
        marks = await _lock(session, counts)
    wait = max(LOGIN_THROTTLES[counts[mark.key]].wait(mark, now) for mark in _heeded(marks, counts, now))
    if wait > 0:
        raise TooManyAttempts(after=wait)
    for mark in marks:
        brake = LOGIN_THROTTLES[counts[mark.key]]
        level = brake.level(mark, now) + 1
        welcome = mark.welcomed_at + FAMILIAR if mark.welcomed_at else now
        forgotten = max(welcome, now + timedelta(seconds=brake.period + brake.delay(level)))
        values = {"failures": level, "failed_at": now, "forget_at": forgotten}
        await statements.fetch(session, "count a failure", _counting, {"key": mark.key, **param_values(values)})
    await statements.fetch(session, "delete sign-in marks", _sweeping, {"now": now})


async def forgive(session: Session, counts: Mapping[bytes, Count]) -> None:
    """Take the failure back that `engage` counted: it was none. The account's own address starts afresh."""
    now = clock.now()
    own = [key for key, count in counts.items() if count in {Count.PAIR, Count.SESSION}]
    await statements.fetch(session, "take a failure back", _forgiving, {"keys": list(counts), "own": own})
    pairs = [key for key, count in counts.items() if count is Count.PAIR]
    welcome = {"welcomed_at": now, "forget_at": now + FAMILIAR}
    await statements.fetch(session, "welcome an address", _welcoming, {"keys": pairs, **param_values(welcome)})


def _heeded(marks: Collection[Row[Any]], counts: Mapping[bytes, Count], now: datetime) -> list[Row[Any]]:
    """Return the counts that hold: from an address that is the account's, its own failures alone while they are few."""
    for mark in marks:
        familiar = mark.welcomed_at is not None and now - mark.welcomed_at < FAMILIAR  # only pairs ever are
        if familiar and LOGIN_THROTTLES[counts[mark.key]].level(mark, now) < TRUSTED_FAILURES:
            return [mark]
    return list(marks)


async def _lock(session: Session, counts: Mapping[bytes, Count]) -> list[Row[Any]]:
    """Lock the counts, always in the same order."""
    return await statements.fetch(session, "lock sign-in marks", _locking, {"keys": list(counts)})


def _among(name: str) -> ColumnElement[bool]:
    return SignInMark.key == any_(param(name, ARRAY(LargeBinary)))


def _locking() -> Statement:
    columns = (SignInMark.key, SignInMark.failures, SignInMark.failed_at, SignInMark.welcomed_at)
    return select(*columns).where(_among("keys")).order_by(SignInMark.key).with_for_update()


def _inserting() -> Statement:
    moments = (param("failed_at", DateTime(timezone=True)), param("forget_at", DateTime(timezone=True)))
    rows = select(func.unnest(param("keys", ARRAY(LargeBinary))), literal(0.0, Double), *moments)
    return insert(SignInMark).from_select(["key", "failures", "failed_at", "forget_at"], rows).on_conflict_do_nothing()


def _counting() -> Statement:
    values = column_params(("failures", "failed_at", "forget_at"))
    return update(SignInMark).where(SignInMark.key == param("key")).values(values)


def _forgiving() -> Statement:
    less = case((_among("own"), 0.0), else_=func.greatest(SignInMark.failures - 1, 0.0))
    return update(SignInMark).where(_among("keys")).values(failures=less)


def _welcoming() -> Statement:
    return update(SignInMark).where(_among("keys")).values(column_params(("welcomed_at", "forget_at")))


def _sweeping() -> Statement:
    """Delete a few counts that have expired."""
    expired = SignInMark.forget_at < param("now")
    stale = select(SignInMark.key).where(expired).limit(SWEPT).with_for_update(skip_locked=True)
    return delete(SignInMark).where(SignInMark.key.in_(stale))


def _key(count: Count, *words: str) -> bytes:
    said = "\0".join((count.value, *words))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).digest()
