"""French-looking random texts with a natural distribution of words."""

import random
from collections.abc import Iterator
from pathlib import Path

PHRASES = 8192
"""Number of titles, descriptions and remarks from which texts are chosen."""
MACHINES = 20_000
"""Number of machine names: the r-th is in one of about 10 × r tickets, so searches match from one to many."""
VOCABULARY = 3000
MIN_LAST_WORD_LENGTH = 7
"""Minimum length of the last word of a text."""
_LINES = (Path(__file__).parent / "words.txt").read_text("utf-8").splitlines()
COMMON, STARTS, VOWELS, ENDS, FIRST_NAMES = (line.split() for line in _LINES[1::2])


def _random_word(rng: random.Random, parts: int) -> str:
    return "".join(rng.choice(STARTS) + rng.choice(VOWELS) for _ in range(parts))


def random_words(rng: random.Random, count: int, parts: int, ends: list[str]) -> list[str]:
    """Return different random words."""
    distinct: dict[str, None] = {}
    while len(distinct) < count:
        distinct[_random_word(rng, parts) + rng.choice(ends)] = None
    return list(distinct)


def _text(rng: random.Random, vocabulary: list[str], count: int) -> str:
    # log-uniform ranks: the r-th word comes up in proportion to 1/r
    chosen = [vocabulary[int(len(vocabulary) ** rng.random()) - 1] for _ in range(count)]
    if len(chosen[-1]) < MIN_LAST_WORD_LENGTH:
        chosen[-1] = "poste"  # search ignores words like « le »
    return " ".join(chosen).capitalize()


def stock(seed: int) -> Iterator[tuple[int, str, str, str]]:
    """Yield number, title, description and remark."""
    rng = random.Random(seed)  # noqa: S311 - the same texts every time
    vocabulary = [*COMMON, *random_words(rng, VOCABULARY - len(COMMON), 2, ENDS)]
    for number in range(PHRASES):
        yield (
            number,
            _text(rng, vocabulary, rng.randint(4, 8)),
            _text(rng, vocabulary, rng.randint(12, 40)) + ".",
            _text(rng, vocabulary, rng.randint(5, 25)) + ".",
        )


def machines(seed: int) -> Iterator[tuple[int, str]]:
    """Yield number and name."""
    return enumerate(random_words(random.Random(seed + 1), MACHINES, 3, ["x"]))  # noqa: S311 - the same names every time


def surnames(seed: int) -> list[str]:
    """Return a thousand surnames."""
    rng = random.Random(seed + 2)  # noqa: S311 - the same names every time
    return [word.capitalize() for word in random_words(rng, 1000, 2, ["", "t", "x", "rd", "n"])]
