"""A transaction's last statement and its COMMIT, sent one behind the other: one wait for both.

Row locks are held for as long as PostgreSQL needs, not for a client's next word as well. asyncpg waits for one answer
at a time: PostgreSQL's two are made one of on their way to it (docs/decisions/0033).
"""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from struct import Struct, pack
from types import coroutine
from typing import Any, Final


def message(kind: bytes, content: bytes) -> bytes:
    """Return a message as both sides have them: its kind, its length without that, what it says."""
    return kind + pack("!i", len(content) + 4) + content


WORD: Final = b"COMMIT\0"
COMMIT: Final = message(b"Q", WORD)
READY: Final = ord("Z")
# How the two answers end when all went well: ready, in the transaction; the COMMIT's; ready.
DONE: Final = message(b"C", WORD) + message(b"Z", b"I")
WELL: Final = message(b"Z", b"T") + DONE
HEADER: Final = Struct("!BI")  # of a message: its kind, and its length without that


class Answers(asyncio.Protocol):
    """Stands between a connection and the driver's protocol: for good, as to step in each time costs system calls.

    It hands on what comes. Of a statement with a COMMIT behind it, what ends the first answer is left out; so the
    driver takes the second one, which says what became of the COMMIT, for the rest of the first: a failure of either is
    the statement's.
    """

    def __init__(self, transport: Any) -> None:
        self._driver: Any = transport.get_protocol()
        self._hand_on: Callable[[bytes], None] = self._driver.data_received
        self._transport = transport
        self._joining = False
        self._held = bytearray()
        self._read = 0
        self._answered = False
        transport.set_protocol(self)

    async def commit_behind(self, asked: Coroutine[Any, Any, list[Any]]) -> list[Any]:
        """Return the rows of a statement that `asked` sends before it first waits, once what it did is kept."""
        waiting = asked.send(None)  # whatever is raised here, nothing was sent
        self._joining, self._read, self._answered = True, 0, False
        self._transport.write(COMMIT)
        return await _go_on(asked, waiting)

    def data_received(self, data: bytes) -> None:
        """Hand on what comes, two answers that are one when both are there."""
        if not self._joining:
            self._hand_on(data)
            return
        if not self._held and data.endswith(WELL):  # both at once, as mostly; no text that PostgreSQL sends has zeros
            self._joining = False
            self._hand_on(data[: -len(WELL)] + DONE)
            return
        self._held += data
        if self._are_there():
            self._give()

    def _are_there(self) -> bool:
        """Whether both are; look through what came since."""
        held, at, size = self._held, self._read, len(self._held)
        while size - at >= HEADER.size:
            kind, length = HEADER.unpack_from(held, at)
            end = at + 1 + length
            if end > size:
                break
            if kind != READY:
                at = end
            elif self._answered:
                return True
            else:
                self._answered = True
                del held[at:end]
                size = len(held)
        self._read = at
        return False

    def _give(self) -> None:
        held, self._held, self._joining = bytes(self._held), bytearray(), False
        if held:
            self._hand_on(held)

    def connection_lost(self, exc: Exception | None) -> None:
        """Hand on what had come, and that no more does."""
        self._give()
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
