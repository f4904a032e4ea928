"""What the README says of the law is what the law says."""

import re

import pytest

from scripts import readme
from tests.house.source import ROOT

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


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
