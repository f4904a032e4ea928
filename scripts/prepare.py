"""Create the environment, install its pinned packages and the package itself, and build the web page, each once.

Each step writes a stamp into `.setup/` with the digest of its inputs. It is skipped while the digest is the same, so
a second start only computes hashes. Standard library only, because it runs before anything is installed.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = ROOT / ".setup"
LOCK = STAMPS / "lock"
PINS = {"run": ("run", "build"), "test": ("test",)}
PIP = (str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input")


def digest(path: Path) -> str:
    """Return the digest of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make_once(name: str, title: str, wanted: str, make: Callable[[], None]) -> None:
    """Run `make` unless the stamp `name` already holds `wanted`; the stamp is written only when it succeeded."""
    stamp = STAMPS / name
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"set-up: {title} ...", end="", flush=True)
    start = time.monotonic()
    make()
    stamp.write_text(wanted)
    print(f" {time.monotonic() - start:.0f} s", flush=True)


def make_environment() -> None:
    """Create `.venv`, again if it was moved or made by another version of Python."""
    settings = VENV / "pyvenv.cfg"
    version = "{}.{}.".format(*sys.version_info)
    if settings.exists() and PYTHON.exists() and (VENV / "bin" / "pip").exists():
        lines = dict(line.split(" = ", 1) for line in settings.read_text().splitlines() if " = " in line)
        if lines.get("command", "").endswith(str(VENV)) and lines.get("version", "").startswith(version):
            return
    shutil.rmtree(VENV, ignore_errors=True)
    for stamp in STAMPS.iterdir():
        if stamp.is_file() and stamp != LOCK:
            stamp.unlink()
    make_once(
        "environment",
        f"a Python {version}x environment in .venv",
        version,
        lambda: venv.create(VENV, symlinks=True, with_pip=True),
    )


def run(*command: str) -> None:
    """Run one step in the root of the repository; its messages are printed as they come."""
    step = os.environ | {"OSIT_SKIP_WEB": "1"}  # the web build is a separate step
    subprocess.run(command, cwd=ROOT, check=True, env=step)


def prepare(purpose: str) -> None:
    """Bring everything up to date for `run` or `test`; the pins of `test` include all others."""
    make_environment()
    pins = [ROOT / "requirements" / f"{name}.txt" for name in PINS[purpose]]
    make_once(
        f"packages-{purpose}",
        f"the packages of requirements/{pins[0].name} (a minute or so the first time)",
        "".join(map(digest, pins)),
        lambda: run(*PIP, "--require-hashes", "--only-binary", ":all:", *(f"--requirement={file}" for file in pins)),
    )
    make_once(
        "project",
        "the osit command",
        digest(ROOT / "pyproject.toml"),
        lambda: run(*PIP, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)),
    )
    # Python compiles at the first start, but not with PYTHONDONTWRITEBYTECODE: each start would take 0.3 s longer.
    run(str(PYTHON), "-m", "compileall", "-q", "osit_graphql", "migrations")
    run(str(PYTHON), "web/build.py")  # has its own stamp


def main() -> int:
    """Prepare for the purpose named on the command line; concurrent set-ups wait for each other."""
    try:
        STAMPS.mkdir(exist_ok=True)
        with LOCK.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            prepare(sys.argv[1])
    except subprocess.CalledProcessError as failure:
        command = " ".join(map(str, failure.cmd))
        print(f"\nset-up stopped: `{command}` failed; its messages are above.", file=sys.stderr)
        return 1
    except OSError as failure:
        print(f"\nset-up stopped: {failure}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
