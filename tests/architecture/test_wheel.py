"""The wheel contains the package, its pages and its migrations; two builds are the same bytes."""

import os
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.architecture.source import ROOT, committed

BUILT_PAGES = "osit_graphql/web"  # set-up has built them; `make acceptance` builds them twice
IN_ALL_WHEELS = {
    "osit_graphql/web/index.html",
    "osit_graphql/migrations/versions/0001_directory.py",
    "osit_graphql/locale/fr.po",
}


def build(tree: Path, target: Path, umask: int) -> bytes:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)]
    environment = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    subprocess.run(command, cwd=tree, check=True, capture_output=True, env=environment, umask=umask)
    [wheel] = target.glob("*.whl")
    return wheel.read_bytes()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> BytesIO:
    return BytesIO(build(ROOT, tmp_path_factory.mktemp("dist"), 0o022))


def test_two_builds_of_the_wheel_are_the_same_bytes(wheel: BytesIO, tmp_path: Path) -> None:
    """The second build has another folder, other times of files and another umask."""
    other = tmp_path / "other"
    for name in committed():
        (other / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, other / name, follow_symlinks=False)
    shutil.copytree(ROOT / BUILT_PAGES, other / BUILT_PAGES)
    assert build(other, tmp_path / "dist", 0o077) == wheel.getvalue()


def test_the_wheel_contains_what_runs_and_nothing_else(wheel: BytesIO) -> None:
    names = set(ZipFile(wheel).namelist())
    assert names >= IN_ALL_WHEELS
    tops = {name.split("/")[0] for name in names}
    assert {top.split("-")[0] for top in tops} == {"osit_graphql"}
    assert {name for name in names if "__pycache__" in name or name.endswith(".pyc")} == set()
