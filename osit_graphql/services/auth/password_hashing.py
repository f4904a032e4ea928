"""Hashes passwords with argon2id, in few threads and behind a short queue, so that sign-ins leave the CPU to others."""

import asyncio
import os
import re
import secrets
import sys
import threading
import time
import unicodedata
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar
from weakref import WeakKeyDictionary

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from osit_graphql.domain.errors import TooManyAttempts
from osit_graphql.domain.user_errors import UnreadableText, UserError, WeakPassword
from osit_graphql.services.validation import at

T = TypeVar("T")

PASSWORD_LENGTHS = range(8, 201)
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # OWASP's minimum: some 20 ms
MAX_CONCURRENT_HASHES = max(1, min(2, (os.cpu_count() or 1) - 1))  # in this process: one core stays free for reads
MAX_QUEUED_HASHES = 20  # waiting for these; more are refused with TOO_MANY_ATTEMPTS
LONE_SURROGATES = re.compile("[\ud800-\udfff]")
NICE_INCREMENT = 10  # of hashing threads: a tenth of the other threads' share of a busy CPU
MAX_REST_S = 0.1  # limits the rest after a hash: on a busy machine, a hash takes much longer than 20 ms


def _lower_priority() -> None:
    """Lower the priority of this thread; only Linux has thread priorities."""
    if sys.platform == "linux":
        priority = os.getpriority(os.PRIO_PROCESS, 0)
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), priority + NICE_INCREMENT)


WORKERS = ThreadPoolExecutor(MAX_CONCURRENT_HASHES, "hashing", initializer=_lower_priority)
_thread = threading.local()


@dataclass(eq=False)
class Queue:
    """Hashing queue of one event loop: the number of its members, and a semaphore for database access."""

    size: int = 0
    database: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_CONCURRENT_HASHES))


_queues: WeakKeyDictionary[asyncio.AbstractEventLoop, Queue] = WeakKeyDictionary()


def _queue() -> Queue:
    return _queues.setdefault(asyncio.get_running_loop(), Queue())


@asynccontextmanager
async def queue_slot() -> AsyncIterator[None]:
    """Hold a place in the hashing queue; raises `TooManyAttempts` when it is full."""
    queue = _queue()
    if queue.size >= MAX_CONCURRENT_HASHES + MAX_QUEUED_HASHES:
        raise TooManyAttempts(after=1)
    queue.size += 1
    try:
        yield
    finally:
        queue.size -= 1


@asynccontextmanager
async def database_slot() -> AsyncIterator[None]:
    """Wait for one of the few database connections that sign-ins may use at once."""
    async with _queue().database:
        yield


def check_password(password: str, argument: str) -> UserError | None:
    """Return the user error of a new password: only its length matters, and that it is valid Unicode."""
    if len(password) not in PASSWORD_LENGTHS:
        return WeakPassword(at(argument))
    return UnreadableText(at(argument)) if LONE_SURROGATES.search(password) else None


async def hash_password(password: str) -> str:
    """Hash a password in a thread; raises `TooManyAttempts` when the queue is full."""
    async with queue_slot():
        return await hash_queued(password)


async def hash_queued(password: str) -> str:
    """Hash a password in a thread; the caller has a `queue_slot`."""
    return await _run(lambda: HASHER.hash(_to_bytes(password)))


async def verify_queued(stored: str | None, password: str) -> bool:
    """Whether the password matches; takes as long without a stored hash. The caller has a `queue_slot`."""

    def verify() -> bool:
        try:
            matches = HASHER.verify(stored or _unmatchable_hash(), _to_bytes(password[: PASSWORD_LENGTHS.stop]))
        except (VerificationError, InvalidHashError):
            return False
        return matches and stored is not None

    return await _run(verify)


def needs_rehash(stored: str) -> bool:
    """Whether a hash was made with weaker parameters than today's."""
    return HASHER.check_needs_rehash(stored)


async def _run(task: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(WORKERS, _run_rested, task)


def _run_rested(task: Callable[[], T]) -> T:
    """Run the task after this thread has rested as long as its last task took: half a core at most."""
    time.sleep(max(0.0, getattr(_thread, "resting_until", 0.0) - time.monotonic()))
    start = time.monotonic()
    try:
        return task()
    finally:
        end = time.monotonic()
        _thread.resting_until = end + min(end - start, MAX_REST_S)


def _to_bytes(password: str) -> bytes:
    """Return the same bytes for composed and decomposed accents; a lone surrogate raises nothing."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


@cache
def _unmatchable_hash() -> str:
    """Return a hash that matches no password, so that an unknown address costs as much as a wrong password."""
    return HASHER.hash(secrets.token_urlsafe(32))
