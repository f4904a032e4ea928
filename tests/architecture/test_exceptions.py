"""Each suppressed rule of a linter has its reason on the same line."""

import re
import tomllib

import pytest

from tests.architecture.source import ROOT, everything

SUPPRESSION = re.compile(r"#\s*(?:noqa\b|type:\s*ignore|pragma:)")
# mypy's error code is reason enough: it names what stubs or inference lack.
REASONED = re.compile(r"#\s*(?:noqa: [A-Z0-9, ]+ - \S|type: ignore\[[\w, -]+\]|pragma: no \w+ - \S)")
HERE = "tests/architecture/test_exceptions.py"
CODE = re.compile(r'^\s*"[A-Z]+[0-9]*",')


def find_unexplained(text: str) -> list[int]:
    """Return the numbers of the lines that suppress a rule without a reason."""
    lines = enumerate(text.splitlines(), 1)
    return [number for number, line in lines if SUPPRESSION.search(line) and not REASONED.search(line)]


def test_every_suppression_has_a_reason() -> None:
    unexplained = {module.name: find_unexplained(module.text) for module in everything() if module.name != HERE}
    assert {name: lines for name, lines in unexplained.items() if lines} == {}


@pytest.mark.parametrize(
    ("line", "explained"),
    [
        ("x = 1  # noqa", False),
        ("x = 1  # noqa: S603", False),
        ("x = 1  # noqa: S603 - our own program", True),
        ("x = 1  # noqa: S603, S607 - our own program", True),
        ("x = 1  # type: ignore", False),
        ("x = 1  # type: ignore[arg-type]", True),
        ("x = 1  # why", True),
    ],
)
def test_a_missing_reason_is_reported(line: str, explained: bool) -> None:
    assert (find_unexplained(line) == []) is explained


def test_every_rule_that_ruff_ignores_has_a_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    rules = [line for line in text.splitlines() if CODE.match(line)]
    assert [line for line in rules if " # " not in line] == []
    lint = tomllib.loads(text)["tool"]["ruff"]["lint"]
    assert (lint["select"], len(rules) > 0) == (["ALL"], True)


def test_types_are_strict_everywhere() -> None:
    mypy = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    assert mypy["strict"] is True
    relaxed = [set(part) - {"module"} for part in mypy.get("overrides", [])]
    assert relaxed == [{"disallow_untyped_decorators"}]
