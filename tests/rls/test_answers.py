"""What stands between a connection and its driver hands on what comes, and makes two answers one."""

import asyncio
from typing import Any

import pytest

from osit_graphql.db.closing import COMMIT, Answers


def message(kind: bytes, content: bytes = b"") -> bytes:
    """Return one as PostgreSQL sends it."""
    return kind + (len(content) + 4).to_bytes(4) + content


class Line:
    """Stands for a transport."""

    def __init__(self, driver: asyncio.Protocol) -> None:
        self.protocol: Any = driver
        self.sent: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Take note."""
        self.sent.append(data)

    def get_protocol(self) -> Any:
        """Return who reads."""
        return self.protocol

    def set_protocol(self, protocol: Any) -> None:
        """Have another read."""
        self.protocol = protocol


class Driver(asyncio.Protocol):
    """Collects what it is given."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.lost: list[Exception | None] = []

    def data_received(self, data: bytes) -> None:
        """Take it."""
        self.got.append(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note."""
        self.lost.append(exc)


ROWS = message(b"2") + message(b"D", b"row") * 2 + message(b"C", b"INSERT 0 1\0")
ENDED = message(b"C", b"COMMIT\0") + message(b"Z", b"I")


async def asking(line: Line) -> list[Any]:
    """Send a statement, as the driver does."""
    line.write(b"statement")
    await asyncio.sleep(0)
    return ["row"]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, len(ROWS), 1000])
async def test_two_answers_are_one_however_they_come(size: int) -> None:
    driver = Driver()
    line = Line(driver)
    answers = Answers(line)
    for _ in range(2):
        line.protocol.data_received(b"something else")
        assert driver.got == [b"something else"]
        assert await answers.commit_behind(asking(line)) == ["row"]
        came = ROWS + message(b"Z", b"T") + ENDED
        for start in range(0, len(came), size):
            assert driver.got == [b"something else"]
            line.protocol.data_received(came[start : start + size])
        assert driver.got == [b"something else", ROWS + ENDED]
        driver.got.clear()
    assert line.sent == [b"statement", COMMIT] * 2


async def test_a_line_that_breaks_hands_on_what_came() -> None:
    driver = Driver()
    line = Line(driver)
    await Answers(line).commit_behind(asking(line))
    line.protocol.data_received(ROWS + b"Z")
    line.protocol.connection_lost(None)
    assert (driver.got, driver.lost) == ([ROWS + b"Z"], [None])


def test_its_word_is_a_simple_query() -> None:
    assert message(b"Q", b"COMMIT\0") == COMMIT
