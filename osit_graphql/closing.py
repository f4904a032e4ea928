"""A transaction's last statement and its COMMIT, sent one behind the other: one wait for both.

Row locks are held for as long as PostgreSQL needs, not for a client's next word as well. asyncpg waits for one answer
at a time: PostgreSQL's two are made one of on their way to it (docs/decisions/0033).
"""

import asyncio
from collections.abc import Coroutine, Generator
from struct import pack
from types import coroutine
from typing import Any, Final

WORD: Final = b"COMMIT\0"
COMMIT: Final = b"Q" + pack("!i", len(WORD) + 4) + WORD
READY: Final = ord("Z")
HEADER: Final = 5  # bytes of a message before what it says: its kind, and its length without that


class Joined(asyncio.Protocol):
    """Stands between a connection and the driver's protocol until PostgreSQL has answered both.

    What ends the first answer is left out; so the driver takes the second one, which says what became of the COMMIT,
    for the rest of the first: a failure of either is the statement's.
    """

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._driver: Any = transport.get_protocol()
        self._held = bytearray()
        self._read = 0
        self._answered = False

    def step_in(self) -> None:
        """Take what comes in from now on."""
        self._transport.set_protocol(self)

    def data_received(self, data: bytes) -> None:
        """Keep what comes in until the second answer is there."""
        held = self._held
        held += data
        while len(held) >= self._read + HEADER:
            end = self._read + 1 + int.from_bytes(held[self._read + 1 : self._read + HEADER])
            if len(held) < end:
                return
            if held[self._read] != READY:
                self._read = end
            elif not self._answered:
                self._answered = True
                del held[self._read : end]
            else:
                self._hand_on()
                return

    def _hand_on(self) -> None:
        self._transport.set_protocol(self._driver)
        if self._held:
            self._driver.data_received(bytes(self._held))

    def connection_lost(self, exc: Exception | None) -> None:
        """Hand on what had come, and that no more does."""
        self._hand_on()
        self._driver.connection_lost(exc)

    def eof_received(self) -> bool | None:
        """As the driver has it."""
        return self._driver.eof_received()  # type: ignore[no-any-return]

    def pause_writing(self) -> None:
        """As the driver has it."""
        self._driver.pause_writing()

    def resume_writing(self) -> None:
        """As the driver has it."""
        self._driver.resume_writing()


async def commit_behind(transport: Any, asked: Coroutine[Any, Any, list[Any]]) -> list[Any]:
    """Return the rows of a statement that `asked` sends before it first waits, once what it did is kept."""
    waiting = asked.send(None)  # whatever is raised here, nothing was sent
    Joined(transport).step_in()
    transport.write(COMMIT)
    return await _go_on(asked, waiting)


@coroutine
def _go_on(asked: Coroutine[Any, Any, list[Any]], waiting: Any) -> Generator[Any, Any, list[Any]]:
    """Wait on, as `await asked` would have."""
    while True:
        try:
            try:
                told = yield waiting
            except BaseException as error:  # noqa: BLE001 - whatever stops the wait is the statement's to know
                waiting = asked.throw(error)
            else:
                waiting = asked.send(told)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]
