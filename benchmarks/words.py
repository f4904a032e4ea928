"""French-looking texts whose words are as unequally common as words are."""

import random
from collections.abc import Iterator
from pathlib import Path

PHRASES = 8192
"""Texts are put together from a stock of so many titles, sentences and remarks."""
MACHINES = 20_000
"""Names of machines: the r-th is in one ticket of some 10 × r, so searches match from many to one."""
VOCABULARY = 3000
LAST = 7
"""The last word of a text is at least so long, or another."""
_LINES = (Path(__file__).parent / "words.txt").read_text("utf-8").splitlines()
COMMON, STARTS, VOWELS, ENDS, FIRST_NAMES = (line.split() for line in _LINES[1::2])


def _coin(rng: random.Random, parts: int) -> str:
    return "".join(rng.choice(STARTS) + rng.choice(VOWELS) for _ in range(parts))


def coin(rng: random.Random, count: int, parts: int, ends: list[str]) -> list[str]:
    """Make up so many different words."""
    made: dict[str, None] = {}
    while len(made) < count:
        made[_coin(rng, parts) + rng.choice(ends)] = None
    return list(made)


def _text(rng: random.Random, vocabulary: list[str], count: int) -> str:
    # log-uniform ranks: the r-th word comes up in proportion to 1/r
    chosen = [vocabulary[int(len(vocabulary) ** rng.random()) - 1] for _ in range(count)]
    if len(chosen[-1]) < LAST:
        chosen[-1] = "poste"  # texts are put together as search reads them, and it does not count words like « le »
    return " ".join(chosen).capitalize()


def stock(seed: int) -> Iterator[tuple[int, str, str, str]]:
    """Yield number, title, description and remark."""
    rng = random.Random(seed)  # noqa: S311 - the same texts every time
    vocabulary = [*COMMON, *coin(rng, VOCABULARY - len(COMMON), 2, ENDS)]
    for number in range(PHRASES):
        yield (
            number,
            _text(rng, vocabulary, rng.randint(4, 8)),
            _text(rng, vocabulary, rng.randint(12, 40)) + ".",
            _text(rng, vocabulary, rng.randint(5, 25)) + ".",
        )


def machines(seed: int) -> Iterator[tuple[int, str]]:
    """Yield number and name."""
    return enumerate(coin(random.Random(seed + 1), MACHINES, 3, ["x"]))  # noqa: S311 - the same names every time


def surnames(seed: int) -> list[str]:
    """Return a thousand."""
    rng = random.Random(seed + 2)  # noqa: S311 - the same names every time
    return [word.capitalize() for word in coin(rng, 1000, 2, ["", "t", "x", "rd", "n"])]
