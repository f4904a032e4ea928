"""Runs the tests on the oldest or the newest packages that pyproject.toml allows.

`make test-oldest` and `make test-newest` call it. Each end has an environment of its own in `.setup/`. `oldest` takes
the lower bound of each dependency of the package, and the newest test tools that work with these. `newest` takes the
newest version of everything.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv" / "bin" / "python"
UV = PYTHON.with_name("uv")
GROUPS = ("--group", "test", "--group", "build")


def run(*command: str | Path) -> None:
    """Run one command from the top of the tree."""
    environment = os.environ | {"OSIT_SKIP_WEB": "1"}  # set-up has built the pages already
    subprocess.run(command, cwd=ROOT, check=True, env=environment)


def resolve(end: str, folder: Path) -> Path:
    """Write the versions of one end into a file, and return it."""
    compile_ = (
        UV,
        "pip",
        "compile",
        "--quiet",
        "--no-annotate",
        "--no-header",
        "--no-emit-index-url",
        "pyproject.toml",
        "--extra",
        "otel",
    )
    versions = folder / "versions.txt"
    if end == "oldest":
        dependencies = folder / "dependencies.txt"
        run(*compile_, "--resolution", "lowest-direct", "--upgrade", "-o", dependencies)
        run(*compile_, *GROUPS, "-c", dependencies, "--upgrade", "-o", versions)
    else:
        run(*compile_, *GROUPS, "--upgrade", "-o", versions)
    return versions


def main() -> int:
    """Prepare the environment of the end that is named first, and run pytest in it with the other arguments."""
    end, *arguments = sys.argv[1:]
    folder = ROOT / ".setup" / end
    folder.mkdir(parents=True, exist_ok=True)
    run(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv")
    python = folder / "venv" / "bin" / "python"
    if not python.exists():
        run(UV, "venv", "--quiet", "--python", PYTHON, folder / "venv")
    run(UV, "pip", "sync", "--quiet", "--python", python, resolve(end, folder))
    run(UV, "pip", "install", "--quiet", "--python", python, "--no-deps", "--no-build-isolation", "--editable", ROOT)
    test: tuple[str | Path, ...] = (
        python,
        "-m",
        "pytest",
        "-n",
        "logical",
        "--maxprocesses",
        "4",
        "--dist",
        "loadfile",
        *arguments,
    )
    return subprocess.run(test, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as failure:
        print(f"`{' '.join(map(str, failure.cmd))}` failed; its output is above.", file=sys.stderr)
        sys.exit(1)
