"""Every sentence of the specification that states something is the docstring of a test, word for word."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
# What only introduces: titles, and the note on the text itself.
TITLE = re.compile(r"^#.*$", re.MULTILINE)
NOTE = re.compile(r"^Le texte du besoin.*?fausse\.$", re.MULTILINE | re.DOTALL)
BULLET = re.compile(r"^\s*- ", re.MULTILINE)


def flatten(text: str) -> str:
    """Return it on one line."""
    return " ".join(text.split())


def read_specification() -> str:
    """Return the text of the need, without its titles and bullets."""
    text = (HERE / "cahier-des-charges.md").read_text(encoding="utf-8")
    for taken in (TITLE, NOTE, BULLET):
        text = taken.sub("", text)
    return flatten(text)


def read_sentences() -> Iterator[str]:
    """Return the first paragraph of each test's docstring here."""
    for path in sorted(set(HERE.glob("test_*.py")) - {Path(__file__)}):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                yield flatten((ast.get_docstring(node) or "").split("\n\n")[0])


def test_every_docstring_is_a_sentence_of_the_specification() -> None:
    text = read_specification()
    assert [sentence for sentence in read_sentences() if not sentence or sentence not in text] == []


def test_every_sentence_of_the_specification_is_tested() -> None:
    left = read_specification()
    for sentence in sorted(read_sentences(), key=len, reverse=True):
        left = left.replace(sentence, "", 1)
    assert flatten(left) == ""
