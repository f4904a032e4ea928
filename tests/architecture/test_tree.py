"""Committed files contain no path of a machine and no address of a registry."""

import re
import subprocess

import pytest

from tests.architecture.source import ROOT, committed

MACHINE = re.compile(r"(?<![\w.$}/-])/(?:work|root|home/(?!somebody)[a-z]+|Users/\w+|opt/pypi\S*)/")
ADDRESS = re.compile(r"https?://|index-url|find-links|git\+|^registry\s*=", re.MULTILINE)
LOCKS = [
    name for name in committed() if name.startswith("requirements/") or name.endswith(("package-lock.json", ".npmrc"))
]
PINNED = re.compile(r"^([A-Za-z0-9._-]+==\S+)", re.MULTILINE)


def read(name: str) -> str:
    """Return the text of a committed file; undecodable bytes of pictures are replaced."""
    return (ROOT / name).read_text(encoding="utf-8", errors="replace")


def test_no_path_of_a_machine_is_committed() -> None:
    assert {name: match[0] for name in committed() if (match := MACHINE.search(read(name)))} == {}


@pytest.mark.parametrize("path", [f"/{'work'}/main/x", f" /{'root'}/x", f'"/{"home"}/ann/x"'])
def test_such_a_path_is_reported(path: str) -> None:
    assert MACHINE.search(path)


@pytest.mark.parametrize("name", LOCKS)
def test_lock_files_contain_no_address(name: str) -> None:
    assert ADDRESS.findall(read(name)) == []


@pytest.mark.parametrize("name", [name for name in LOCKS if name.startswith("requirements/")])
def test_every_pin_has_its_hash(name: str) -> None:
    pins = re.split(r"\n(?=\S)", read(name).strip())
    assert [pin.splitlines()[0] for pin in pins if "--hash=sha256:" not in pin] == []


def test_production_pins_are_tested() -> None:
    run, otel, build, tested = (
        set(PINNED.findall(read(f"requirements/{name}.txt"))) for name in ("run", "otel", "build", "test")
    )
    assert (run | otel | build) - tested == set()
    assert run - otel == set(), "the extra adds to the others"
    assert run != set()
    assert build != set()


def test_make_lists_its_targets() -> None:
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    shown = subprocess.run(["make"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert targets == set(re.findall(r"^  make (\w+) ", shown, re.MULTILINE))
