"""Canaries: words, ids, numbers and amounts that belong to one row each, so that an answer tells where it comes from.

`cq…x` is written wherever somebody may not read and never asked for; `mq…x` stands beside it and is searched for.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import count

FIRST_NUMBER = 700_001  # of tickets: six digits, so that a number is nothing else
WORD = re.compile(r"mq\d{5}x")
MARKS = re.compile(r"[cm]q\d{5}x")
TRACES = re.compile(
    r"[cm]q\d{5}x|(?:tkt1|act1|usr1|mtg1|tok1)_[0-9a-f]{16}|(?<![\w.-])7\d{5}(?![\w.:-])|(?<![\w.-])\d+\.\d\d(?![\w.-])",
    re.IGNORECASE,
)


class Aviary:
    """Gives canaries, never the same one twice."""

    def __init__(self) -> None:
        self._numbers: Iterator[int] = count(1)

    def word(self) -> str:
        """Return a text with a canary and a word to search it by."""
        number = next(self._numbers)
        return f"cq{number:05}x mq{number:05}x"

    def amount(self) -> Decimal:
        """Return an amount that is no sum of others: 10,000 more for each, modulo 7,919, which divides no such sum."""
        number = next(self._numbers)
        return Decimal((10_000 + 7_919 * number) * 100 + 13).scaleb(-2)


def traces(answer: str) -> set[str]:
    """Return what an answer could give away, canaries in lower case."""
    return {match.lower() for match in TRACES.findall(answer)}
