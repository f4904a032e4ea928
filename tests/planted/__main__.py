"""Plant each leak in a copy of the tree and run the tests that must catch it: `python -m tests.planted [WORDS…]`.

Words narrow it to the leaks that have one of them in their name. The exit code is 0 when every leak was caught, by
tests that pass without it. Two copies are used at once; both, and their PostgreSQL, are gone at the end.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from osit_graphql.embedded_postgres import EmbeddedServer
from tests.planted.catalogue import PLANTS
from tests.planted.plant import Plant

ROOT = Path(__file__).resolve().parents[2]
COPIES = 2
PASSED, FAILED = 0, 1  # pytest's; anything else is no verdict
VERDICT = re.compile(r"^1 failed\b", re.MULTILINE)  # and not an error, which says nothing of what is told
LEFT_OUT = (".git", ".venv", ".setup", "node_modules", "__pycache__", ".*_cache", ".hypothesis", "web")
SERVER = "OSIT_TEST_DATABASE_URL"
LONGEST = 900  # seconds for the tests of one leak


@contextmanager
def a_server(scratch: Path) -> Iterator[dict[str, str]]:
    """Give the environment in which tests find a PostgreSQL: the one that is named, or one for all of them."""
    if os.environ.get(SERVER):
        yield dict(os.environ)
        return
    with EmbeddedServer.start(scratch / "data", durable=False) as server:
        yield os.environ | {SERVER: server.admin_url()}


def copy_tree(scratch: Path, name: str) -> Path:
    """Return a copy of the tree, without what is built."""
    return shutil.copytree(ROOT, scratch / name, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)


def run(tree: Path, tests: Sequence[str], walls: str, environment: dict[str, str]) -> tuple[int, str]:
    """Run tests in a tree until the first failure; return pytest's exit code and the end of what it said."""
    environment = environment | {"OSIT_TEST_WALLS": walls}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "tests.planted.haste",
        *tests,
    ]
    try:
        done = subprocess.run(
            command, cwd=tree, env=environment, check=False, capture_output=True, text=True, timeout=LONGEST
        )
    except subprocess.TimeoutExpired:
        return -1, f"took more than {LONGEST} s"
    return done.returncode, "\n".join(done.stdout.splitlines()[-15:])


def try_one(plant: Plant, tree: Path, environment: dict[str, str]) -> str | None:
    """Plant a leak, run its tests, take it out again; return what is wrong, None when it was caught."""
    if wrong := [said for patch in plant.patches if (said := patch.check(tree))]:
        return "\n".join(wrong)
    before = [patch.apply(tree) for patch in plant.patches]
    try:
        code, said = run(tree, plant.tests, plant.walls, environment)
    finally:
        for patch, text in zip(plant.patches, before, strict=True):
            (tree / patch.file).write_text(text, encoding="utf-8")
    if not plant.patches:
        return None if code == PASSED else f"the tests fail by themselves (pytest's {code})\n{said}"
    caught = code == FAILED and VERDICT.search(said)
    return None if caught else f"NOT CAUGHT by {', '.join(plant.tests)} (pytest's {code})\n{said}"


def main() -> int:
    """Return how many leaks were not caught; 1 when the tests fail without any."""
    words = sys.argv[1:]
    plants = [plant for plant in PLANTS if not words or any(word in plant.name for word in words)]
    scratch = Path(tempfile.mkdtemp(prefix="osit-planted-"))
    scratch.chmod(0o711)  # run by root, PostgreSQL is another user's, who passes through
    try:
        with a_server(scratch) as environment:
            free = [copy_tree(scratch, f"tree{number}") for number in range(COPIES)]
            return sow(plants, free, environment)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def sow(plants: Sequence[Plant], free: list[Path], environment: dict[str, str]) -> int:
    """Try every leak, each in a tree that is free; first of all, that the tests pass without any."""
    lock, began = threading.Lock(), time.monotonic()
    modes = sorted({plant.walls for plant in plants})
    nothing = [
        Plant(
            f"(nothing planted, {mode})",
            (),
            tuple(sorted({test for each in plants if each.walls == mode for test in each.tests})),
            mode,
        )
        for mode in modes
    ]

    def visit(plant: Plant) -> bool:
        with lock:
            tree, started = free.pop(), time.monotonic()
        try:
            wrong = try_one(plant, tree, environment)
        finally:
            with lock:
                free.append(tree)
        verdict = "ok " if wrong is None else "BAD"
        print(f"{verdict} {time.monotonic() - started:5.1f} s  {plant.name}{f': {wrong}' if wrong else ''}", flush=True)  # noqa: T201 - a program
        return wrong is None

    with ThreadPoolExecutor(COPIES) as pool:
        found = list(pool.map(visit, [*nothing, *plants]))
    sound, caught = all(found[: len(nothing)]), found[len(nothing) :]
    took = time.monotonic() - began
    print(f"{sum(caught)} of {len(plants)} planted leaks caught, in {took:.0f} s")  # noqa: T201 - a program
    return len(plants) - sum(caught) if sound else max(1, len(plants) - sum(caught))


if __name__ == "__main__":
    sys.exit(min(main(), 100))
