"""The planted leaks still apply to the tree as it is; `python -m tests.planted` sees that each is caught."""

import ast
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.planted.catalogue import PLANTS
from tests.planted.plant import Patch, Plant

FEWEST = 25


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_it_applies(plant: Plant) -> None:
    assert [wrong for patch in plant.patches if (wrong := patch.check(ROOT))] == []
    assert all((ROOT / test.partition("::")[0]).is_file() for test in plant.tests)
    for patch in plant.patches:
        if patch.file.endswith(".py"):
            text = (ROOT / patch.file).read_text(encoding="utf-8")
            ast.parse(text.replace(patch.old, patch.new))  # a leak, not a file that can't be read


def test_they_are_enough_and_each_is_another() -> None:
    assert len({plant.name for plant in PLANTS}) == len(PLANTS) >= FEWEST
    assert len({patch for plant in PLANTS for patch in plant.patches}) >= len(PLANTS)


def test_a_patch_that_no_longer_applies_is_told(tmp_path: Path) -> None:
    (tmp_path / "law.py").write_text("one two two")
    assert Patch("law.py", "one", "1").check(tmp_path) is None
    for old, times in (("two", 2), ("three", 0)):
        assert f"{times} times" in (Patch("law.py", old, "").check(tmp_path) or "")
