"""The planted leaks apply to the tree; `python -m tests.planted` checks that each is caught."""

import ast
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.planted.catalogue import PLANTS, SAMPLE
from tests.planted.plant import Patch, Plant

MIN_PLANTS = 25


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_each_leak_applies(plant: Plant) -> None:
    assert [error for patch in plant.patches if (error := patch.check(ROOT))] == []
    assert all((ROOT / test.partition("::")[0]).is_file() for test in plant.tests)
    for patch in plant.patches:
        if patch.file.endswith(".py"):
            text = (ROOT / patch.file).read_text(encoding="utf-8")
            ast.parse(text.replace(patch.old, patch.new))  # a leak, not a syntax error


def test_leaks_are_unique() -> None:
    assert {plant.name for plant in PLANTS} >= SAMPLE
    assert len({plant.name for plant in PLANTS}) == len(PLANTS) >= MIN_PLANTS
    assert len({patch for plant in PLANTS for patch in plant.patches}) >= len(PLANTS)


def test_a_patch_that_does_not_apply_is_reported(tmp_path: Path) -> None:
    (tmp_path / "law.py").write_text("one two two")
    assert Patch("law.py", "one", "1").check(tmp_path) is None
    for old, times in (("two", 2), ("three", 0)):
        assert f"{times} times" in (Patch("law.py", old, "").check(tmp_path) or "")
