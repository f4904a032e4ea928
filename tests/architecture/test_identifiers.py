"""Identifiers name things: a short list of words that name nothing is banned, and modules have plain nouns."""

import io
import keyword
import re
import tokenize
from collections.abc import Iterator
from pathlib import PurePath

import pytest

from tests.architecture.source import Module, everything

BANNED = {"said", "told", "asked", "found", "kept", "whole", "whose", "whoever", "given", "standing"}
UNSPECIFIC_MODULES = {"utils", "util", "helpers", "helper", "common", "base", "misc", "tools"}
HYPOTHESIS = re.compile(r"^from hypothesis import .*\bgiven\b", re.MULTILINE)
MIGRATIONS = "migrations/"  # released, hence never edited


def find_banned(name: str, text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines and spellings of banned identifiers; `given` of Hypothesis is imported as it is."""
    allowed = {"given"} if HYPOTHESIS.search(text) else set()
    if PurePath(name).stem.lower().strip("_") in BANNED:
        yield 0, PurePath(name).stem
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NAME and not keyword.iskeyword(token.string):
            word = token.string.lower().strip("_")
            if word in BANNED - allowed:
                yield token.start[0], token.string


def checked_modules() -> list[Module]:
    """Return the modules whose identifiers are checked."""
    return [module for module in everything() if not module.name.startswith(MIGRATIONS)]


def test_no_identifier_is_banned() -> None:
    offences = {
        f"{module.name}:{line} {word}"
        for module in checked_modules()
        for line, word in find_banned(module.name, module.text)
    }
    assert offences == set()


def test_module_names_are_specific() -> None:
    unspecific = [
        module.name for module in everything() if UNSPECIFIC_MODULES & set(PurePath(module.name).with_suffix("").parts)
    ]
    assert unspecific == []


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.py", "found = 1\n", ["found"]),
        ("a.py", "KEPT = 1\nrow._told = 2\n", ["KEPT", "_told"]),
        ("a.py", "def asked(*, said: int) -> None: ...\n", ["asked", "said"]),
        ("a.py", "f(whole=True)\n", ["whole"]),
        ("a.py", "import x as standing\n", ["standing"]),
        ("told.py", "", ["told"]),
        ("a.py", "def f(given: int) -> None: ...\n", ["given"]),
        ("a.py", "from hypothesis import example, given\n@given()\ndef f() -> None: ...\n", []),
        ("a.py", 'not_found = "found"  # found\n', []),
    ],
)
def test_a_banned_identifier_is_reported(name: str, text: str, expected: list[str]) -> None:
    assert [word for _, word in find_banned(name, text)] == expected
