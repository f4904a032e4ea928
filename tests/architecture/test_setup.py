"""Set-up names a missing requirement in one sentence, and performs each step once."""

import shutil
import subprocess
from functools import partial
from pathlib import Path

import pytest

from scripts import prepare
from tests.architecture.source import ROOT

TOO_OLD = "#!/bin/sh\nexit 1\n"
WITHOUT_VENV = '#!/bin/sh\ncase "$*" in *ensurepip*) exit 1 ;; esac\n'
GOOD = "#!/bin/sh\nexit 0\n"


def check(place: Path, pythons: dict[str, str], *, wanted: str = "") -> subprocess.CompletedProcess[str]:
    """Run the checks of set-up with only these Pythons on the PATH."""
    tree, programs = place / "a tree", place / "bin"
    (tree / "scripts").mkdir(parents=True)
    programs.mkdir()
    shutil.copy(ROOT / "scripts" / "prepare", tree / "scripts")
    for name in ("sh", "dirname", "grep"):
        (programs / name).symlink_to(shutil.which(name) or name)
    for name, content in pythons.items():
        (programs / name).write_text(content)
        (programs / name).chmod(0o755)
    environment = {"PATH": str(programs), "PYTHON": wanted}
    return subprocess.run(
        [tree / "scripts" / "prepare", "check"], env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("pythons", "wanted", "sentence"),
    [
        ({}, "", "OSIT needs Python 3.11 or later, and none is on the PATH"),
        ({"python3": TOO_OLD}, "", "OSIT needs Python 3.11 or later, and none is on the PATH"),
        ({"python3": GOOD}, "python2", "OSIT needs Python 3.11 or later, and PYTHON=python2 is not one."),
        ({"python3": WITHOUT_VENV}, "", "which python3 comes without here: install it (Debian, Ubuntu: apt install"),
    ],
)
def test_a_missing_requirement_is_named_in_one_sentence(
    tmp_path: Path, pythons: dict[str, str], wanted: str, sentence: str
) -> None:
    done = check(tmp_path, pythons, wanted=wanted)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert sentence in done.stderr


@pytest.mark.parametrize(
    "pythons",
    [{"python3": GOOD}, {"python3": TOO_OLD, "python3.12": GOOD}, {"python3": WITHOUT_VENV, "python3.11": GOOD}],
)
def test_any_suitable_python_is_used(tmp_path: Path, pythons: dict[str, str]) -> None:
    done = check(tmp_path, pythons)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_step_runs_once_for_the_same_inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "STAMPS", tmp_path)
    made: list[str] = []
    for wanted in ("a", "a", "b", "b", "a"):
        prepare.make_once("thing", "a thing", wanted, partial(made.append, wanted))
    assert made == ["a", "b", "a"]


def test_a_failed_step_runs_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "STAMPS", tmp_path)

    def fail() -> None:
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        prepare.make_once("thing", "a thing", "a", fail)
    made: list[str] = []
    prepare.make_once("thing", "a thing", "a", lambda: made.append("a"))
    assert made == ["a"]
