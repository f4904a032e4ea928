"""Passwords as argon2id hashes; hashing is heavy work, and no crowd of sign-ins may take the machine for it."""

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

LENGTHS = range(8, 201)
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # OWASP's floor: some 20 ms
AT_ONCE = max(1, min(2, (os.cpu_count() or 1) - 1))  # hashings under way in this process: a core is left to reads
WAITING = 20  # further ones that wait for them; who comes after is told to come again
SURROGATES = re.compile("[\ud800-\udfff]")  # halves of characters
ASIDE = 10  # how far a hashing thread steps back: a tenth of the others' share of a machine that has too much to do


def _step_back() -> None:
    """Let reads go before this thread; only Linux can say it of a thread."""
    if sys.platform == "linux":
        own = os.getpriority(os.PRIO_PROCESS, 0)
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), own + ASIDE)


WORKERS = ThreadPoolExecutor(AT_ONCE, "hashing", initializer=_step_back)
LONGEST_REST = 0.1  # seconds: on a machine that has too much to do a hashing takes as long as it does
_thread = threading.local()


@dataclass(eq=False)
class Queue:
    """Who is at the door of one event loop: how many in all, and the two who may ask the database."""

    inside: int = 0
    asking: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))


_queues: WeakKeyDictionary[asyncio.AbstractEventLoop, Queue] = WeakKeyDictionary()


def _queue() -> Queue:
    return _queues.setdefault(asyncio.get_running_loop(), Queue())


@asynccontextmanager
async def place() -> AsyncIterator[None]:
    """Take a place in the queue for hashing while the block lasts; raises `TooManyAttempts` when it is full."""
    queue = _queue()
    if queue.inside >= AT_ONCE + WAITING:
        raise TooManyAttempts(after=1)
    queue.inside += 1
    try:
        yield
    finally:
        queue.inside -= 1


@asynccontextmanager
async def turn() -> AsyncIterator[None]:
    """Wait for one of the connections that sign-ins use: a crowd of them leaves the others to whoever reads."""
    async with _queue().asking:
        yield


def check_password(password: str, argument: str) -> UserError | None:
    """Return what is wrong with a new password: its length is all that is asked, and whole characters."""
    if len(password) not in LENGTHS:
        return WeakPassword(at(argument))
    return UnreadableText(at(argument)) if SURROGATES.search(password) else None


async def hash_password(password: str) -> str:
    """Hash a password, off the event loop; raises `TooManyAttempts` when too many wait for it."""
    async with place():
        return await hash_inside(password)


async def verify_password(stored: str | None, password: str) -> bool:
    """Whether it is the password, off the event loop; raises `TooManyAttempts` when too many wait for it."""
    async with place():
        return await verify_inside(stored, password)


async def hash_inside(password: str) -> str:
    """Hash a password for who has a place already."""
    return await _work(lambda: HASHER.hash(_octets(password)))


async def verify_inside(stored: str | None, password: str) -> bool:
    """Whether it is the password, for who has a place; takes as long when there is none to compare with."""

    def verify() -> bool:
        try:
            return HASHER.verify(stored or _nobody(), _octets(password[: LENGTHS.stop])) and stored is not None
        except (VerificationError, InvalidHashError):
            return False

    return await _work(verify)


def is_outdated(stored: str) -> bool:
    """Whether a hash was made with less than is asked for today."""
    return HASHER.check_needs_rehash(stored)


async def _work(task: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(WORKERS, _rested, task)


def _rested(task: Callable[[], T]) -> T:
    """Do it once this thread has rested for as long as it took to do the last one: half a core at most."""
    time.sleep(max(0.0, getattr(_thread, "rested", 0.0) - time.monotonic()))
    begun = time.monotonic()
    try:
        return task()
    finally:
        ended = time.monotonic()
        _thread.rested = ended + min(ended - begun, LONGEST_REST)


def _octets(password: str) -> bytes:
    """Return one writing of what was typed, however the keyboard composed its accents; half a character is no fault."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


@cache
def _nobody() -> str:
    """A hash that nothing matches, so that an unknown address costs what a wrong password costs."""
    return HASHER.hash(secrets.token_urlsafe(32))
