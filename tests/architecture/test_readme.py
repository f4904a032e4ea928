"""What the README says of the law is what the law says."""

import re
import tomllib
from pathlib import PurePath

import pytest

from scripts import readme
from tests.architecture.source import ROOT, package

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_map_names_every_room() -> None:
    chart = TEXT.partition("## The map of the house")[2].partition("\n## ")[0]
    rooms = {PurePath(module.name).parts[1] for module in package()} - {"__init__.py"}
    named = set(re.findall(r"(?:^|\s{2})([\w.]+)(?=/|\s{2})", chart, re.MULTILINE))
    assert {room for room in rooms if room not in named} == set()


def test_contributing_draws_the_layers_as_they_are() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    drawn = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("```")[1]
    assert [layer.strip() for layer in " ".join(drawn.split()).split("→")] == contracts[0]["layers"]


def test_the_generated_parts_are_up_to_date() -> None:
    assert readme.fill(TEXT) == TEXT, "run `make readme`"


@pytest.mark.parametrize("name", ["doers", "transitions", "sights", "settings"])
def test_the_part_is_there(name: str) -> None:
    assert f"<!-- generated:{name} -->" in TEXT


def test_every_part_is_closed() -> None:
    assert (
        len(re.findall("<!-- generated:", TEXT)) == len(readme.PART.findall(TEXT)) == TEXT.count("<!-- /generated -->")
    )


def test_a_part_that_is_behind_is_written_again() -> None:
    behind = "a\n<!-- generated:priorities -->\nold\n<!-- /generated -->\nb\n"
    filled = readme.fill(behind)
    assert "| MAJOR | URGENT | HIGH | NORMAL |" in filled
    assert (filled.startswith("a\n"), filled.endswith("\nb\n"), "old" in filled) == (True, True, False)
    assert readme.fill(filled) == filled


def test_a_part_that_nobody_draws_is_an_error() -> None:
    with pytest.raises(KeyError):
        readme.fill("<!-- generated:nothing -->\n<!-- /generated -->")
