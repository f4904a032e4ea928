"""Generated tables, the repository layout and the diagram of the layers match the code."""

import re
import tomllib
from pathlib import PurePath

import pytest

from scripts import generate_docs
from tests.architecture.source import ROOT, package

LONGEST_README = 200
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_names_every_package() -> None:
    layout = TEXT.partition("## Repository layout")[2].partition("\n## ")[0]
    packages = {PurePath(module.name).parts[1] for module in package()} - {"__init__.py"}
    named = set(re.findall(r"(?:^|\s{2})([\w.]+)(?=/|\s{2})", layout, re.MULTILINE))
    assert {name for name in packages if name not in named} == set()


def test_the_layers_in_contributing_match_the_import_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    drawn = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("```")[1]
    assert [layer.strip() for layer in " ".join(drawn.split()).split(">")] == contracts[0]["layers"]


@pytest.mark.parametrize("name", generate_docs.DOCUMENTS)
def test_generated_tables_are_up_to_date(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert generate_docs.fill(text) == text, "run `make readme`"


def test_every_table_is_in_one_document() -> None:
    texts = "".join((ROOT / name).read_text(encoding="utf-8") for name in generate_docs.DOCUMENTS)
    opened = re.findall(r"<!-- generated:(\w+) -->", texts)
    assert sorted(opened) == sorted(generate_docs.TABLES)
    assert len(opened) == len(generate_docs.GENERATED.findall(texts)) == texts.count("<!-- /generated -->")


def test_an_outdated_table_is_regenerated() -> None:
    outdated = "a\n<!-- generated:priorities -->\nold\n<!-- /generated -->\nb\n"
    filled = generate_docs.fill(outdated)
    assert "| MAJOR | URGENT | HIGH | NORMAL |" in filled
    assert (filled.startswith("a\n"), filled.endswith("\nb\n"), "old" in filled) == (True, True, False)
    assert generate_docs.fill(filled) == filled


def test_an_unknown_table_is_an_error() -> None:
    with pytest.raises(KeyError):
        generate_docs.fill("<!-- generated:nothing -->\n<!-- /generated -->")


def test_the_readme_stays_short() -> None:
    assert len(TEXT.splitlines()) < LONGEST_README
