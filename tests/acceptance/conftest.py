"""The recorded figures, printed as the table of docs/reliability.md, and the wheel that the trials install."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.commands import check
from tests.acceptance.installation import copy_tree, install

Record = Callable[[str, object], None]
ROWS = pytest.StashKey[list[tuple[str, str]]]()


@pytest.fixture(scope="session")
def record(request: pytest.FixtureRequest) -> Record:
    """Record a row of the table: a trial, and its figure."""
    rows = request.config.stash.setdefault(ROWS, [])
    return lambda trial, figure: rows.append((trial, str(figure)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table."""
    if rows := config.stash.get(ROWS, []):
        terminalreporter.section("for docs/reliability.md")
        terminalreporter.write_line("| trial | figure |\n| --- | --- |")
        for trial, figure in rows:
            terminalreporter.write_line(f"| {trial} | {figure} |")


@pytest.fixture(scope="session")
def shared_place() -> Iterator[Path]:
    """Provide a directory for the session, which other users can enter."""
    made = Path(tempfile.mkdtemp(prefix="osit-acceptance-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def place() -> Iterator[Path]:
    """Provide a directory for one test, which other users can enter."""
    made = Path(tempfile.mkdtemp(prefix="osit-acceptance-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="session")
def release(shared_place: Path) -> Path:
    """Provide the folder with the wheel and requirements.txt, built by `make wheel` from an empty tree."""
    tree = copy_tree(shared_place / "tree")
    check("make", "wheel", cwd=tree)
    return tree / "dist"


@pytest.fixture(scope="session")
def osit(request: pytest.FixtureRequest, shared_place: Path) -> Path:
    """Provide the `osit` command, installed from the wheel as docs/running.md describes.

    OSIT_TEST_PROGRAM names the command of an existing installation instead, which saves the build.
    """
    if program := os.environ.get("OSIT_TEST_PROGRAM"):
        return Path(program)
    return install(request.getfixturevalue("release"), shared_place / "osit") / "bin" / "osit"
