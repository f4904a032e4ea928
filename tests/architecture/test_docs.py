"""Documents: links and paths exist, and decision records stay short."""

import re
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, committed

LONGEST_RECORD_WORDS = 200
DOCUMENTS = [name for name in committed() if name.endswith(".md")]
RECORDS = [name for name in DOCUMENTS if name.startswith("docs/decisions/")]
SUPERSEDED = {name for name in RECORDS if "**Superseded by [" in (ROOT / name).read_text(encoding="utf-8")}
ELSEWHERE = {"benchmarks/RESULTS.md", "examples/client/README.md"}  # paths of former trees; paths from its own folder
DESCRIBING = sorted(set(DOCUMENTS) - SUPERSEDED - ELSEWHERE)
PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*/(?:[\w.-]+\.(?:py|md|sql|toml|po|graphql)(?:::\w+)?)?")
LINK = re.compile(r"\]\(([^)\s]+)\)")


def read(name: str) -> str:
    """Return a document's text."""
    return (ROOT / name).read_text(encoding="utf-8")


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a document."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", RECORDS)
def test_a_decision_record_has_at_most_200_words_beside_its_table(name: str) -> None:
    prose = [line for line in read(name).splitlines() if not line.startswith("|")]
    assert len(" ".join(prose).split()) <= LONGEST_RECORD_WORDS


@pytest.mark.parametrize("name", RECORDS)
def test_a_decision_record_has_a_number_and_is_superseded_or_complete(name: str) -> None:
    text = read(name)
    assert text.startswith(f"# {Path(name).name[:4]} ")
    sections = set(re.findall(r"^## (.+)$", text, re.MULTILINE))
    assert "**Superseded by [" in text or {"Decision", "Why", "Alternatives"} <= sections


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_have_existing_targets(name: str) -> None:
    broken = []
    for link in LINK.findall(read(name)):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / name).parent / path if path else ROOT / name
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            broken.append(link)
    assert broken == []


def paths_in(text: str) -> set[str]:
    """Return the paths that a document names in backticks: from the top of the tree, or of the package."""
    spans = [word for span in re.findall(r"`([^`\n]+)`", text) for word in span.split()]
    return {span for span in spans if PATH.fullmatch(span)}


def exists(path: str) -> bool:
    """Whether a file or folder of the tree has this path; with `::test_name`, whether it has that test."""
    path, _, test = path.partition("::")
    places = [ROOT / path, ROOT / "osit_graphql" / path, ROOT / "benchmarks" / path]
    place = next((place for place in places if place.exists()), None)
    return place is not None and (not test or f"def {test}(" in place.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", DESCRIBING)
def test_paths_in_documents_exist(name: str) -> None:
    assert {path for path in paths_in(read(name)) if not exists(path)} == set()


@pytest.mark.parametrize("name", DESCRIBING)
def test_modules_that_are_run_exist(name: str) -> None:
    modules = set(re.findall(r"python -m ((?:benchmarks|tests)[\w.]*)", read(name)))
    assert {
        module
        for module in modules
        if not exists(module.replace(".", "/")) and not exists(f"{module.replace('.', '/')}.py")
    } == set()


@pytest.mark.parametrize("name", DESCRIBING)
def test_predicates_in_documents_exist(name: str) -> None:
    source = (ROOT / "osit_graphql/db/visibility.py").read_text(encoding="utf-8")
    predicates = set(re.findall(r"`visibility\.(\w+)", read(name))) - {"py"}
    assert {predicate for predicate in predicates if f"def {predicate}(" not in source} == set()
