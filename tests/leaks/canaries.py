"""Canaries: unique words, IDs, numbers and amounts. One in a response identifies the row that it comes from.

Every text has two words. Tests search for `mq…x`; no request contains `cq…x`, so a response with it shows the text.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import count

FIRST_NUMBER = 700_001  # of tickets: six digits, so that no other number is equal
WORD = re.compile(r"mq\d{5}x")
MARKS = re.compile(r"[cm]q\d{5}x")
TRACES = re.compile(
    r"[cm]q\d{5}x|(?:tkt1|act1|usr1|mtg1|tok1|chg1)_[0-9a-f]{16}|(?<![\w.-])7\d{5}(?![\w.:-])|(?<![\w.-])\d+\.\d\d(?![\w.-])",
    re.IGNORECASE,
)


class CanarySource:
    """Generates canaries, each once."""

    def __init__(self) -> None:
        self._numbers: Iterator[int] = count(1)

    def word(self) -> str:
        """Return a text with a canary and a word to search it by."""
        number = next(self._numbers)
        return f"cq{number:05}x mq{number:05}x"

    def amount(self) -> Decimal:
        """Return an amount that differs from every other one, and from every sum of others."""
        number = next(self._numbers)
        return Decimal((10_000 + 7_919 * number) * 100 + 13).scaleb(-2)


def traces(response: str) -> set[str]:
    """Return the canaries, IDs, numbers and amounts in a response, in lower case."""
    return {match.lower() for match in TRACES.findall(response)}
