"""Plants each leak in a copy of the tree and runs its tests: `python -m tests.planted [--sample] [WORDS…]`.

Words select the leaks with one of them in their name, `--sample` the sample for CI. The exit code is 0 when every leak
was caught by tests that pass without it. Two copies of the tree are used in parallel and removed at the end.
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
from tests.planted.catalogue import PLANTS, SAMPLE
from tests.planted.plant import Plant

ROOT = Path(__file__).resolve().parents[2]
COPIES = 2
PASSED, FAILED = 0, 1  # exit codes of pytest; any other one is an error of the run
ONE_FAILURE = re.compile(r"^1 failed\b", re.MULTILINE)  # not an error, which proves nothing
EXCLUDED = (".git", ".venv", ".setup", "node_modules", "__pycache__", ".*_cache", ".hypothesis", "web")
SERVER_VARIABLE = "OSIT_TEST_DATABASE_URL"
TIMEOUT_S = 900  # for the tests of one leak


@contextmanager
def postgres_environment(scratch: Path) -> Iterator[dict[str, str]]:
    """Yield an environment with a PostgreSQL server for the tests: the one in the variable, or a new one."""
    if os.environ.get(SERVER_VARIABLE):
        yield dict(os.environ)
        return
    with EmbeddedServer.start(scratch / "data", durable=False) as server:
        yield os.environ | {SERVER_VARIABLE: server.admin_url()}


def copy_tree(scratch: Path, name: str) -> Path:
    """Return a copy of the tree without build results."""
    return shutil.copytree(ROOT, scratch / name, ignore=shutil.ignore_patterns(*EXCLUDED), symlinks=True)


def run(tree: Path, tests: Sequence[str], protection: str, environment: dict[str, str]) -> tuple[int, str]:
    """Run tests in a tree until the first failure; return pytest's exit code and the end of its output."""
    environment = environment | {"OSIT_TEST_PROTECTION": protection}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "tests.planted.no_shrinking",
        *tests,
    ]
    try:
        done = subprocess.run(
            command, cwd=tree, env=environment, check=False, capture_output=True, text=True, timeout=TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        return -1, f"took more than {TIMEOUT_S} s"
    return done.returncode, "\n".join(done.stdout.splitlines()[-15:])


def try_one(plant: Plant, tree: Path, environment: dict[str, str]) -> str | None:
    """Plant a leak, run its tests and remove it; return why it was not caught, None when it was."""
    if errors := [error for patch in plant.patches if (error := patch.check(tree))]:
        return "\n".join(errors)
    before = [patch.apply(tree) for patch in plant.patches]
    try:
        code, output = run(tree, plant.tests, plant.protection, environment)
    finally:
        for patch, text in zip(plant.patches, before, strict=True):
            (tree / patch.file).write_text(text, encoding="utf-8")
    if not plant.patches:
        return None if code == PASSED else f"the tests fail by themselves (pytest's {code})\n{output}"
    caught = code == FAILED and ONE_FAILURE.search(output)
    return None if caught else f"NOT CAUGHT by {', '.join(plant.tests)} (pytest's {code})\n{output}"


def main() -> int:
    """Return the number of leaks that were not caught; 1 when the tests fail without a leak."""
    words = [word for word in sys.argv[1:] if word != "--sample"]
    plants = [plant for plant in PLANTS if plant.name in SAMPLE or "--sample" not in sys.argv]
    plants = [plant for plant in plants if not words or any(word in plant.name for word in words)]
    scratch = Path(tempfile.mkdtemp(prefix="osit-planted-"))
    scratch.chmod(0o711)  # root's PostgreSQL runs as another user
    try:
        with postgres_environment(scratch) as environment:
            trees = [copy_tree(scratch, f"tree{number}") for number in range(COPIES)]
            return try_all(plants, trees, environment)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def try_all(plants: Sequence[Plant], trees: list[Path], environment: dict[str, str]) -> int:
    """Try every leak, each in a tree that is not in use; and the tests without a leak."""
    lock, start = threading.Lock(), time.monotonic()
    modes = sorted({plant.protection for plant in plants})
    without_leak = [
        Plant(
            f"(nothing planted, {mode})",
            (),
            tuple(sorted({test for each in plants if each.protection == mode for test in each.tests})),
            mode,
        )
        for mode in modes
    ]

    def try_in_free_tree(plant: Plant) -> bool:
        with lock:
            tree, start_of_one = trees.pop(), time.monotonic()
        try:
            error = try_one(plant, tree, environment)
        finally:
            with lock:
                trees.append(tree)
        verdict = "ok " if error is None else "BAD"
        details = f"{time.monotonic() - start_of_one:5.1f} s  {plant.name}{f': {error}' if error else ''}"
        print(f"{verdict} {details}", flush=True)  # noqa: T201 - a program
        return error is None

    with ThreadPoolExecutor(COPIES) as pool:
        results = list(pool.map(try_in_free_tree, [*without_leak, *plants]))
    tests_pass, caught = all(results[: len(without_leak)]), results[len(without_leak) :]
    seconds = time.monotonic() - start
    print(f"{sum(caught)} of {len(plants)} planted leaks caught, in {seconds:.0f} s")  # noqa: T201 - a program
    return len(plants) - sum(caught) if tests_pass else max(1, len(plants) - sum(caught))


if __name__ == "__main__":
    sys.exit(min(main(), 100))
